/** Nodes in one process on the model of the store, with a clock that stands still: what happens here waits for no timer. */
import { setImmediate as breathe } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { ActorStore } from "../../storage/index.ts";
import { memoryActorStore } from "../../storage/testing/memory-actor-store.ts";
import type { AnyActorType } from "./activation.ts";
import type { Answer } from "./call.ts";
import { ActorNode } from "./node.ts";
import type { Moved } from "./ports.ts";
import { counter } from "./testing/counter.ts";

const shards = 256;
const clock = { now: () => 1_000, wall: () => 1_000, after: () => () => {}, soon: (run: () => void) => queueMicrotask(run) };

let memory: ActorStore;
let nodes: Map<string, ActorNode>;
/** Looks at the cluster, by node. */
let looks: Map<string, number>;
/** What the releases of a held node wait for. */
let gate: PromiseWithResolvers<void>;

beforeEach(() => {
  memory = memoryActorStore({ now: () => 1_000 });
  nodes = new Map();
  looks = new Map();
  gate = Promise.withResolvers<void>();
});

/** A node that hears what others announce. `isHeld`: its releases wait for the gate. */
async function join(name: string, isHeld = false): Promise<ActorNode> {
  const look = () => looks.set(name, (looks.get(name) ?? 0) + 1);
  const store: ActorStore = {
    ...memory,
    view: () => (look(), memory.view()),
    renew: (...given) => (look(), memory.renew(...given)),
    async release(...given) {
      if (isHeld) await gate.promise;
      return memory.release(...given);
    },
  };
  const others = () => [...nodes].filter(([other]) => other !== name).map(([, node]) => node);
  const node = new ActorNode({
    node: name, types: [counter as AnyActorType], store, clock, random: { next: () => 0.5 },
    transport: {
      send: async (to, calls): Promise<Answer[]> => (await nodes.get(to)?.receive(calls)) ?? Promise.reject(new Error("gone")),
      announce: (owners: readonly Moved[]) => void others().map((other) => other.heard(owners)),
    },
  });
  nodes.set(name, node);
  await node.start();
  return node;
}

/** Until nothing happens any more. */
const settle = async () => {
  for (let turn = 0; turn < 50; turn++) await breathe();
};

const add = (node: ActorNode, counterId: string) => node.call({ type: "counter", key: counterId, method: "add", params: { counterId, opId: `op-${counterId}`, amount: 1 }, meta: {} }, 5_000);

describe("hand-over", () => {
  test("a node that stops gives each shard to the node that should have it, which looks at nothing before it takes it", async () => {
    const a = await join("a");
    const [b, c] = [await join("b"), await join("c")];
    await a.membership.look();
    await settle();
    const before = looks.get("b");
    await a.stop();
    await settle();
    expect(b.membership.owned().length + c.membership.owned().length).toBe(shards);
    expect(b.membership.owned().length).toBeGreaterThan(80);
    expect(looks.get("b")).toBe(before);
  });

  test("a node that was drained takes nothing that is offered to it", async () => {
    const [a, b] = [await join("a"), await join("b")];
    await a.membership.look();
    await settle();
    b.membership.setDraining(true);
    await settle();
    expect(b.membership.owned()).toEqual([]);
    b.heard(a.membership.owned().map((shard) => ({ shard, owner: null, epoch: 1_000, to: "b" })));
    await settle();
    expect(b.membership.owned()).toEqual([]);
    expect(a.membership.owned()).toHaveLength(shards);
  });

  test("a shard of somebody who lives is not taken because it was offered", async () => {
    const [a, b] = [await join("a"), await join("b")];
    await a.membership.look();
    await settle();
    const [theirs] = a.membership.owned();
    b.heard([{ shard: theirs ?? "", owner: null, epoch: 0, to: "b" }]);
    await settle();
    expect(b.membership.owned()).not.toContain(theirs);
    expect(a.membership.epochOf(theirs ?? "")).toBeDefined();
  });

  test("a call that pauses while its shard is away goes on when the next owner has it, and not later", async () => {
    const a = await join("a", true);
    const b = await join("b");
    const calls = Array.from({ length: 200 }, (_, n) => `counter-${n}`);
    for (const counterId of calls) expect(await add(b, counterId)).toEqual({ ok: { value: 1, version: 1 } });
    const stopped = a.stop();
    await settle();
    const answers: Answer[] = [];
    const again = Promise.all(calls.map(async (counterId) => answers.push(await add(b, counterId))));
    await settle();
    expect(answers.length).toBeLessThan(calls.length);
    gate.resolve();
    await Promise.all([stopped, again]);
    expect(answers).toEqual(calls.map(() => ({ ok: { value: 1, version: 1 } })));
  });
});
