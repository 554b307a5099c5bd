/** Sessions, friends and groups by the client on two gateways, a node of the real services and NATS between. */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Identity } from "../../actors/index.ts";
import { connectSocket, type FriendActivity, type LiveSocket, type QueueView } from "../../client/index.ts";
import { startMonitoredNats, type MonitoredNats } from "../../test/contract/monitored-nats.ts";
import { freshDatabase, freshFolder, until } from "../../test/kit/index.ts";
import { startGateway, type TestGateway } from "../testing/gateway.ts";

const trackMs = 200_000;
const noRates = { account: { points: 100_000, seconds: 60 }, address: { points: 100_000, seconds: 60 } };
let nats: MonitoredNats;
let config: { NATS_URL: string; NATS_NKEY_SEED: string; DATABASE_URL: string; DATA_DIR: string };
/** `a` hosts everything else too. */
let a: TestGateway;
let b: TestGateway;
const tracks = ["t1".repeat(8), "t2".repeat(8)] as const;
const opened: LiveSocket[] = [];

beforeAll(async () => {
  nats = await startMonitoredNats();
  config = { NATS_URL: nats.url, NATS_NKEY_SEED: nats.nodeSeed, DATABASE_URL: await freshDatabase(), DATA_DIR: await freshFolder("together") };
  a = await startGateway(["catalog", "search", "rights", "streaming", "account", "session", "presence", "group"], { config, rates: noRates });
  b = await startGateway([], { config, rates: noRates });
  await b.broker.waitForServices(["session", "presence", "group"], 10_000);
  const { database } = a.resources.ports;
  await database.query("insert into artist (id, name, name_key, sort_name) values ('ar', 'A', 'a', 'a')", []);
  await database.query("insert into album (id, title, title_key, artist_id) values ('al', 'B', 'b', 'ar')", []);
  await database.query("insert into track (id, title, title_key, album_id, disc, duration_ms) select id, 'Title ' || id, 't', 'al', 1, $2 from unnest($1::text[]) as given (id)", [tracks, trackMs]);
}, 60_000);
afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});
afterAll(async () => {
  await Promise.all([b?.stop(), a?.stop()]);
  await nats?.begin();
}, 60_000);

/** Accounts that no other test uses. */
async function people(count: number): Promise<Identity[]> {
  const users = Array.from({ length: count }, (): Identity => {
    const id = randomUUID().replaceAll("-", "");
    return { id, username: `u-${id.slice(0, 12)}`, plan: "premium", role: "listener", country: "SE" };
  });
  const named = [users.map(({ id }) => id), users.map(({ username }) => username)];
  await a.resources.ports.database.query("insert into account (id, username, username_key, password_hash, country) select id, name, name, '', 'SE' from unnest($1::text[], $2::text[]) as given (id, name)", named);
  return users;
}

function connect(gateway: TestGateway, identity: Identity): LiveSocket {
  const socket = connectSocket({ url: gateway.url, token: () => a.token(identity) });
  opened.push(socket);
  return socket;
}
const connected = (...sockets: LiveSocket[]) => until(() => sockets.every(({ state }) => state === "connected"));

let words = 0;
/** What the session of somebody says to his presence. */
const plays = ({ id }: Identity, trackId: string | null) => {
  const at = Date.now();
  return a.broker.call("presence.playing", { userId: id, playing: trackId === null ? null : { trackId, positionMs: 0, at, durationMs: trackMs }, private: false, stamp: [1, ++words] });
};
const follow = (socket: LiveSocket, other: Identity) => socket.call("presence.follow", { userId: other.id });
const unfollow = (socket: LiveSocket, other: Identity) => socket.call("presence.unfollow", { userId: other.id });

/** What a user sees of his friends, and every change that he was told of, by who it was. */
async function watchFriends(socket: LiveSocket) {
  const shown = new Map<string, FriendActivity>();
  const told: string[] = [];
  const watch = socket.watchFriends({
    onFriends: (friends, changed) => {
      shown.clear();
      for (const [id, friend] of friends) shown.set(id, friend);
      told.push(...changed);
    },
  });
  await watch.ready;
  return { watch, shown, told, playing: ({ id }: Identity) => shown.get(id)?.nowPlaying?.trackId };
}

const figure = async (gateway: TestGateway, name: string) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(await (await fetch(`${gateway.opsUrl}/metrics`)).text())?.[1] ?? Number.NaN);
/** Messages that the server gave to each node's topics. */
const heard = async () => new Map((await nats.connections()).filter(({ name }) => name === "ensemble topics").map(({ cid, out_msgs: messages }) => [cid, messages]));

