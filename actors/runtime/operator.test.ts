/** What operators see and do, on two real nodes over NATS with PostgreSQL, called from a third that hosts no actors. */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { resourcesOf } from "../../resources.ts";
import type { Identity } from "../action.ts";
import { until } from "../../test/kit/index.ts";
import { limits, shardOf, shellOf, type ActorStatus, type Drained, type HotActor, type Log, type Moved, type NodeStatus, type Overview, type Replayed, type ShardPlace } from "./index.ts";
import { counterService } from "./testing/counter.ts";
import { testCluster, type TestCluster, type TestMember } from "./testing/cluster.ts";

let cluster: TestCluster;
let a: TestMember;
let b: TestMember;
let console: TestMember;

beforeAll(async () => {
  cluster = await testCluster();
  [a, b] = await Promise.all([cluster.join("a", [counterService]), cluster.join("b", [counterService])]);
  console = await cluster.join("console");
  await until(async () => {
    const [here, there] = [ownedBy(a), ownedBy(b)];
    return here + there === 256 && here > 0 && there > 0;
  }, 20_000);
}, 60_000);
afterAll(() => cluster?.stop(), 60_000);

const admin: Identity = { id: "operator", username: "ada", plan: "premium", role: "admin", country: "ZZ" };
const ownedBy = (member: TestMember) => shellOf(member.broker).node?.membership.owned().length ?? 0;
const storeOf = (member: TestMember) => resourcesOf(member.broker).ports.actors;
const add = (counterId: string, amount = 1, opId: string = randomUUID()) => console.broker.call<{ value: number; version: number }, object>("counter.add", { counterId, opId, amount });
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what an action answers is known by its name alone
const ask = <T>(node: string, action: string, params: object = {}, user: Identity | undefined = admin) =>
  console.broker.call<T, object>(`actors.${action}`, params, { nodeID: node, timeout: 40_000, meta: user === undefined ? {} : { user } });
const member = (name: string | null) => (name === "a" ? a : b);
const otherThan = (name: string | null) => (name === "a" ? "b" : "a");
const verify = async (key: string, more: object = {}) => ask<Replayed>(String((await where(key)).owner), "replay", { type: "counter", key, ...more });
const where = (key: string) => ask<ShardPlace>("a", "where", { type: "counter", key });

const running = new Set<() => Promise<unknown>>();
// Of a test that failed before it ended them.
afterEach(() => Promise.all([...running].map((end) => end())));

/** Adds to counters from several callers until it is ended, which answers the failures. */
function editing(prefix: string) {
  const edits = { areOver: false };
  const failures: unknown[] = [];
  let acked = 0;
  const callers = Array.from({ length: 6 }, async (_, caller) => {
    // Bounded by the test's own time.
    for (let n = 0; !edits.areOver && n < 1_000_000; n++) await add(`${prefix}-${caller}-${n % 20}`).then(() => (acked += 1), (error: unknown) => failures.push(error));
  });
  const end = async () => {
    edits.areOver = true;
    running.delete(end);
    await Promise.all(callers);
    return failures;
  };
  running.add(end);
  return { acked: () => acked, end };
}

