/** Actors on real nodes: three brokers over NATS with PostgreSQL, called from a fourth that hosts none. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Context, ServiceSchema } from "moleculer";
import { until } from "../../test/kit/index.ts";
import { shardOf, shellOf } from "./index.ts";
import type { ShardOwner } from "./ports.ts";
import { counterService } from "./testing/counter.ts";
import { testCluster, type TestCluster, type TestMember } from "./testing/cluster.ts";

let cluster: TestCluster;
let a: TestMember;
let b: TestMember;
let caller: TestMember;

beforeAll(async () => {
  cluster = await testCluster();
  a = await cluster.join("a", [counterService]);
  b = await cluster.join("b", [counterService, { name: "slow", actions: { nap: { handler: () => pause(2_000) } } }, asker]);
  caller = await cluster.join("caller");
}, 60_000);
afterAll(() => cluster?.stop(), 60_000);

/** Calls an actor and says who it then believes its own caller to be. */
const asker: ServiceSchema = {
  name: "asker",
  actions: {
    who: {
      async handler(ctx: Context<object, { user?: string }>) {
        await ctx.call("counter.value", { counterId: "anybody" });
        return ctx.meta.user;
      },
    },
  },
};

interface Value {
  readonly value: number;
  readonly version: number;
}

const add = (member: TestMember, counterId: string, opId: string = randomUUID(), amount = 1) => member.broker.call<Value, object>("counter.add", { counterId, opId, amount });
const value = (member: TestMember, counterId: string) => member.broker.call<Value, object>("counter.value", { counterId });
const ownedBy = (member: TestMember) => shellOf(member.broker).node?.membership.owned().length ?? 0;