describe("friends -", () => {
  test("see each other's tracks at once on any gateway; who is followed comes, who is no longer goes", async () => {
    const [me, friend, other] = await people(3) as [Identity, Identity, Identity];
    const socket = connect(b, me);
    await connected(socket);
    await follow(socket, friend);
    await plays(friend, tracks[0]);
    const { shown, told, playing, watch } = await watchFriends(socket);
    expect([[...shown.keys()], playing(friend)]).toEqual([[friend.id], tracks[0]]);
    expect(shown.get(friend.id)?.nowPlaying).toMatchObject({ title: `Title ${tracks[0]}`, durationMs: trackMs });
    for (let n = 0; n < 20; n++) {
      const next = tracks[(n + 1) % 2] ?? "";
      await plays(friend, next);
      await until(() => playing(friend) === next);
    }
    await plays(other, tracks[0]);
    await follow(socket, other);
    await until(() => playing(other) === tracks[0]);
    await plays(friend, null);
    await until(() => shown.get(friend.id)?.nowPlaying === null);
    await unfollow(socket, friend);
    await until(() => !shown.has(friend.id));
    await plays(friend, tracks[0]);
    await plays(other, tracks[1]);
    await until(() => playing(other) === tracks[1]);
    expect(told.filter((id) => id === friend.id).length).toBe(1 + 20 + 1 + 1);
    expect(told.filter((id) => id === other.id).length).toBe(2);
    watch.end();
    await until(async () => (await figure(b, "ensemble_socket_followees")) === 0);
  });

  test("all sockets of a gateway share a subscription; a gateway whose users do not follow somebody hears nothing of him", async () => {
    const [star, ...fans] = await people(11) as [Identity, ...Identity[]];
    const sockets = fans.map((fan) => connect(b, fan));
    const idle = connect(a, star);
    await connected(...sockets, idle);
    for (const socket of sockets) await follow(socket, star);
    const views = await Promise.all([...sockets, idle].map((socket) => watchFriends(socket)));
    const watching = views.slice(0, -1);
    expect([await figure(b, "ensemble_socket_followees"), await figure(a, "ensemble_socket_followees")]).toEqual([1, 0]);
    const before = await heard();
    for (let n = 0; n < 10; n++) {
      const next = tracks[n % 2] ?? "";
      await plays(star, next);
      await until(() => watching.every(({ playing }) => playing(star) === next));
    }
    const more = [...(await heard())].map(([cid, messages]) => messages - (before.get(cid) ?? 0)).toSorted((x, y) => x - y);
    expect(more).toEqual([0, 10]);
    expect(views.at(-1)?.told).toEqual([]);
  });

  test("who shares no more, or listens in private, is seen to play nothing", async () => {
    const [me, friend] = await people(2) as [Identity, Identity];
    const [mine, theirs] = [connect(a, me), connect(b, friend)];
    await connected(mine, theirs);
    await follow(mine, friend);
    await plays(friend, tracks[0]);
    const { playing, shown } = await watchFriends(mine);
    expect(playing(friend)).toBe(tracks[0]);
    await theirs.call("presence.setSharing", { share: false });
    await until(() => shown.get(friend.id)?.nowPlaying === null);
    await theirs.call("presence.setSharing", { share: true });
    await until(() => playing(friend) === tracks[0]);
  });

  test("when actors of presence have moved, those who were shown to play are asked about again", async () => {
    const third = await startGateway([], { config, rates: noRates, sockets: { movedSettleMs: 100 } });
    await third.broker.waitForServices(["presence"], 10_000);
    const [me, friend, quiet] = await people(3) as [Identity, Identity, Identity];
    const socket = connect(third, me);
    await connected(socket);
    for (const one of [friend, quiet]) await follow(socket, one);
    await plays(friend, tracks[0]);
    const { told } = await watchFriends(socket);
    const asked: unknown[] = [];
    const call = third.broker.call.bind(third.broker) as (...given: unknown[]) => unknown;
    Object.assign(third.broker, {
      call: (...given: [string, { userId?: string }]) => {
        if (given[0] === "presence.see") asked.push(given[1].userId);
        return call(...given);
      },
    });
    // Of what does not concern friends nothing follows.
    await a.broker.broadcast("actors.moved", { owners: [{ shard: "playlist/7", owner: "x", epoch: 1 }] });
    for (const shard of ["presence/3", "presence/4"]) await a.broker.broadcast("actors.moved", { owners: [{ shard, owner: "x", epoch: 1 }] });
    await until(() => asked.length > 0);
    expect([asked, told.length]).toEqual([[friend.id], 2]);
    socket.close();
    await third.stop();
  });

  test("when the bus was away, they are right again, nothing told twice", async () => {
    const [me, friend, other] = await people(3) as [Identity, Identity, Identity];
    const socket = connect(b, me);
    await connected(socket);
    for (const one of [friend, other]) await follow(socket, one);
    const { told, playing } = await watchFriends(socket);
    await nats.begin("SIGKILL");
    // Their presence is on the node that tells it.
    await plays(friend, tracks[0]);
    await nats.end();
    await until(() => playing(friend) === tracks[0], 20_000);
    await plays(other, tracks[1]);
    await until(() => playing(other) === tracks[1]);
    expect(told).toEqual([friend.id, other.id, friend.id, other.id]);
  }, 40_000);
});