describe("operators see", () => {
  test("where an actor would live, without waking it", async () => {
    const place = await where("asleep");
    expect(place).toMatchObject({ shard: shardOf("counter", "asleep"), pinned: null, owner: place.wanted, next: [otherThan(place.owner)] });
    expect(["a", "b"]).toContain(place.owner);
    expect(place.epoch).toBeGreaterThan(0);
    expect(await ask<ActorStatus>("a", "actor", { type: "counter", key: "asleep" })).toMatchObject({ ...place, version: 0, snapshot: null, live: null });
    for (const each of [a, b]) expect(shellOf(each.broker).node?.host.activations.has("counter/asleep")).toBe(false);
  });

  test("an actor's version, epoch and memory on its owner", async () => {
    await add("awake");
    await add("awake");
    const { owner, epoch } = await where("awake");
    const status = await ask<ActorStatus>(String(owner), "actor", { type: "counter", key: "awake" });
    expect(status).toMatchObject({ version: 2, snapshot: null, live: { node: owner, epoch, version: 2, waiting: 0, isLoading: false, packedBytes: 0 } });
    expect(status.live?.idleMs).toBeLessThan(5_000);
    for (const activation of shellOf(member(owner).broker).node?.host.activations.values() ?? []) if (activation.key === "awake") activation.pack();
    expect((await ask<ActorStatus>(String(owner), "actor", { type: "counter", key: "awake" })).live).toMatchObject({ packedBytes: 1 });
  });

  test("each node's shards, and none on its way", async () => {
    const { nodes, moving, pinned } = await ask<Overview>("b", "shards");
    expect(nodes).toEqual([
      { node: "a", type: "counter", live: true, leaving: false, owned: ownedBy(a), toCome: 0, toGo: 0 },
      { node: "b", type: "counter", live: true, leaving: false, owned: ownedBy(b), toCome: 0, toGo: 0 },
    ]);
    expect({ moving, pinned }).toEqual({ moving: [], pinned: [] });
  });

  test("what a node did, and which of its actors change most", async () => {
    const { owner } = await where("hot");
    const node = String(owner);
    const before = await ask<NodeStatus>(node, "status");
    await add("hot");
    const watched = ask<HotActor[]>(node, "hottest", { type: "counter", limit: 3, overMs: 500 });
    for (let n = 0; n < 20; n++) await add("hot");
    const [first] = await watched;
    expect(first).toMatchObject({ type: "counter", key: "hot" });
    expect(first?.events).toBeGreaterThan(0);
    const after = await ask<NodeStatus>(node, "status");
    const [was, is] = [before.types[0], after.types[0]];
    expect((is?.turns ?? 0) - (was?.turns ?? 0)).toBe(21);
    expect(after.events - before.events).toBe(21);
    expect(after.commits).toBeGreaterThan(before.commits);
    expect(after.commits - before.commits).toBeLessThanOrEqual(21);
    expect(is?.loads).toBe((was?.loads ?? 0) + 1);
    expect(after.at).toBeGreaterThan(before.at);
  });

  test("an actor's journal, page by page, and its end when no beginning is named", async () => {
    for (let n = 1; n <= 30; n++) await add("logged", n, `op-${n}`);
    const page = await ask<Log>("a", "log", { type: "counter", key: "logged", from: 1, limit: 10 });
    expect(page).toMatchObject({ version: 30, next: 11 });
    expect(page.entries).toHaveLength(10);
    expect(page.entries[4]).toMatchObject({ seq: 5, opId: "op-5", event: { added: 5 }, v: 1 });
    expect(Math.abs(Date.now() - (page.entries[4]?.at ?? 0))).toBeLessThan(60_000);
    const end = await ask<Log>("b", "log", { type: "counter", key: "logged" });
    expect(end.entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 11));
    expect(end.next).toBeNull();
    expect(await ask<Log>("b", "log", { type: "counter", key: "nobody" })).toEqual({ version: 0, entries: [], next: null });
  });

  test("a plain answer when there is no such type, shard or node", async () => {
    await expect(ask("a", "where", { type: "cuonter", key: "x" })).rejects.toMatchObject({ code: 422, message: 'There are no actors of type "cuonter"; there are counter.' });
    await expect(ask("a", "shard", { shard: "counter/256" })).rejects.toMatchObject({ code: 422, message: "counter has the shards counter/0 to counter/255." });
    await expect(ask("a", "moveShard", { shard: "counter/1", node: "c" })).rejects.toMatchObject({ code: 422, message: expect.stringContaining("there are a, b") });
    await expect(ask("a", "replay", { type: "other", key: "x" })).rejects.toMatchObject({ code: 404 });
  });

  test("nothing, unless they are administrators", async () => {
    const actions: [string, object][] = [
      ["status", {}], ["hottest", {}], ["shards", {}], ["shard", { shard: "counter/1" }], ["where", { type: "counter", key: "x" }], ["actor", { type: "counter", key: "x" }],
      ["log", { type: "counter", key: "x" }], ["replay", { type: "counter", key: "x" }], ["passivate", { type: "counter", key: "x" }],
      ["moveShard", { shard: "counter/1", node: "a" }], ["unpinShard", { shard: "counter/1" }], ["drain", {}], ["undrain", {}],
    ];
    for (const [action, params] of actions) {
      await expect(ask("a", action, params, { ...admin, role: "listener" })).rejects.toMatchObject({ code: 403, type: "FORBIDDEN" });
      await expect(console.broker.call(`actors.${action}`, params, { nodeID: "a" })).rejects.toMatchObject({ code: 401 });
    }
    // All there are but those that nodes use among themselves.
    const declared = Object.keys(a.broker.getLocalService("actors")?.schema.actions ?? {});
    expect(declared.toSorted()).toEqual(["batch", "owners", ...actions.map(([action]) => action)].toSorted());
  });
});