describe("actors over the bus", () => {
  test("each shard has one owner, and both nodes have their part", async () => {
    await until(() => ownedBy(a) + ownedBy(b) === 256 && ownedBy(a) > 90 && ownedBy(b) > 90, 20_000);
  }, 30_000);

  test("one live actor answers, whichever node asks", async () => {
    const id = "shared";
    expect(await add(a, id)).toEqual({ value: 1, version: 1 });
    expect(await add(b, id)).toEqual({ value: 2, version: 2 });
    expect(await add(caller, id)).toEqual({ value: 3, version: 3 });
    for (const member of [a, b, caller]) expect(await value(member, id)).toEqual({ value: 3, version: 3 });
    const holders = [a, b].filter((member) => shellOf(member.broker).node?.host.activations.has(`counter/${id}`));
    expect(holders).toHaveLength(1);
  });

  test("many at once are each counted once, and a repeated operation gives its first answer", async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `many-${n}`);
    const answers = await Promise.all(Array.from({ length: 400 }, (_, n) => add([a, b, caller][n % 3] as TestMember, ids[n % 20] as string, `op-${n}`)));
    const again = await Promise.all(Array.from({ length: 400 }, (_, n) => add([b, caller, a][n % 3] as TestMember, ids[n % 20] as string, `op-${n}`)));
    expect(again).toEqual(answers);
    for (const id of ids) expect(await value(caller, id)).toEqual({ value: 20, version: 20 });
  });

  test("an operation that was forgotten in memory is still known", async () => {
    const first = await add(caller, "forgetful", "once");
    const holder = [a, b].find((member) => shellOf(member.broker).node?.host.activations.has("counter/forgetful"));
    for (const activation of shellOf((holder as TestMember).broker).node?.host.activations.values() ?? []) if (activation.key === "forgetful") activation.pack();
    expect(await add(caller, "forgetful", "once")).toEqual(first);
    expect(await value(caller, "forgetful")).toEqual({ value: 1, version: 1 });
  });

  test("an operation that was done long ago is not refused now because of itself", async () => {
    const id = "long-ago";
    const first = await add(caller, id, "first", 600_000);
    const holder = [a, b].find((member) => shellOf(member.broker).node?.host.activations.has(`counter/${id}`)) as TestMember;
    shellOf(holder.broker).node?.host.activations.get(`counter/${id}`)?.pack();
    // Decided anew it would be too much, and make no event that the journal could refuse.
    expect(await add(caller, id, "first", 600_000)).toEqual(first);
    await expect(add(caller, id, "second", 600_000)).rejects.toMatchObject({ type: "TOO_MUCH" });
    expect(await value(caller, id)).toEqual({ value: 600_000, version: 1 });
  });

  test("what the journal would not take harms nobody else", async () => {
    const [bad, ...good] = await Promise.allSettled([
      ...[`\0`].map((opId) => add(caller, "poison", opId)),
      ...Array.from({ length: 20 }, (_, n) => add(caller, `beside-poison-${n}`)),
    ]);
    expect(bad).toMatchObject({ status: "rejected", reason: { code: 422, type: "TOO_LARGE" } });
    expect(good.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => "fulfilled"));
    expect(await value(caller, "poison")).toEqual({ value: 0, version: 0 });
  });

  test("what the actor refuses, and what the schema refuses, reaches the caller as it is", async () => {
    await expect(add(caller, "full", "big", 2_000_000)).rejects.toMatchObject({ name: "CounterRefused", code: 422, type: "TOO_MUCH" });
    await expect(caller.broker.call("counter.add", { counterId: "x", opId: "1", amount: "many" })).rejects.toMatchObject({ name: "ValidationError", code: 422 });
    await expect(caller.broker.call("counter.add", { counterId: "", opId: "1", amount: 1 })).rejects.toMatchObject({ name: "ValidationError" });
    expect(await value(caller, "full")).toEqual({ value: 0, version: 0 });
  });

  test("nobody gets the identity of who called before", async () => {
    for (let n = 0; n < 10; n++) {
      await b.broker.call("counter.value", { counterId: `somebody-${n}` }, { meta: { user: "other" } });
      await b.broker.call("slow.nap", {}, { meta: { user: "other" }, timeout: 5 }).catch(() => undefined);
      expect(await caller.broker.call("asker.who", {}, { meta: { user: "self" } })).toBe("self");
    }
  });

  test("a call that timed out is forgotten: nobody's stop waits for it", async () => {
    await expect(caller.broker.call("slow.nap", {}, { timeout: 50 })).rejects.toMatchObject({ name: "RequestTimeoutError" });
    expect((caller.broker as unknown as { _trackedContexts: unknown[] })._trackedContexts).toHaveLength(0);
  });

  test("a node can be called when it says that it has its first shard", async () => {
    let couldBeCalled: boolean | undefined;
    caller.broker.createService({
      name: "watcher",
      events: {
        "actors.moved": ({ params }: Context<{ owners: readonly ShardOwner[] }>) => {
          const owner = params.owners.find((one) => one.owner !== null && ![a, b].some(({ broker }) => broker.nodeID === one.owner))?.owner;
          if (owner === undefined || owner === null || couldBeCalled !== undefined) return;
          couldBeCalled = caller.broker.registry.actions.isAvailable("actors.batch") && caller.broker.registry.getServiceList({}).some(({ name, nodeID }) => name === "actors" && nodeID === owner);
        },
      },
    });
    const d = await cluster.join("d", [counterService]);
    await until(() => couldBeCalled !== undefined, 20_000);
    expect(couldBeCalled).toBe(true);
    await d.stop();
    await until(() => ownedBy(a) + ownedBy(b) === 256, 20_000);
  }, 60_000);

  test("a node that joins takes its part, one that leaves gives it away, and no call fails", async () => {
    let failed: unknown;
    let acked = 0;
    const over = new AbortController();
    const load = Promise.all(Array.from({ length: 8 }, async (_, client) => {
      for (let n = 0; !over.signal.aborted; n++) {
        await add(caller, `moving-${client}-${n % 10}`, `${client}-${n}`).then(() => (acked += 1), (error: unknown) => (failed ??= error));
      }
    }));
    const c = await cluster.join("c", [counterService]);
    await until(() => ownedBy(c) > 50, 20_000);
    await a.stop();
    await until(() => ownedBy(b) + ownedBy(c) === 256, 20_000);
    over.abort();
    await load;
    expect(failed).toBeUndefined();
    const values = await Promise.all(Array.from({ length: 80 }, (_, n) => value(caller, `moving-${n % 8}-${Math.floor(n / 8)}`)));
    expect(values.reduce((sum, one) => sum + one.value, 0)).toBe(acked);
    expect(acked).toBeGreaterThan(100);
    expect(shardOf("counter", "shared")).toMatch(/^counter\/\d+$/);
  }, 60_000);
});