interface Session extends QueueView {
  readonly activeDeviceId: string | null;
  readonly devices: readonly { deviceId: string }[];
  readonly playback: { readonly trackId: string; readonly isPlaying: boolean; readonly positionMs: number; readonly at: number } | null;
}

/** A device that controls its user's session, and sees it. */
async function device(gateway: TestGateway, identity: Identity, deviceId: string) {
  const socket = connect(gateway, identity);
  await connected(socket);
  await socket.call("session.register", { deviceId, name: deviceId, type: "phone", opId: randomUUID() });
  const seen: Session[] = [];
  const watch = socket.watchSession<Session>({ onView: (view) => seen.push(view) });
  await watch.ready;
  return { socket, watch, seen, does: (type: string, more: object = {}) => socket.call("session.command", { type, deviceId, opId: randomUUID(), ...more }) };
}

describe("a session -", () => {
  test("is seen the same by every device on any gateway, each change at once, with the queue only when it is another", async () => {
    const [me] = await people(1) as [Identity];
    const [phone, desktop] = [await device(a, me, "phone"), await device(b, me, "desktop")];
    await phone.does("play", { trackIds: [...tracks] });
    await until(() => desktop.watch.view?.playback?.isPlaying === true);
    expect(desktop.watch.view?.queue).toMatchObject([{ trackId: tracks[0] }, { trackId: tracks[1] }]);
    const messages: { event: string; queue?: unknown }[] = [];
    const raw = desktop.socket.subscribe("session:me", (message) => messages.push(message as { event: string }));
    await desktop.does("next");
    await until(() => phone.watch.view?.playback?.trackId === tracks[1] && desktop.watch.view?.playback?.trackId === tracks[1]);
    await desktop.does("transfer");
    await until(() => [phone, desktop].every(({ watch }) => watch.view?.activeDeviceId === "desktop"));
    await phone.does("pause");
    await until(() => [phone, desktop].every(({ watch }) => watch.view?.playback?.isPlaying === false));
    expect(phone.watch.view).toEqual(desktop.watch.view);
    expect(messages.every(({ event }) => event === "session.changed")).toBe(true);
    expect(messages.some(({ queue }) => queue === undefined)).toBe(true);
    for (const { seen } of [phone, desktop]) expect(seen.map(({ epoch, n }) => epoch * 1e9 + n)).toEqual([...new Set(seen.map(({ epoch, n }) => epoch * 1e9 + n))].toSorted((x, y) => x - y));
    raw.end();
  });

  test("is nobody else's to hear, by any name; two accounts that say session:me mean each his own", async () => {
    const [me, other] = await people(2) as [Identity, Identity];
    const [mine, theirs] = [await device(a, me, "d1"), await device(a, other, "d2")];
    for (const topic of [`session:${me.id}`, `presence:${me.id}`, `following:${me.id}`, `session:${other.id}`]) await expect(theirs.socket.subscribe(topic, () => undefined).ready).rejects.toMatchObject({ status: 404 });
    await expect(theirs.socket.call("session.get", { userId: me.id })).rejects.toMatchObject({ status: 422 });
    const { length } = theirs.seen;
    await mine.does("play", { trackIds: [...tracks] });
    await until(() => mine.watch.view?.playback?.isPlaying === true);
    await theirs.does("play", { trackIds: [tracks[1]] });
    await until(() => theirs.watch.view?.playback?.trackId === tracks[1]);
    expect(theirs.seen.slice(length).every(({ playback }) => playback === null || playback.trackId === tracks[1])).toBe(true);
    expect(mine.watch.view?.playback?.trackId).toBe(tracks[0]);
  });

  test("what is played in it, friends see on another gateway", async () => {
    const [me, friend] = await people(2) as [Identity, Identity];
    const mine = connect(b, me);
    await connected(mine);
    await follow(mine, friend);
    const { playing, shown } = await watchFriends(mine);
    const phone = await device(a, friend, "phone");
    await phone.does("play", { trackIds: [...tracks] });
    await until(() => playing(friend) === tracks[0]);
    await phone.does("next");
    await until(() => playing(friend) === tracks[1]);
    await phone.does("pause");
    await until(() => shown.get(friend.id)?.nowPlaying === null);
  });
});

interface Group extends QueueView {
  readonly groupId: string;
  readonly code: string;
  readonly members: readonly { userId: string }[];
  readonly playback: { readonly trackId: string; readonly isPlaying: boolean } | null;
}

