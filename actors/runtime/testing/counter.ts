/** The smallest useful actor, for tests and for docs/guides/write-an-actor.md: a number that counts, and remembers who added what. */
import { actorService, command, query, type ActorType } from "../index.ts";

interface Counter {
  value: number;
}

type CounterEvent = { readonly added: number } | { readonly resetAt: number | null };

interface Add {
  readonly counterId: string;
  readonly opId: string;
  readonly amount: number;
}

interface Reset {
  readonly counterId: string;
  readonly opId: string;
  /** Ms since 1970; absent: never. */
  readonly at?: number;
}

export class CounterRefused extends Error {
  override readonly name = "CounterRefused";
  readonly code = 422;
  readonly type = "TOO_MUCH";
}

export const counter: ActorType<Counter, CounterEvent> = {
  type: "counter",
  eventVersion: 1,
  stateVersion: 1,
  empty: () => ({ value: 0 }),
  apply(state, event) {
    if ("added" in event) state.value += event.added;
  },
  pack: ({ value }) => value,
  unpack: (packed) => ({ value: packed as number }),
  commands: {
    add(state, { opId, amount }: Add, turn, earlier) {
      const before = earlier(opId);
      if (before !== undefined) return { events: [], reply: before.reply };
      if (state.value + amount > 1_000_000) throw new CounterRefused("A counter goes to a million.");
      const reply = { value: state.value + amount, version: turn.version + 1 };
      return { events: [{ opId, event: { added: amount }, reply }], reply };
    },
    reset(state, { opId, at }: Reset, turn, earlier) {
      const before = earlier(opId);
      if (before !== undefined) return { events: [], reply: before.reply };
      const reply = { value: state.value, version: turn.version + 1 };
      return { events: [{ opId, event: { resetAt: at ?? null }, reply }], reminders: [{ name: "reset", at }], reply };
    },
  },
  reminded: ({ value }) => ({ events: value === 0 ? [] : [{ added: -value }] }),
  queries: {
    value: (state, _params, turn) => ({ value: state.value, version: turn.version }),
  },
};

const counterId = { type: "string", min: 1, max: 64 } as const;
const returns = { type: "object", required: ["value", "version"], properties: { value: { type: "integer" }, version: { type: "integer" } } };

export const counterService = actorService({
  name: "counter",
  actor: counter,
  key: "counterId",
  actions: {
    add: command({ access: "public", summary: "Add to a counter", params: { counterId, opId: { type: "string", min: 1, max: 64 }, amount: { type: "number", integer: true, min: 1 } }, returns }),
    reset: command({ access: "public", summary: "Begin at 0 again at a time", params: { counterId, opId: { type: "string", min: 1, max: 64 }, at: { type: "number", integer: true, min: 1, optional: true } }, returns }),
    value: query({ access: "public", summary: "What a counter says", params: { counterId }, returns }),
  },
});
