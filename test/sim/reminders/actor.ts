/**
 * The actor of the reminders' workload: a list that shows every event, as the log does, of reminders set, cancelled and come. What
 * a reminder's turn does follows from the first letter of its name.
 */
import type { ActorType, Turn } from "../../../actors/runtime/definition.ts";

export interface SetParams {
  readonly opId: string;
  readonly name: string;
  /** From the turn's time on; undefined: it is cancelled. */
  readonly inMs?: number;
}

/** An event. `item` says which it is, whoever lists it. */
export type TimerEvent = { readonly item: string; readonly name: string } & (
  | { readonly is: "set"; readonly at: number }
  | { readonly is: "cancelled" }
  /** `again`: it was set anew in the same turn. */
  | { readonly is: "came"; readonly dueAt: number; readonly again?: number }
);

export const names = ["a", "b", "fails", "repeats", "silent"] as const;
/** Of those that leave no event: the journal does not say whether they came. */
export const isSilent = (name: string): boolean => name === "silent";

interface Timer {
  readonly items: string[];
}

const reply = (turn: Turn) => ({ version: turn.version + 1, places: [turn.version + 1] });

export const timerActor: ActorType<Timer, TimerEvent> = {
  type: "timer",
  empty: () => ({ items: [] }),
  apply: (state, { item }) => void state.items.push(item),
  pack: ({ items }) => [...items],
  unpack: (packed) => ({ items: [...(packed as string[])] }),
  eventVersion: 1,
  stateVersion: 1,
  commands: {
    set: (_state, { opId, name, inMs }: SetParams, turn, earlier) => {
      const before = earlier(opId);
      if (before !== undefined) return { events: [], reply: before.reply };
      const at = inMs === undefined ? undefined : turn.now + inMs;
      const event: TimerEvent = { item: opId, name, ...(at === undefined ? { is: "cancelled" } : { is: "set", at }) };
      return { events: [{ opId, event, reply: reply(turn) }], reminders: [{ name, at }], reply: reply(turn) };
    },
  },
  reminded(_state, { name, dueAt }, turn) {
    if (isSilent(name)) return { events: [] };
    // Comes again at another time, when it does not.
    if (name === "fails" && turn.now % 3 === 0) throw new Error("as planned");
    const again = name === "repeats" && dueAt % 4 > 0 ? turn.now + 200 : undefined;
    const event: TimerEvent = { is: "came", item: `came ${name} ${turn.version + 1}`, name, dueAt, ...(again === undefined ? {} : { again }) };
    return { events: [event], ...(again === undefined ? {} : { reminders: [{ name, at: again }] }) };
  },
  queries: {
    list: ({ items }) => ({ version: items.length, items: [...items] }),
  },
};