describe("a group -", () => {
  test("is one view on all gateways, with its queue; who is not in it gets 404, who is sent away hears no more", async () => {
    const [host, friend, stranger] = await people(3) as [Identity, Identity, Identity];
    const [one, other, outside] = [connect(a, host), connect(b, friend), connect(b, stranger)];
    await connected(one, other, outside);
    const { groupId, code } = await one.call<Group>("group.start", { opId: randomUUID(), trackIds: [...tracks] });
    await other.call("group.join", { groupId, code });
    const ended: unknown[] = [];
    const seen: Group[] = [];
    const here = one.watchGroup<Group>(groupId, { onView: () => undefined });
    const there = other.watchGroup<Group>(groupId, { onView: (view) => seen.push(view), onEnd: (error) => ended.push(error) });
    await Promise.all([here.ready, there.ready]);
    await expect(outside.watchGroup(groupId, { onView: () => undefined }).ready).rejects.toMatchObject({ status: 404 });

    const does = (socket: LiveSocket, type: string, more: object = {}) => socket.call("group.command", { groupId, type, opId: randomUUID(), ...more });
    await does(other, "play");
    await does(one, "next");
    await does(other, "queue", { trackIds: [tracks[0]] });
    await until(() => here.view?.queue?.length === 3 && there.view?.queue?.length === 3 && here.view.playback?.trackId === tracks[1] && there.view.playback?.isPlaying === true);
    expect(there.view).toEqual(here.view);
    expect(seen.map(({ n }) => n)).toEqual(seen.map(({ n }) => n).toSorted((x, y) => x - y));

    await does(one, "kick", { userId: friend.id });
    await until(() => ended.length === 1);
    expect(ended[0]).toMatchObject({ status: 404 });
    const { length } = seen;
    await does(one, "pause");
    await until(() => here.view?.playback?.isPlaying === false);
    expect([seen.length, there.view?.playback?.isPlaying]).toEqual([length, true]);
  });
});

describe("a gateway that stops -", () => {
  test("sends its sockets to another, where sessions, friends and groups are as they are by then, nothing told twice", async () => {
    const third = await startGateway([], { config, rates: noRates, sockets: { reconnectSpreadMs: 500 } });
    await third.broker.waitForServices(["session", "presence", "group"], 10_000);
    const [me, friend, quiet] = await people(3) as [Identity, Identity, Identity];
    const one = connect(a, friend);
    // A load balancer gives one address to all gateways; here the address itself moves.
    const moving = connect(third, me);
    await connected(one, moving);
    for (const other of [friend, quiet]) await follow(moving, other);
    await plays(friend, tracks[0]);
    const { told, playing } = await watchFriends(moving);
    const { groupId, code } = await one.call<Group>("group.start", { opId: randomUUID(), trackIds: [...tracks] });
    await moving.call("group.join", { groupId, code });
    const group = moving.watchGroup<Group>(groupId, { onView: () => undefined });
    const session = moving.watchSession<Session>({ onView: () => undefined });
    await Promise.all([group.ready, session.ready]);
    const desktop = await device(a, me, "desktop");

    await third.stop();
    await until(() => moving.state === "waiting");
    await plays(friend, tracks[1]);
    await one.call("group.command", { groupId, type: "play", opId: randomUUID() });
    await desktop.does("play", { trackIds: [...tracks] });
    const next = await startGateway([], { config: { ...config, PORT: third.port }, rates: noRates });
    await until(() => playing(friend) === tracks[1] && group.view?.playback?.isPlaying === true && session.view?.playback?.trackId === tracks[0], 25_000);
    await desktop.does("next");
    await until(() => session.view?.playback?.trackId === tracks[1]);
    await plays(friend, tracks[0]);
    await until(() => playing(friend) === tracks[0]);
    expect(told.toSorted()).toEqual([friend.id, friend.id, friend.id, quiet.id].toSorted());
    moving.close();
    await next.stop();
  }, 60_000);
});

describe("the clock -", () => {
  test("answers four times from which a client knows the service's clock", async () => {
    const [me] = await people(1) as [Identity];
    const socket = connect(b, me);
    await connected(socket);
    const exchanges = [];
    for (let n = 0; n < 10; n++) exchanges.push(await socket.clockExchange());
    // On one machine the truth is known: both sides read the same clock. An exchange is wrong by half of what it took at most, and a tick.
    const truth = Date.now() - performance.now();
    for (const { askedMs, receivedAt, sentAt, answeredMs } of exchanges) {
      expect(sentAt).toBeGreaterThanOrEqual(receivedAt);
      expect(Math.abs((receivedAt + sentAt - askedMs - answeredMs) / 2 - truth)).toBeLessThan((answeredMs - askedMs - (sentAt - receivedAt)) / 2 + 2);
    }
    expect(exchanges.some(({ receivedAt }) => !Number.isInteger(receivedAt))).toBe(true);
  });
});
