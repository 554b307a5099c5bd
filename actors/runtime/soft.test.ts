/** Soft actors on the real log and the real mirror, and on two brokers. */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { openPorts, StorageUnavailable, type ListeningEvent, type Ports } from "../../storage/index.ts";
import { freshDatabase, testConfig, until } from "../../test/kit/index.ts";
import type { Identity } from "../action.ts";
import { admin, listener } from "../testing/node.ts";
import type { AnyActorType } from "./activation.ts";
import type { Answer } from "./call.ts";
import type { Change } from "./declare.ts";
import { ActorNode } from "./node.ts";
import { shellOf } from "./shell.ts";
import { testCluster, type TestCluster, type TestMember } from "./testing/cluster.ts";
import { lamp, lampService, type Lamp, type LampEvent } from "./testing/lamp.ts";

const limits = { leaseMs: 1_000, leaseMarginMs: 100, renewMs: 200, lookMs: 50, mirrorMs: 20, logRetryMs: 5 };
const clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  soon: (run: () => void) => void setImmediate(run),
};

interface Told {
  readonly node: string;
  readonly epoch: number;
  readonly n: number;
  readonly on: boolean;
  readonly events: number;
}

let ports: Ports;
let nodes: Map<string, ActorNode>;
let told: Told[];
let key: string;
/** Stands before the log: rejects, or resolves when the log may be asked. */
let gate: () => Promise<void>;

beforeAll(async () => {
  ports = await openPorts(await testConfig({ DATABASE_URL: await freshDatabase() }));
}, 60_000);

afterAll(() => ports.close());

beforeEach(() => {
  nodes = new Map();
  told = [];
  key = randomUUID();
  gate = () => Promise.resolve();
});

async function join(name: string): Promise<ActorNode> {
  const type = { ...lamp, soft: { ...lamp.soft, changed: (_key: string, stamp: { epoch: number; n: number }, { on }: Lamp, events: readonly unknown[]) => void told.push({ node: name, ...stamp, on, events: events.length }) } };
  const node = new ActorNode({
    node: name, types: [type as unknown as AnyActorType], store: ports.actors, mirror: ports.mirror, clock, limits, random: { next: Math.random },
    events: { ...ports.events, append: async (events: readonly ListeningEvent[]) => gate().then(() => ports.events.append(events)) },
    transport: {
      send: async (to, calls): Promise<Answer[]> => (await nodes.get(to)?.receive(calls)) ?? Promise.reject(new Error("gone")),
      announce: (owners) => { for (const [other, node] of nodes) if (other !== name) node.heard(owners); },
    },
  });
  nodes.set(name, node);
  await node.start();
  return node;
}

const call = (node: ActorNode, method: string, params: object = {}) => node.call({ type: "lamp", key, method, params: { opId: randomUUID(), ...params }, meta: {} }, 8_000);
const look = async (node: ActorNode) => ((await call(node, "look")) as { ok: { on: boolean; times: number; passed: number; version: number } }).ok;
/** What the log has of this test. It shows events when older transactions have ended, others' too: asked until there are enough. */
async function logged(least: number): Promise<ListeningEvent[]> {
  const all: ListeningEvent[] = [];
  const group = randomUUID();
  await until(async () => {
    for (let page = await ports.events.read(group, 1_000); page.events.length > 0 && page.cursor !== undefined; page = await ports.events.read(group, 1_000)) {
      all.push(...page.events.filter(({ userId }) => userId === key));
      await ports.events.commit(group, page.cursor);
    }
    return all.length >= least;
  }, 20_000);
  return all;
}

afterEach(() => Promise.all([...nodes.values()].map((node) => node.stop())));

