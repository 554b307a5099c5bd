import { setImmediate as breathe } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { ActorStore } from "../../storage/index.ts";
import { memoryActorStore } from "../../storage/testing/memory-actor-store.ts";
import type { Answer } from "./call.ts";
import type { ActorType } from "./definition.ts";
import type { Limits } from "./limits.ts";
import { ActorNode } from "./node.ts";

/** A set of a few things: each is put in once, and refused when it is there or when there is no room. "!" never is, "+..." always. */
const shelf: ActorType<Set<string>, string> = {
  type: "shelf",
  empty: () => new Set(),
  apply: (state, thing) => void state.add(thing),
  pack: (state) => [...state],
  unpack: (packed) => new Set(packed as string[]),
  eventVersion: 1,
  stateVersion: 1,
  commands: {
    put: (state, { things }: { things: readonly string[] }, _turn, earlier) => {
      const told = things.map((thing) => [thing, earlier(`op-${thing}`) !== undefined ? "repeated" : thing === "!" || (!thing.startsWith("+") && (state.has(thing) || state.size > 3)) ? "refused" : "put"] as const);
      return { events: told.filter(([, what]) => what === "put").map(([thing]) => ({ opId: `op-${thing}`, event: thing })), reply: told.map(([, what]) => what) };
    },
  },
  queries: {},
};

type Held = "append" | "find" | "load";
const nodes: ActorNode[] = [];
afterEach(() => Promise.all(nodes.splice(0).map((node) => node.stop())));

/** One node on a store whose questions about operations wait for `go`, and whose appends do. */
async function hosting(limits: Partial<Limits>) {
  const memory = memoryActorStore({ now: () => performance.now() });
  const held = new Map<Held, (() => void)[]>();
  const finds: (readonly string[])[] = [];
  const isHeld = new Set<Held>();
  const hold = async (name: Held) => {
    if (isHeld.has(name)) await new Promise<void>((resolve) => void held.set(name, [...(held.get(name) ?? []), resolve]));
  };
  const store: ActorStore = {
    ...memory,
    async append(lease, events) {
      await hold("append");
      return memory.append(lease, events);
    },
    async load(actor) {
      const loaded = await memory.load(actor);
      await hold("load");
      return loaded;
    },
    async find(actor, opIds) {
      finds.push(opIds);
      await hold("find");
      return memory.find(actor, opIds);
    },
  };
  const clock = {
    now: () => performance.now(), wall: Date.now, soon: (run: () => void) => queueMicrotask(run),
    after: (ms: number, run: () => void) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
  const node = new ActorNode({ node: "n", types: [shelf as never], store, clock, random: { next: () => 0.5 }, transport: { send: () => Promise.reject(new Error("alone")), announce: () => {} }, limits });
  nodes.push(node);
  await node.start();
  return {
    finds,
    passivate: () => void node.host.passivate("shelf/s"),
    put: (...things: readonly string[]): Promise<Answer> => node.host.execute({ type: "shelf", key: "s", method: "put", params: { things }, meta: {} }),
    holdBack: (name: Held) => void isHeld.add(name),
    waiting: () => node.host.waiting,
    lose: () => node.host.lost(node.membership.owned()),
    letGo: async (name: Held, ticks = 0) => {
      isHeld.delete(name);
      for (const go of held.get(name)?.splice(0) ?? []) go();
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      if (ticks > 0) return;
      for (let turn = 0; turn < 5; turn++) await breathe();
    },
  };
}

describe("host - an operation that comes again", () => {
  test("is known while it is not committed, however many came after it", async () => {
    const { put, holdBack, letGo } = await hosting({ opIds: 2 });
    holdBack("append");
    const calls = [put("a", "b", "c", "d"), put("a", "b", "c", "d")];
    await letGo("append");
    expect(await Promise.all(calls)).toEqual([{ ok: ["put", "put", "put", "put"] }, { ok: ["repeated", "repeated", "repeated", "repeated"] }]);
  });

  test("is looked up in the journal once, whatever others do meanwhile", async () => {
    const { put, holdBack, letGo, finds } = await hosting({ opIds: 1, snapshotEvery: 1 });
    for (const thing of ["a", "b"]) await put(thing);
    holdBack("find");
    // "a" is forgotten; "c" can be put, and cannot any more when the journal has answered for the others.
    const call = put("a", "!", "c");
    await put("d", "e");
    await letGo("find");
    expect(await call).toEqual({ ok: ["repeated", "refused", "refused"] });
    expect(finds).toEqual([["op-a", "op-!"], ["op-c"]]);
  });

  test("is found at the second attempt when nothing but the journal's key tells that it happened, whatever the actor forgets between", async () => {
    const { put, passivate } = await hosting({ opIds: 1, snapshotEvery: 1 });
    for (const thing of ["+1", "+2", "+3"]) await put(thing);
    passivate();
    expect(await put("+1", "+2", "+3")).toMatchObject({ error: { name: "Interrupted" } });
    // A turn of somebody else's comes before it, and leaves one operation in memory.
    const [, answer] = await Promise.all([put(), put("+1", "+2", "+3")]);
    expect(answer).toEqual({ ok: ["repeated", "repeated", "repeated"] });
  });
});

describe("host - calls that wait for a load", () => {
  test("are answered at whatever moment of it the shard goes", async () => {
    const said = new Set<string>();
    // The promises between the store and the first turn are some: one after the other is interrupted.
    for (let ticks = 1; ticks <= 12; ticks++) {
      const { put, holdBack, letGo, lose, waiting } = await hosting({});
      holdBack("load");
      const calls = [put("a"), put("b")];
      await breathe();
      await letGo("load", ticks);
      lose();
      await breathe();
      expect(waiting()).toBe(0);
      for (const answer of await Promise.all(calls)) said.add("ok" in answer ? "ok" : answer.error.name);
    }
    expect([...said].toSorted()).toEqual(["Interrupted", "ok"]);
  });
});