describe("replay", () => {
  test("folds the journal to the state at any event", async () => {
    for (let n = 1; n <= 5; n++) await add("folded", n);
    expect(await verify("folded")).toEqual({ startedAt: 1, version: 5, state: 15, stateBytes: 2, snapshot: null, live: { version: 5, equal: true } });
    expect(await verify("folded", { to: 3 })).toMatchObject({ version: 3, state: 6, live: { equal: null } });
    expect(await verify("nothing")).toMatchObject({ version: 0, state: 0, snapshot: null, live: null });
  });

  test("finds a snapshot equal, and the difference in one that was damaged", async () => {
    for (let n = 0; n < 210; n++) await add("snapped");
    await until(async () => (await storeOf(a).load("counter/snapped")).snapshot !== undefined);
    expect(await verify("snapped")).toMatchObject({ version: 210, state: 210, snapshot: { version: 200, equal: true }, live: { version: 210, equal: true } });

    await storeOf(a).saveSnapshot("counter/snapped", { seq: 205, body: { v: 1, s: 999, at: Date.now() } });
    expect(await verify("snapped")).toMatchObject({ state: 210, snapshot: { version: 205, equal: false, difference: { path: "", one: "205", other: "999" } }, live: { equal: true } });

    // The damage shows in the actor once it was loaded from it.
    const owner = String((await where("snapped")).owner);
    expect(await ask(owner, "passivate", { type: "counter", key: "snapped" })).toEqual({ passivated: true });
    expect((await add("snapped")).value).toBe(1_005);
    expect(await verify("snapped")).toMatchObject({ state: 211, live: { version: 211, equal: false, difference: { one: "211", other: "1005" } } });
  });

  test("begins with the snapshot when the events before it are forgotten", async () => {
    for (let n = 0; n < 205; n++) await add("trimmed");
    await until(async () => (await storeOf(a).load("counter/trimmed")).snapshot !== undefined);
    expect(await storeOf(a).trim("counter/trimmed", 150)).toBe(149);
    expect(await verify("trimmed")).toMatchObject({ startedAt: 201, version: 205, state: 205, snapshot: { version: 200, equal: null }, live: { version: 205, equal: true } });
  });

  test("says which event cannot be folded", async () => {
    for (let n = 0; n < 4; n++) await add("gap");
    await resourcesOf(a.broker).ports.database.query("delete from journal where actor = 'counter/gap' and seq = 3");
    expect(await verify("gap")).toMatchObject({ version: 2, state: 2, broken: "event 3: the journal lacks it", live: { equal: null } });
  });

  test("compares while edits go on", async () => {
    const edits = editing("busy");
    await until(() => edits.acked() > 50);
    for (let n = 0; n < 10; n++) expect(await verify(`busy-0-${n}`)).toMatchObject({ live: { equal: true } });
    expect(await edits.end()).toEqual([]);
  }, 30_000);
});

