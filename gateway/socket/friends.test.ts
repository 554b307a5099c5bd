/** friends:me without sockets: the real bus of one process, presence as a table, and views put together as a client does. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { randomInt } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { openPorts, type Ports } from "../../storage/index.ts";
import { testConfig, until } from "../../test/kit/index.ts";
import type { Connection } from "./connection.ts";
import type { Activity } from "./followees.ts";
import { Friends } from "./friends.ts";
import { socketLimits, type SocketLimits } from "./limits.ts";

interface Sent {
  readonly event: string;
  readonly friends?: readonly Activity[];
  readonly changes?: readonly Activity[];
  readonly userId?: string;
}

const playing = { trackId: "t1", positionMs: 0, at: 0, durationMs: 1e15 };
let ports: Ports;
beforeAll(async () => {
  ports = await openPorts(await testConfig());
});
afterAll(() => ports?.close());

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

function socketOf(id: string): Connection {
  const names = new Set<string>();
  return { user: { id }, open: true, topics: names, take: (topic: string) => !names.has(topic) && names.add(topic) !== undefined } as unknown as Connection;
}

const inOrder = (view: Map<string, string>) => [...view].map(([id, stamp]) => `${id} ${stamp}`).toSorted((a, b) => (a < b ? -1 : 1));

function world(changed: Partial<SocketLimits> = {}) {
  const { topics } = ports;
  const follows = new Map<string, string[]>();
  const presence = new Map<string, Activity>();
  const asked: string[] = [];
  /** Actions that are not answered. */
  const silent = new Set<string>();
  const sent = new Map<Connection, Sent[]>();
  const note = (to: Connection, message: Sent) => void sent.set(to, [...(sent.get(to) ?? []), message]);
  const friends = new Friends({
    topics,
    limits: { ...socketLimits, followeeSweepMs: 20, snapshotWaitMs: 50, batchMs: 20, followingMs: 5, ...changed },
    async ask(action, { userId }) {
      const id = userId as string;
      asked.push(`${action} ${id}`);
      await turn();
      if (silent.has(action) || silent.has(`${action} ${id}`)) throw new Error("nobody there");
      if (action === "presence.followees") return { userIds: follows.get(id) ?? [] };
      return presence.get(id) ?? { userId: id, nowPlaying: null, at: 0, epoch: 0, n: 0, popular: false };
    },
    send: (to, _event, message) => {
      // As it travels.
      for (const one of to) note(one, JSON.parse(JSON.stringify(message)) as Sent);
    },
    sendText: (to, _event, json) => note(to, JSON.parse(json) as Sent),
  });
  opened.push(() => friends.close());
  const change = (userId: string, more: Partial<Activity> = {}, isPublished = true) => {
    const last = presence.get(userId);
    const activity: Activity = { userId, nowPlaying: playing, at: Date.now(), epoch: last?.epoch ?? 1, n: (last?.n ?? 0) + 1, ...more };
    presence.set(userId, activity);
    if (isPublished) topics.publish(`presence:${userId}`, { event: "presence.changed", ...activity });
    return activity;
  };
  const join = async (id: string, takesBatches = false) => {
    const connection = socketOf(id);
    await friends.join(connection, takesBatches);
    return connection;
  };
  const told = (connection: Connection) => sent.get(connection) ?? [];
  /** What a client knows after what it was told; throws when something came twice or before the snapshot. */
  const view = (connection: Connection) => {
    const known = new Map<string, Activity>();
    for (const message of told(connection)) {
      if (message.event === "presence.snapshot") {
        known.clear();
        for (const one of message.friends ?? []) known.set(one.userId, one);
        continue;
      }
      for (const one of message.event === "presence.changes" ? (message.changes ?? []) : [message as unknown as Activity]) {
        const last = known.get(one.userId);
        if (last !== undefined && (last.epoch > one.epoch || (last.epoch === one.epoch && last.n >= one.n))) throw new Error(`told twice: ${JSON.stringify(one)}`);
        known.set(one.userId, one);
      }
    }
    return new Map([...known].map(([id, { epoch, n }]) => [id, `${epoch}/${n}`]));
  };
  return { topics, friends, follows, presence, asked, silent, change, join, told, view };
}

