/**
 * The presence actor: what friends see of one account at the moment. Pure, and soft: whom it serves and what for is in PostgreSQL, what
 * plays is said by the session, and the mirror remembers it.
 *
 * A turn that has to know what the table says of the account, and does not, decides nothing and answers that it `needs` it; it comes
 * again with `facts` (around.ts). So a state that was loaded shows nothing that was switched off meanwhile.
 */
import type { ActorType, Decided, Turn } from "../runtime/index.ts";
import { limits as standing, type Limits } from "./limits.ts";
import { apply, dueAt, elapsed, empty, informed, isOld, needsFacts, pack, played, revived, shown, unpack, type Facts, type NowPlaying, type PresenceEvent, type PresenceState, type Stamp } from "./model/index.ts";

export interface Needs {
  readonly needs: "facts";
}

export interface PlayingParams {
  readonly playing: NowPlaying | null;
  readonly private: boolean;
  readonly stamp: Stamp;
  readonly facts?: Facts;
}

interface FactsParams {
  readonly facts?: Facts;
}

export interface PlayingReply {
  /** False: a later word is known. */
  readonly taken: boolean;
}

/** What friends see, and its place among all that they were ever told: together with the shard's epoch. */
export interface SeeReply {
  readonly userId: string;
  readonly nowPlaying: NowPlaying | null;
  readonly at: number;
  readonly n: number;
  readonly popular: boolean;
}

/** For operators. */
export interface PresenceStatus extends SeeReply {
  readonly epoch: number;
  readonly share: boolean;
  readonly privateUntil: number | null;
  /** The session is a private one. */
  readonly private: boolean;
  readonly followers: number;
  /** The session's last word. */
  readonly stamp: Stamp;
}

const needs: { readonly events: []; readonly reply: Needs } = { events: [], reply: { needs: "facts" } };

/** Events of one turn, each under an id of its own: the session's word by its stamp. */
const under = (events: readonly PresenceEvent[], turn: Turn): Decided<PresenceEvent>[] => events.map((event) => ({ opId: event.type === "played" ? `played-${event.stamp.join("-")}` : `${event.type}-${turn.version}`, event }));

/** The state after `events` of this turn. */
function after(state: PresenceState, events: readonly PresenceEvent[], now: number): PresenceState {
  const next = { ...state };
  for (const event of events) apply(next, event, now);
  return next;
}

const seen = (state: PresenceState, turn: Turn, events: number): SeeReply => ({ userId: turn.key, nowPlaying: shown(state), at: state.at, n: turn.version + events, popular: state.isPopular });

export function presenceActor(limits: Limits = standing): ActorType<PresenceState, PresenceEvent> {
  /** What a reader is answered: reading may bring the facts along. */
  const read = (reply: (state: PresenceState, turn: Turn, events: number) => unknown) => (state: PresenceState, { facts }: FactsParams, turn: Turn) => {
    if (facts === undefined && needsFacts(state, turn.now, limits)) return needs;
    // What time has changed already, though nobody came to say so yet.
    const events = [...informed(state, facts, turn.now, limits)];
    events.push(...elapsed(after(state, events, turn.now), turn.now, limits));
    return { events: under(events, turn), reply: reply(after(state, events, turn.now), turn, events.length) };
  };

  return {
    type: "presence",
    eventVersion: 1,
    stateVersion: 1,
    empty,
    apply,
    pack,
    unpack,
    commands: {
      playing(state, { playing, private: isPrivate, stamp, facts }: PlayingParams, turn) {
        if (isOld(stamp, state.stamp)) return { events: [], reply: { taken: false } satisfies PlayingReply };
        if (facts === undefined && needsFacts(state, turn.now, limits)) return needs;
        return { events: under(played(state, { playing, isPrivate, stamp }, facts, turn.now, limits), turn), reply: { taken: true } satisfies PlayingReply };
      },
      inform: (state, { facts }: FactsParams, turn) => ({ events: under(informed(state, facts, turn.now, limits), turn), reply: {} }),
      see: read(seen),
      status: read((state, turn, events): Omit<PresenceStatus, "epoch"> => {
        const { share = true, privateUntil = null, followers = 0 } = state.facts ?? {};
        return { ...seen(state, turn, events), share, privateUntil, private: state.isPrivate, followers, stamp: state.stamp };
      }),
    },
    queries: {},
    soft: {
      // What is read is read again elsewhere.
      isPassing: (event) => event.type === "informed" && !event.shows && !event.crossed,
      dueAt: (state) => dueAt(state, limits),
      elapsed: (state, turn) => elapsed(state, turn.now, limits),
      revived,
    },
  };
}
