/** The smallest useful soft actor, for tests: a lamp that somebody switches on, and that goes out by itself. */
import { actorService, command, query, type ActorType } from "../index.ts";
import type { Change } from "../declare.ts";

export interface Lamp {
  on: boolean;
  /** Times that it was switched on. */
  times: number;
  /** Ms since 1970. */
  outAt?: number;
  /** Times that somebody passed by: of the moment. */
  passed: number;
  note?: string;
}

export type LampEvent = { readonly on: boolean; readonly outAt?: number; readonly log?: string; readonly note?: string } | { readonly passed: true };

interface Switch {
  readonly userId: string;
  readonly opId: string;
  readonly forMs?: number;
  /** Stands for a listening event of this id. */
  readonly log?: string;
  /** Left on it. */
  readonly note?: string;
}

export const lamp: ActorType<Lamp, LampEvent> = {
  type: "lamp",
  eventVersion: 1,
  stateVersion: 1,
  empty: () => ({ on: false, times: 0, passed: 0 }),
  apply(state, event) {
    if ("passed" in event) state.passed += 1;
    else {
      state.on = event.on;
      if (event.on) state.times += 1;
      if (event.note !== undefined) state.note = event.note;
      if (event.outAt === undefined) delete state.outAt;
      else state.outAt = event.outAt;
    }
  },
  pack: ({ on, times, outAt, note }) => [on, times, outAt, note],
  unpack(packed) {
    const [on, times, outAt, note] = packed as [boolean, number, number | null, string | null];
    return { on, times, passed: 0, ...(outAt === null ? {} : { outAt }), ...(note === null ? {} : { note }) };
  },
  commands: {
    light(state, { opId, forMs, log, note }: Switch, turn, earlier) {
      const before = earlier(opId);
      if (before !== undefined) return { events: [], reply: before.reply };
      const reply = { times: state.times + 1 };
      return { events: [{ opId, event: { on: true, ...(forMs === undefined ? {} : { outAt: turn.now + forMs }), ...(log === undefined ? {} : { log }), ...(note === undefined ? {} : { note }) }, reply }], reply };
    },
    pass: (_state, { opId }: Switch) => ({ events: [{ opId, event: { passed: true } }], reply: null }),
  },
  queries: {
    look: ({ on, times, passed }, _params, { version }) => ({ on, times, passed, version }),
  },
  soft: {
    logged: (event, key, at) => ("log" in event && event.log !== undefined ? [{ id: event.log, userId: key, type: "start", at, trackId: "t1" }] : []),
    isPassing: (event) => "passed" in event,
    dueAt: ({ outAt }) => outAt,
    elapsed: ({ outAt }, { now }) => (outAt !== undefined && now >= outAt ? [{ on: false }] : []),
  },
};

const returns = { type: "object" };
const opId = { type: "string", min: 1, max: 64 } as const;

/** Each account has one. */
export const lampService = (changed?: (change: Change<Lamp, LampEvent>) => void) =>
  actorService({
    name: "lamp",
    actor: { ...lamp, commands: { ...lamp.commands, lightOf: lamp.commands["light"] } as typeof lamp.commands },
    key: "userId",
    own: true,
    actions: {
      light: command({ access: "listener", summary: "Switch one's lamp on", params: { opId, forMs: { type: "number", integer: true, min: 1, optional: true } }, returns }),
      look: query({ access: "listener", summary: "Look at one's lamp", params: {}, returns }),
      lightOf: command({ access: "internal", summary: "Switch somebody's lamp on", params: { userId: { type: "string" }, opId }, returns }),
    },
    ...(changed === undefined ? {} : { changed: (_service: unknown, change: Change<Lamp, LampEvent>) => changed(change) }),
  });
