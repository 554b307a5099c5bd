/**
 * The actor of `npm run simulate -- validate`: a call holds one of its node's slots for a while, as of a pool of database connections,
 * first come, first served; then has its turn and is answered. How long, the node draws: nobody who predicts knows the distribution.
 */
import type { ActionSchema, ServiceSchema } from "moleculer";
import { actorService, query, type ActorType } from "../../../actors/runtime/index.ts";
import type { Stream } from "../../../simulations/index.ts";

export class Slots {
  readonly #waiting: (() => void)[] = [];
  readonly count: number;
  #busy = 0;

  constructor(count: number) {
    this.count = count;
  }

  async hold(work: () => Promise<void>): Promise<void> {
    if (this.#busy < this.count) this.#busy += 1;
    // A slot that is given on stays busy.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  }
}

/** Nearly exponential: a floor, and one call in twelve about twice as long. */
export function serviceMs(meanMs: number, stream: Stream): number {
  return stream.chance(1 / 12) ? stream.exponential(2.15 * meanMs) : 0.1 * meanMs + stream.exponential(0.7955 * meanMs);
}

const actorOf = (type: string): ActorType<object, never> => ({
  type, eventVersion: 1, stateVersion: 1,
  empty: () => ({}), apply: () => {}, pack: () => 0, unpack: () => ({}),
  commands: {}, queries: { work: () => 1, touch: () => 1 },
});

const declared = query({ access: "public", summary: "", params: { key: { type: "string", max: 64 } }, returns: {} });

/** `worked`: told how long a call held its slot, ms. */
export function workerService(type: string, slots: Slots, sleepMs: () => number, worked: (ms: number) => void): ServiceSchema {
  const schema = actorService({ name: type, actor: actorOf(type), key: "key", actions: { work: declared, touch: declared } });
  before(schema, "work", () => slots.hold(async () => {
    const began = performance.now();
    await new Promise((resolve) => setTimeout(resolve, sleepMs()));
    worked(performance.now() - began);
  }));
  return schema;
}

/** An action waits for this on the node where its actor lives; then has its turn. */
export function before(schema: ServiceSchema, action: string, wait: () => Promise<void>): void {
  const declared = schema.actions?.[action] as ActionSchema & { handler: (ctx: unknown) => Promise<unknown> };
  const turn = declared.handler;
  declared.handler = async function waiting(this: unknown, ctx: unknown): Promise<unknown> {
    await wait();
    return turn.call(this, ctx);
  };
}
