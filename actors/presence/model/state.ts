/**
 * What is known of one account: what it plays, as its session says; whether others may see that, and how many follow it, as the
 * table says. Shown is the first as far as the second allows.
 *
 * Of every event it is decided whether it `shows`: whether friends see something else after it, or may have to be told what they see.
 */

/** What friends see of a track that somebody plays. Position = positionMs + (now - at). */
export interface NowPlaying {
  readonly trackId: string;
  readonly title: string;
  readonly artists: readonly string[];
  readonly imageId: string | null;
  readonly positionMs: number;
  /** When it was there, ms since 1970. */
  readonly at: number;
  readonly durationMs: number;
}

/** What the table says of an account. */
export interface Facts {
  /** Of two readings the higher is the later. */
  readonly version: number;
  readonly share: boolean;
  /** Nothing is shown until then, ms since 1970; null: no such time, or it has passed. */
  readonly privateUntil: number | null;
  readonly followers: number;
}

/** Place of a session's word among all of its words. */
export type Stamp = readonly [epoch: number, n: number];

export interface PresenceState {
  /** Undefined: to be read. */
  facts: (Facts & { readonly readAt: number }) | undefined;
  isPopular: boolean;
  /** A private session, as the session says: then nothing plays here. */
  isPrivate: boolean;
  playing: NowPlaying | null;
  stamp: Stamp;
  /** When what friends see changed last, ms since 1970; 0: never. */
  at: number;
  /** Friends see what this state shows. Not so in a new place: what they were told in the old one may be more than the mirror had. */
  isTold: boolean;
}

interface Seen {
  /** Friends are to be told. */
  readonly shows: boolean;
}

export type PresenceEvent =
  | ({ readonly type: "played"; readonly playing: NowPlaying | null; readonly isPrivate: boolean; readonly stamp: Stamp } & Seen)
  | ({ readonly type: "informed"; readonly facts: Facts; readonly popular: boolean; /** It was not popular before. */ readonly crossed: boolean } & Seen)
  /** The track is over, and nothing was heard since. */
  | ({ readonly type: "ended" } & Seen)
  /** The time of a private session is over. */
  | ({ readonly type: "unhidden" } & Seen);

export const empty = (): PresenceState => ({ facts: undefined, isPopular: false, isPrivate: false, playing: null, stamp: [0, 0], at: 0, isTold: false });

export function apply(state: PresenceState, event: PresenceEvent, at: number): void {
  const isNewHere = state.facts === undefined;
  switch (event.type) {
    case "played":
      state.playing = event.playing;
      state.isPrivate = event.isPrivate;
      state.stamp = event.stamp;
      break;
    case "informed":
      state.facts = { ...event.facts, readAt: at };
      state.isPopular = event.popular;
      break;
    case "ended":
      state.playing = null;
      break;
    case "unhidden":
      if (state.facts !== undefined) state.facts = { ...state.facts, privateUntil: null };
      break;
  }
  if (!event.shows) return;
  state.isTold = true;
  // Told in a new place, and as it was in the old one.
  if (event.type === "informed" && isNewHere && shown(state) !== null) return;
  state.at = at;
}

/** What friends see. Nothing as long as it is not known whether they may. */
export function shown({ facts, playing }: PresenceState): NowPlaying | null {
  return facts === undefined || !facts.share || facts.privateUntil !== null ? null : playing;
}

/** When a track is taken to be over though nothing was heard. */
export const overAt = ({ positionMs, at, durationMs }: NowPlaying, graceMs: number): number => at + Math.max(0, durationMs - positionMs) + graceMs;

/** Loaded in another place, or after a while: others may have changed the table, and told friends more than the mirror had. */
export function revived(state: PresenceState): void {
  state.facts = undefined;
  state.isTold = false;
}

/** Small: what is as in `empty` is left out. */
export function pack({ facts, isPopular, isPrivate, playing, stamp, at, isTold }: PresenceState): Partial<PresenceState> {
  return {
    ...(facts === undefined ? {} : { facts }),
    ...(isPopular ? { isPopular } : {}),
    ...(isPrivate ? { isPrivate } : {}),
    ...(playing === null ? {} : { playing }),
    ...(stamp[0] === 0 && stamp[1] === 0 ? {} : { stamp }),
    ...(at === 0 ? {} : { at }),
    ...(isTold ? { isTold } : {}),
  };
}

export const unpack = (packed: unknown): PresenceState => ({ ...empty(), ...(packed as Partial<PresenceState>) });