describe("a soft actor", () => {
  test("answers and tells when its listening events are in the log, and a later call waits behind them", async () => {
    const node = await join("a");
    const open = Promise.withResolvers<void>();
    gate = () => open.promise;
    const settled: string[] = [];
    const lit = call(node, "light", { log: "e1" }).then(() => settled.push("light"));
    const seen = look(node).then(() => settled.push("look"));
    await until(() => [...node.host.activations.values()].some(({ waiting }) => waiting === 2));
    expect([settled, told]).toEqual([[], []]);
    expect(await logged(0)).toEqual([]);
    open.resolve();
    await Promise.all([lit, seen]);
    expect(settled).toEqual(["light", "look"]);
    expect(told).toMatchObject([{ on: true, events: 1 }]);
    expect(await logged(1)).toMatchObject([{ id: "e1", type: "start" }]);
  });

  test("asks the log again until it takes the events, once each", async () => {
    const node = await join("a");
    let failures = 3;
    gate = () => (failures-- > 0 ? Promise.reject(new StorageUnavailable("away")) : Promise.resolve());
    const answers = await Promise.all([call(node, "light", { log: "e1" }), call(node, "light", { log: "e2" })]);
    expect(answers).toMatchObject([{ ok: { times: 1 } }, { ok: { times: 2 } }]);
    expect((await logged(2)).map(({ id }) => id).toSorted()).toEqual(["e1", "e2"]);
  });

  test("answers a repeated operation as the first, on the next node too", async () => {
    const a = await join("a");
    const opId = randomUUID();
    expect(await call(a, "light", { opId })).toEqual({ ok: { times: 1 } });
    expect(await call(a, "light", { opId })).toEqual({ ok: { times: 1 } });
    const b = await join("b");
    await a.stop();
    nodes.delete("a");
    expect(await call(b, "light", { opId })).toEqual({ ok: { times: 1 } });
    expect(await look(b)).toMatchObject({ on: true, times: 1 });
  });

  test("lives on from the mirror when its node is killed, and its stamps go on rising", async () => {
    const [a, b] = [await join("a"), await join("b")];
    await a.membership.look();
    await until(() => a.membership.owned().length + b.membership.owned().length === 256 && a.membership.owned().length > 0 && b.membership.owned().length > 0);
    await call(a, "light");
    const owner = told[0]?.node ?? "";
    const [dead, heir] = owner === "a" ? [a, b] : [b, a];
    await until(async () => (await ports.mirror.load(`lamp/${key}`)) !== undefined);
    dead.crash();
    nodes.delete(owner);
    await call(heir, "light");
    expect(await look(heir)).toMatchObject({ times: 2 });
    const [first, second] = told;
    expect(second?.node).not.toBe(owner);
    expect(second?.epoch).toBeGreaterThan(first?.epoch ?? 0);
    expect(second?.n).toBeGreaterThan(first?.n ?? 0);
  }, 20_000);

  test("begins anew when nobody can read its mirror, and its stamps rise all the same", async () => {
    const a = await join("a");
    await call(a, "light");
    await until(async () => (await ports.mirror.load(`lamp/${key}`)) !== undefined);
    await ports.mirror.save([{ actor: `lamp/${key}`, epoch: 1_000, n: 1, body: "{" }]);
    expect(a.host.passivate(`lamp/${key}`)).toBe(true);
    await call(a, "light");
    expect(await look(a)).toMatchObject({ times: 1 });
    expect(told[1]?.n).toBeGreaterThan(told[0]?.n ?? 0);
  });

  test("changes by itself when its time has come, and tells it", async () => {
    const node = await join("a");
    await call(node, "light", { forMs: 30 });
    await until(() => told.length === 2);
    expect(told.map(({ on }) => on)).toEqual([true, false]);
    expect(await look(node)).toMatchObject({ on: false, times: 1 });
  });

  test("keeps its time over a loss", async () => {
    const a = await join("a");
    await call(a, "light", { forMs: 600 });
    await until(async () => (await ports.mirror.load(`lamp/${key}`)) !== undefined);
    const b = await join("b");
    await a.stop();
    nodes.delete("a");
    await look(b);
    await until(() => told.length === 2);
    expect(told[1]).toMatchObject({ node: "b", on: false });
  });

  test("tells nobody what is of the moment", async () => {
    const node = await join("a");
    await call(node, "pass");
    await call(node, "pass");
    expect(await look(node)).toMatchObject({ passed: 2 });
    await call(node, "light");
    expect(told).toHaveLength(1);
  });

  test("keeps no others out of the mirror when it is more than that takes", async () => {
    const node = await join("a");
    const large = key;
    const small = randomUUID();
    await Promise.all([
      node.call({ type: "lamp", key: large, method: "light", params: { opId: randomUUID(), note: "x".repeat(300_000) }, meta: {} }, 8_000),
      node.call({ type: "lamp", key: small, method: "light", params: { opId: randomUUID() }, meta: {} }, 8_000),
    ]);
    await until(async () => (await ports.mirror.load(`lamp/${small}`)) !== undefined);
    expect(await ports.mirror.load(`lamp/${large}`)).toBeUndefined();
    await until(() => node.host.passivate(`lamp/${large}`));
  });

  test("is not dropped from memory before the mirror has it", async () => {
    const node = await join("a");
    await call(node, "light");
    expect(node.host.passivate(`lamp/${key}`)).toBe(false);
    await until(() => node.host.passivate(`lamp/${key}`));
    expect(await look(node)).toMatchObject({ times: 1 });
  });
});

const on = (member: TestMember, action: string, params: object = {}, user?: Identity) => member.broker.call(`lamp.${action}`, params, { meta: user === undefined ? {} : { user } });

describe("one's own soft actor, over the bus", () => {
  let cluster: TestCluster;
  let a: TestMember;
  let b: TestMember;
  const changes: Change<Lamp, LampEvent>[] = [];

  beforeAll(async () => {
    cluster = await testCluster();
    a = await cluster.join("a", [lampService((change) => changes.push({ ...change, state: { ...change.state } }))]);
    b = await cluster.join("b", [lampService((change) => changes.push({ ...change, state: { ...change.state } }))]);
    await until(() => [a, b].every(({ broker }) => (shellOf(broker).node?.membership.owned().length ?? 0) > 90), 20_000);
  }, 60_000);
  afterAll(() => cluster?.stop(), 60_000);

  test("is the caller's, whoever else is named", async () => {
    const one = { ...listener, id: randomUUID() };
    const other = { ...listener, id: randomUUID() };
    await on(a, "light", { opId: "op1" }, one);
    expect(await on(b, "look", {}, one)).toMatchObject({ on: true });
    expect(await on(a, "look", {}, other)).toMatchObject({ on: false });
    await expect(on(b, "light", { opId: "op2", userId: one.id }, other)).rejects.toMatchObject({ code: 422 });
    await expect(on(b, "look")).rejects.toMatchObject({ code: 401 });
    expect(await on(b, "look", {}, one)).toMatchObject({ times: 1 });
  });

  test("is reached by those who may name it", async () => {
    const userId = randomUUID();
    await on(a, "lightOf", { userId, opId: "op1" });
    expect(await on(b, "look", {}, { ...listener, id: userId })).toMatchObject({ on: true, times: 1 });
    expect(changes.find((change) => change.key === userId)).toMatchObject({ state: { on: true }, events: [{ opId: "op1" }] });
  });

  test("has no journal to show", async () => {
    await expect(a.broker.call("actors.log", { type: "lamp", key: "x" }, { meta: { user: admin } })).rejects.toMatchObject({ code: 422, message: expect.stringContaining("no journal") });
    await expect(a.broker.call("actors.replay", { type: "lamp", key: "x" }, { meta: { user: admin } })).rejects.toMatchObject({ code: 422 });
  });
});
