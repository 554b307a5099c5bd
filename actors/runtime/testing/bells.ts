/** Nodes of the runtime over the model of the store, on a clock that tests move by hand, with an actor that is all about reminders. */
import { memoryActorStore } from "../../../storage/testing/memory-actor-store.ts";
import type { ActorStore } from "../../../storage/index.ts";
import { ActorNode, limits, type ActorType, type Answer, type AnyActorType, type Clock, type Limits, type Remind } from "../index.ts";

/** What happened, in order. */
interface Bells {
  readonly rung: string[];
}

export interface Ask {
  readonly opId: string;
  readonly reminders?: readonly Remind[];
  /** Without one, nothing is journalled. */
  readonly isSilent?: boolean;
}

class BellRefused extends Error {
  override readonly name = "BellRefused";
  readonly code = 409;
  readonly type = "REFUSED";
}

/** The first word of a reminder's name says what its turn does. */
export const bells: ActorType<Bells, { readonly rang: string }> = {
  type: "bells",
  eventVersion: 1,
  stateVersion: 1,
  empty: () => ({ rung: [] }),
  apply(state, { rang }) {
    if (rang.startsWith("break")) throw new Error("the bell broke");
    state.rung.push(rang);
  },
  pack: ({ rung }) => [...rung],
  unpack: (packed) => ({ rung: [...(packed as string[])] }),
  commands: {
    ask: (_state, { opId, reminders, isSilent = false }: Ask) => ({ events: isSilent ? [] : [{ opId, event: { rang: `asked ${opId}` } }], ...(reminders === undefined ? {} : { reminders }), reply: null }),
  },
  reminded(_state, { name, dueAt }, turn) {
    const [word = ""] = name.split(" ");
    if (word === "refuse") throw new BellRefused("not today");
    if (word === "throw") throw new Error("a mistake");
    if (word === "nothing") return { events: [] };
    if (word === "again") return { events: [], reminders: [{ name, at: turn.now + 1_000 }, { name: "ring", at: turn.now }] };
    if (word === "many") return { events: [], reminders: Array.from({ length: 9 }, (_, n) => ({ name: `ring ${n}`, at: turn.now })) };
    return { events: [{ rang: `${name} ${turn.now - dueAt >= 0 ? "" : "too early"}`.trim() }, ...(word === "twice" ? [{ rang: `${name} again` }] : [])] };
  },
  queries: { rung: ({ rung }) => [...rung] },
};

/** Time stands still until `pass`. */
export class HandClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];
  /** Of the wall clock, ms. */
  wrongBy = 0;
  readonly born = 1_700_000_000_000;

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.born + Math.floor(this.#now) + this.wrongBy;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  soon(run: () => void): void {
    this.after(0, run);
  }

  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = this.#timers.toSorted((one, other) => one.at - other.at);
      if (next === undefined || next.at > end) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
  }
}

export interface Tower {
  readonly clock: HandClock;
  readonly store: ActorStore;
  /** What the nodes logged. */
  readonly failures: unknown[];
  readonly lateMs: number[];
  /** Starts a node. `around`: the store as it sees it. */
  join(name: string, around?: (store: ActorStore) => ActorStore): Promise<ActorNode>;
  ask(key: string, ask: Ask): Promise<Answer>;
  rung(key: string): Promise<readonly string[]>;
  reminders(key: string): Promise<readonly { readonly name: string; readonly failures: number; readonly nextAt: number | null }[]>;
}

export function tower(own: Partial<Limits> = {}, type: ActorType<Bells, { readonly rang: string }> = bells): Tower {
  const clock = new HandClock();
  const store = memoryActorStore({ now: () => clock.now() });
  const nodes = new Map<string, ActorNode>();
  const failures: unknown[] = [];
  const lateMs: number[] = [];
  let calls = 0;
  const call = async (key: string, method: string, params: unknown): Promise<Answer> => {
    // By any node: it is taken to the owner.
    const node = [...nodes.values()][calls++ % nodes.size];
    if (node === undefined) throw new Error("no node is up");
    const answered = node.call({ type: "bells", key, method, params, meta: {} }, 60_000);
    const over = new AbortController();
    void answered.then(() => over.abort());
    while (!over.signal.aborted) await clock.pass(5);
    return answered;
  };
  return {
    clock, store, failures, lateMs,
    async join(name, around = (same) => same) {
      const node = new ActorNode({
        node: name, types: [type as unknown as AnyActorType], store: around(store), clock, random: { next: () => 0.5 }, limits: { ...limits, ...own },
        transport: {
          send: async (to, sent) => nodes.get(to)?.receive(sent) ?? Promise.reject(new Error(`${to} is not there`)),
          announce: (owners) => {
            for (const other of nodes.values()) if (other !== node) other.heard(owners);
          },
        },
        hooks: { reminded: (_type, ms) => lateMs.push(ms) },
        failed: (error) => failures.push(error),
      });
      nodes.set(name, node);
      const crash = node.crash.bind(node);
      const stop = node.stop.bind(node);
      node.crash = () => {
        nodes.delete(name);
        crash();
      };
      node.stop = async () => {
        await stop();
        nodes.delete(name);
      };
      const started = node.start();
      await clock.pass(50);
      await started;
      return node;
    },
    ask: (key, asked) => call(key, "ask", asked),
    async rung(key) {
      const answer = await call(key, "rung", {});
      if ("error" in answer) throw new Error(answer.error.message);
      return answer.ok as readonly string[];
    },
    reminders: async (key) => (await store.load(`bells/${key}`)).reminders,
  };
}