describe("operators change", () => {
  test("what is in memory: a passivated actor is loaded by its next call", async () => {
    await add("dropped");
    const owner = String((await where("dropped")).owner);
    expect(await ask(owner, "passivate", { type: "counter", key: "dropped" })).toEqual({ passivated: true });
    expect(await ask(owner, "passivate", { type: "counter", key: "dropped" })).toEqual({ passivated: false });
    expect((await ask<ActorStatus>(owner, "actor", { type: "counter", key: "dropped" })).live).toBeNull();
    expect(await add("dropped")).toEqual({ value: 2, version: 2 });
  });

  test("where a shard is: it moves without a failed call, stays, and goes back when it is let go", async () => {
    const { shard, owner, epoch } = await where("movable");
    const to = otherThan(owner);
    const edits = editing("movable");
    await until(() => edits.acked() > 20);
    await add("movable");
    const moved = await ask<Moved>(String(owner), "moveShard", { shard, node: to });
    expect(moved).toMatchObject({ shard, from: owner, to });
    expect(moved.epoch).toBeGreaterThan(epoch);
    expect(await where("movable")).toMatchObject({ owner: to, pinned: to, wanted: to });
    expect((await add("movable")).value).toBe(2);

    // Further looks, and a node that joins and leaves, leave it where it is.
    const c = await cluster.join("c", [counterService]);
    await until(() => ownedBy(c) > 50, 20_000);
    expect(await where("movable")).toMatchObject({ owner: to, pinned: to });
    expect((await ask<Overview>("a", "shards")).pinned.map((one) => one.shard)).toEqual([shard]);
    await c.stop();
    await until(() => ownedBy(a) + ownedBy(b) === 256, 20_000);

    expect(await ask<Moved>(to, "unpinShard", { shard })).toMatchObject({ shard, from: to, to: owner });
    expect(await where("movable")).toMatchObject({ owner, pinned: null });
    await expect(ask(to, "unpinShard", { shard })).rejects.toMatchObject({ code: 409, type: "NOT_MOVED" });
    expect(await edits.end()).toEqual([]);
  }, 60_000);

  test("which node works: a drained one gives all away without a failed call, takes none, and takes its own back", async () => {
    const edits = editing("drained");
    await until(() => edits.acked() > 50);
    const before = ownedBy(b);
    const drained = await ask<Drained>("b", "drain");
    expect(drained).toMatchObject({ node: "b", shards: before });
    // Nobody was interrupted: that is what happens to calls that wait for `limits.drainMs`.
    expect(drained.ms).toBeLessThan(limits.drainMs);
    expect([ownedBy(a), ownedBy(b)]).toEqual([256, 0]);
    expect(await ask<NodeStatus>("b", "status")).toMatchObject({ draining: true, shards: 0, types: [{ activations: 0 }] });
    expect((await ask<Overview>("a", "shards")).nodes).toMatchObject([{ node: "a", owned: 256, toGo: 0 }, { node: "b", leaving: true, owned: 0, toCome: 0 }]);

    // It stays so past its renewals, also as a node that was taken for dead and joins anew.
    const lifeBefore = shellOf(b.broker).node?.membership.lease?.incarnation ?? 0;
    await storeOf(a).leave({ node: "b", incarnation: lifeBefore });
    await until(() => (shellOf(b.broker).node?.membership.lease?.incarnation ?? 0) > lifeBefore, 10_000);
    await until(async () => (await storeOf(a).view()).members.find(({ node }) => node === "b")?.leaving === true);
    expect(ownedBy(b)).toBe(0);

    // The last one cannot be drained: nobody would take its shards. Neither is a shard moved to a drained one.
    await expect(ask("a", "drain")).rejects.toMatchObject({ code: 409, type: "NO_OTHER_NODE" });
    await expect(ask("a", "moveShard", { shard: "counter/0", node: "b" })).rejects.toMatchObject({ code: 422 });

    await ask<Drained>("b", "undrain");
    await until(() => ownedBy(b) === before && ownedBy(a) === 256 - before, 20_000);
    expect(await edits.end()).toEqual([]);
    expect(edits.acked()).toBeGreaterThan(100);
  }, 60_000);

  test("nothing without a line in the log of the node that does it", async () => {
    const lines: unknown[][] = [];
    const { logger } = a.broker;
    const warn = logger.warn.bind(logger);
    logger.warn = (...line: unknown[]) => void lines.push(line);
    try {
      await add("audited");
      await ask("a", "undrain");
    } finally {
      logger.warn = warn;
    }
    expect(lines).toEqual([[{ audit: "undrain", by: "ada", byId: "operator", from: "console" }, "an operator acted"]]);
  });
});