describe("friends -", () => {
  test("one snapshot of all, then changes; whom one does not follow is not heard of", async () => {
    const { follows, change, join, told, view } = world();
    follows.set("me", ["a", "b"]);
    change("a");
    const me = await join("me");
    expect(told(me)).toEqual([{ event: "presence.snapshot", friends: [expect.objectContaining({ userId: "a", nowPlaying: playing }), expect.objectContaining({ userId: "b", nowPlaying: null })] }]);
    for (const id of ["a", "stranger", "b"]) change(id);
    await until(() => told(me).length === 3);
    expect(told(me).slice(1)).toEqual([expect.objectContaining({ event: "presence.changed", userId: "a", epoch: 1, n: 2 }), expect.objectContaining({ event: "presence.changed", userId: "b", n: 1 })]);
    expect([...view(me)]).toEqual([["a", "1/2"], ["b", "1/1"]]);
  });

  test("one subscription and one question for a followee, however many follow him here; none after the last left", async () => {
    const { follows, friends, asked, topics, join, change, told } = world();
    for (const id of ["x", "y", "z"]) follows.set(id, ["a"]);
    const sockets = await Promise.all(["x", "y", "z", "z"].map((id) => join(id)));
    expect(asked.filter((one) => one === "presence.see a").length).toBe(1);
    expect(friends.size).toBe(1);
    change("a");
    await until(() => sockets.every((one) => told(one).length === 2));
    for (const one of sockets.slice(1)) friends.leave(one);
    expect(topics.mayBeHeard("presence:a", 1)).toBe(true);
    for (const one of sockets) friends.leave(one);
    await turn();
    expect([friends.size, topics.mayBeHeard("presence:a", 1), topics.mayBeHeard("following:z", 1)]).toEqual([0, false, false]);
  });

  test("words that are old, repeated, of somebody else or no words at all are dropped", async () => {
    const { follows, topics, change, join, told } = world();
    follows.set("me", ["a"]);
    change("a", { epoch: 3, n: 5 });
    const me = await join("me");
    for (const word of [{ epoch: 3, n: 5 }, { epoch: 3, n: 4 }, { epoch: 2, n: 99 }, { epoch: 3, n: 6, userId: "b" }, { epoch: "4", n: 7 }]) topics.publish("presence:a", { event: "presence.changed", userId: "a", nowPlaying: null, at: 1, ...word });
    topics.publish("presence:a", null);
    topics.publish("presence:a", "x");
    change("a", { epoch: 4, n: 1 });
    await until(() => told(me).length > 1);
    expect(told(me).slice(1)).toEqual([expect.objectContaining({ epoch: 4, n: 1 })]);
  });

  test("whoever joins or changes whom he follows in the middle of it all is told everything once", async () => {
    const { follows, topics, presence, change, join, view, friends } = world({ fanOutChunk: 7 });
    const users = Array.from({ length: 30 }, (_, n) => `u${n}`);
    const some = () => users.filter(() => randomInt(3) === 0);
    for (const id of users) follows.set(id, some());
    const sockets: [string, Connection][] = [];
    const joins: Promise<unknown>[] = [];
    for (let step = 0; step < 600; step++) {
      const id = users[randomInt(users.length)] ?? "";
      const what = randomInt(10);
      if (what === 0) joins.push(join(id, randomInt(2) === 0).then((one) => sockets.push([id, one])));
      else if (what === 1 && sockets.length > 10) friends.leave(sockets.splice(randomInt(sockets.length), 1)[0]?.[1] as Connection);
      else if (what === 2) {
        follows.set(id, some());
        topics.publish(`following:${id}`, { event: "following.changed" });
      } else change(id, randomInt(20) === 0 ? { epoch: (presence.get(id)?.epoch ?? 1) + 1, n: 1 } : {});
      if (randomInt(3) === 0) await turn();
    }
    await Promise.all(joins);
    expect(sockets.length).toBeGreaterThan(5);
    const right = (id: string) => new Map((follows.get(id) ?? []).map((one) => [one, `${presence.get(one)?.epoch ?? 0}/${presence.get(one)?.n ?? 0}`]));
    await until(() => sockets.every(([id, one]) => inOrder(view(one)).join() === inOrder(right(id)).join()), 3_000);
  });

  test("whoever follows a hundred others one by one is sent a few snapshots, the first at once, the last with all", async () => {
    const { follows, topics, asked, join, told } = world({ followingMs: 60 });
    const me = await join("me");
    expect(told(me).length).toBe(1);
    for (let n = 1; n <= 100; n++) {
      follows.set("me", Array.from({ length: n }, (_, one) => `f${one}`));
      topics.publish("following:me", { event: "following.changed" });
      await turn();
    }
    await until(() => told(me).filter(({ event }) => event === "presence.snapshot").length > 1 && asked.filter((one) => one === "presence.see f99").length === 1);
    expect(told(me).filter(({ event }) => event === "presence.snapshot").length).toBeLessThan(8);
    expect(asked.filter((one) => one === "presence.followees me").length).toBeLessThan(8);
  });

  test("what the bus missed is found out after a gap: of followees, and of whom one follows", async () => {
    const { follows, topics, friends, change, join, view } = world();
    follows.set("me", ["a"]);
    const me = await join("me");
    change("a", {}, false);
    change("b", {}, false);
    follows.set("me", ["a", "b"]);
    // Too much at once for the bus: it drops all of it and says so.
    for (let n = 0; n < 100; n++) topics.publish("presence:a", { event: "presence.changed", filler: "x".repeat(200_000) });
    await until(() => view(me).size === 2 && view(me).get("a") === "1/1" && view(me).get("b") === "1/1");
    expect(friends.size).toBe(2);
  });

  test("who cannot be asked about keeps nobody from the others, and comes as a change once he can", async () => {
    const { follows, silent, change, join, told, view } = world();
    follows.set("me", ["a", "dead"]);
    change("a");
    change("dead");
    silent.add("presence.see dead");
    const me = await join("me");
    expect([...view(me).keys()]).toEqual(["a"]);
    silent.clear();
    await until(() => view(me).size === 2);
    expect(told(me).map(({ event }) => event)).toEqual(["presence.snapshot", "presence.changed"]);
  });

  test("when nobody says whom one follows, joining fails, and may be tried again", async () => {
    const { follows, friends, silent, join, told } = world();
    follows.set("me", ["a"]);
    silent.add("presence.followees");
    await expect(join("me")).rejects.toMatchObject({ status: 503, retryable: true });
    silent.clear();
    expect(told(await join("me")).length).toBe(1);
    expect(friends.size).toBe(1);
  });

  test("the popular are not listened to; who becomes popular is forgotten, who no longer is comes back", async () => {
    const { follows, topics, asked, change, join, told, view } = world({ popularAgainMs: 50, overdueMs: 0 });
    follows.set("me", ["star", "rising", "risen"]);
    change("star", { popular: true, nowPlaying: null });
    // Ended long ago: asked about again.
    change("rising", { nowPlaying: { ...playing, durationMs: 1 } });
    const me = await join("me");
    expect([...view(me).keys()]).toEqual(["rising", "risen"]);
    expect(topics.mayBeHeard("presence:star", 1)).toBe(false);
    // His last word says so.
    change("risen", { popular: true, nowPlaying: null });
    await until(() => told(me).length === 2);
    expect(told(me)[1]).toMatchObject({ event: "presence.changed", userId: "risen", nowPlaying: null, popular: true });
    expect(topics.mayBeHeard("presence:risen", 1)).toBe(false);
    change("rising", { popular: true, nowPlaying: null }, false);
    await until(() => told(me).length === 3);
    expect(told(me)[2]).toMatchObject({ event: "presence.changed", userId: "rising", nowPlaying: null, popular: true });
    expect(topics.mayBeHeard("presence:rising", 1)).toBe(false);
    change("star", { popular: false }, false);
    await until(() => told(me).length === 4);
    expect(told(me)[3]).toMatchObject({ userId: "star", nowPlaying: playing });
    await until(() => topics.mayBeHeard("presence:star", 1));
    expect(asked.filter((one) => one === "presence.see star").length).toBeGreaterThan(1);
  });

  test("those who play are asked about again when shards of presence have moved, once for all moves", async () => {
    const { follows, friends, asked, change, join, view } = world({ movedSettleMs: 30 });
    follows.set("me", ["a", "idle"]);
    change("a");
    const me = await join("me");
    change("a", { nowPlaying: null }, false);
    for (let n = 0; n < 10; n++) friends.afterMove();
    await until(() => view(me).get("a") === "1/2");
    expect(asked.filter((one) => one.startsWith("presence.see"))).toEqual(["presence.see a", "presence.see idle", "presence.see a"]);
  });

  test("what one gateway watches is bounded", async () => {
    const { follows, friends, join, view } = world({ followeesWatched: 3, followees: 2 });
    follows.set("me", ["a", "b", "c"]);
    follows.set("other", ["d", "e"]);
    const [me, other] = [await join("me"), await join("other")];
    expect([[...view(me).keys()], [...view(other).keys()], friends.size]).toEqual([["a", "b"], ["d"], 3]);
  });

  test("sockets that take batches get the first change at once, the next ones in one frame", async () => {
    const { follows, change, join, told, view } = world({ batchMs: 300 });
    follows.set("me", ["a", "b", "c"]);
    const me = await join("me", true);
    for (const id of ["a", "b", "c", "b"]) change(id);
    await until(() => told(me).length === 3);
    expect(told(me).slice(1).map(({ event, changes }) => [event, changes?.map(({ userId, n }) => `${userId}${n}`).toSorted()])).toEqual([["presence.changes", ["a1"]], ["presence.changes", ["b2", "c1"]]]);
    expect(view(me).get("b")).toBe("1/2");
  });
});
