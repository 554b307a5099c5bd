/** What happens to a presence: by its session's word, by what the table says, and by time alone. Plain functions of the state. */
import type { Limits } from "../limits.ts";
import { apply, overAt, shown, type Facts, type NowPlaying, type PresenceEvent, type PresenceState, type Stamp } from "./state.ts";

/** A session's word. */
export interface Word {
  readonly playing: NowPlaying | null;
  readonly isPrivate: boolean;
  readonly stamp: Stamp;
}

type Bare<E> = E extends PresenceEvent ? Omit<E, "shows"> : never;
type Change = Bare<PresenceEvent>;

/** Whether a word is older than what is known, or the same. */
export const isOld = ([epoch, n]: Stamp, [knownEpoch, known]: Stamp): boolean => epoch < knownEpoch || (epoch === knownEpoch && n <= known);

/** Whether the table has to be read before anything can be decided or shown. */
export const needsFacts = ({ facts }: PresenceState, now: number, { factsMs }: Limits): boolean => facts === undefined || now - facts.readAt >= factsMs;

/** The session says what is playing. A track that must be over by now is none; what plays in private is not even known here. */
export function played(state: PresenceState, { playing, isPrivate, stamp }: Word, facts: Facts | undefined, now: number, limits: Limits): PresenceEvent[] {
  const isOver = playing !== null && overAt(playing, limits.endGraceMs) <= now;
  return decided(state, [...informing(state, facts, now, limits), { type: "played", playing: isPrivate || isOver ? null : playing, isPrivate, stamp }], now);
}

/** The table says what others may see, and how many follow. */
export const informed = (state: PresenceState, facts: Facts | undefined, now: number, limits: Limits): PresenceEvent[] => decided(state, informing(state, facts, now, limits), now);

/** When time alone changes what is shown. */
export function dueAt(state: PresenceState, limits: Limits): number | undefined {
  const first = Math.min(...times(state, limits));
  return first === Infinity ? undefined : first;
}

export function elapsed(state: PresenceState, now: number, limits: Limits): PresenceEvent[] {
  const [end, privateEnd] = times(state, limits);
  return decided(state, [...(end <= now ? [{ type: "ended" } as const] : []), ...(privateEnd <= now ? [{ type: "unhidden" } as const] : [])], now);
}

/** When the track is over, and when the private session is; Infinity: never. */
const times = ({ playing, facts }: PresenceState, { endGraceMs }: Limits): [number, number] => [playing === null ? Infinity : overAt(playing, endGraceMs), facts?.privateUntil ?? Infinity];

function informing({ facts: known, isPopular }: PresenceState, facts: Facts | undefined, now: number, { popularAbove, popularUntil }: Limits): Change[] {
  if (facts === undefined || (known !== undefined && facts.version < known.version)) return [];
  const { followers, privateUntil } = facts;
  const popular = followers > popularAbove || (isPopular && followers > popularUntil);
  return [{ type: "informed", facts: privateUntil !== null && privateUntil <= now ? { ...facts, privateUntil: null } : facts, popular, crossed: popular && !isPopular }];
}

/** The changes as events: each with whether friends see it. The first of a new place is told whether it shows or not. */
function decided(state: PresenceState, changes: readonly Change[], now: number): PresenceEvent[] {
  const draft = { ...state };
  return changes.map((change) => {
    const before = shown(draft);
    const isUntold = !draft.isTold && (change.type !== "informed" || draft.playing !== null);
    apply(draft, { ...change, shows: false }, now);
    const event: PresenceEvent = { ...change, shows: isUntold || shown(draft) !== before };
    draft.isTold ||= event.shows;
    return event;
  });
}
