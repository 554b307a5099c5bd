/**
 * The soft actor of the simulation: a meter that counts presses by their operation. What it did stands in its state, in order; a press may
 * stand for a listening event, and may set a time at which the meter rings. Whoever passes by is of the moment.
 *
 * Ids and times of listening events follow from what was asked, not from the turn that did it: a press that is repeated after a loss
 * makes the same again.
 */
import type { ActorType } from "../../../actors/runtime/definition.ts";

export interface Press {
  readonly opId: string;
  /** When it was pressed, by the caller's clock. */
  readonly at: number;
  /** Stands for a listening event. */
  readonly isLogged: boolean;
  /** The meter rings so long after `at`. */
  readonly inMs?: number;
}

export interface Pressed {
  /** The activation that did it. */
  readonly by: string;
  /** How much the meter had done, with it. */
  readonly count: number;
}

export interface Look extends Pressed {
  /** Of everything that was done, in order. */
  readonly sum: number;
  /** When it rings next. */
  readonly dueAt: number | null;
}

export interface MeterState {
  readonly key: string;
  /** The activation that it lives in. */
  by: string;
  count: number;
  sum: number;
  /** Operations that will ring. */
  readonly due: Map<string, number>;
  readonly items: string[];
  /** How often somebody passed by. */
  passed: number;
}

/** `item`: what the state shows of it. */
export type MeterEvent =
  | { readonly is: "pressed"; readonly item: string; readonly at: number; readonly isLogged: boolean; readonly dueAt?: number }
  | { readonly is: "rang"; readonly item: string; readonly opId: string; readonly dueAt: number }
  | { readonly is: "passed"; readonly item: string };

type Packed = readonly [key: string, by: string, items: readonly string[], due: readonly (readonly [string, number])[]];

export class Refused extends Error {
  override readonly name = "Refused";
  readonly code = 422;
  readonly type = "REFUSED";
}

/** What the ring of an operation is called. */
export const ringOf = (opId: string): string => `${opId}!`;

function add(state: MeterState, item: string): void {
  state.items.push(item);
  state.count += 1;
  for (let at = 0; at < item.length; at++) state.sum = Math.imul(state.sum ^ item.charCodeAt(at), 0x01000193);
}

const blank = (key: string, by: string): MeterState => ({ key, by, count: 0, sum: 0x811c9dc5, due: new Map(), items: [], passed: 0 });
const next = ({ due }: MeterState): number | undefined => (due.size === 0 ? undefined : Math.min(...due.values()));

export const meter: ActorType<MeterState, MeterEvent> = {
  type: "meter",
  empty: (key) => blank(key, ""),
  apply(state, event) {
    switch (event.is) {
      case "pressed":
        if (event.dueAt !== undefined) state.due.set(event.item, event.dueAt);
        add(state, event.item);
        break;
      case "rang":
        state.due.delete(event.opId);
        add(state, event.item);
        break;
      case "passed":
        state.passed += 1;
        break;
    }
  },
  pack: ({ key, by, items, due }): Packed => [key, by, [...items], [...due]],
  unpack(packed) {
    const [key, by, items, due] = packed as Packed;
    const state = blank(key, by);
    for (const item of items) add(state, item);
    for (const [opId, at] of due) state.due.set(opId, at);
    return state;
  },
  eventVersion: 1,
  stateVersion: 1,
  commands: {
    press(state, { opId, at, isLogged, inMs }: Press, _turn, earlier) {
      const before = earlier(opId);
      if (before !== undefined) return { events: [], reply: before.reply };
      const reply: Pressed = { by: state.by, count: state.count + 1 };
      return { events: [{ opId, event: { is: "pressed", item: opId, at, isLogged, ...(inMs === undefined ? {} : { dueAt: at + inMs }) }, reply }], reply };
    },
    pass: (state, { opId }: { opId: string }, _turn, earlier) => ({ events: earlier(opId) === undefined ? [{ opId, event: { is: "passed", item: opId } }] : [], reply: { by: state.by, count: state.count } satisfies Pressed }),
    refuse: () => {
      throw new Refused("as asked");
    },
  },
  queries: {
    look: (state): Look => ({ by: state.by, count: state.count, sum: state.sum, dueAt: next(state) ?? null }),
  },
  soft: {
    logged(event, key) {
      if (event.is === "passed" || (event.is === "pressed" && !event.isLogged)) return [];
      const { type, at } = event.is === "rang" ? ({ type: "complete", at: event.dueAt } as const) : ({ type: "start", at: event.at } as const);
      return [{ id: event.item, userId: key, type, at, trackId: event.item }];
    },
    isPassing: (event) => event.is === "passed",
    dueAt: next,
    elapsed: ({ due }, { now }) => [...due].filter(([, dueAt]) => dueAt <= now).map(([opId, dueAt]) => ({ is: "rang", item: ringOf(opId), opId, dueAt })),
  },
};
