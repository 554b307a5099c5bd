/** The client against real gateways: two of them and a node of playlists, over NATS. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { connectSocket, type LiveSocket, type VersionedEvent } from "../../client/index.ts";
import { startMonitoredNats, type MonitoredNats } from "../../test/contract/monitored-nats.ts";
import { freshDatabase, freshFolder, until } from "../../test/kit/index.ts";
import { admin, listener, premium, startGateway, type TestGateway } from "../testing/gateway.ts";

let nats: MonitoredNats;
/** `a` hosts playlists too. */
let a: TestGateway;
let b: TestGateway;
const opened: LiveSocket[] = [];

beforeAll(async () => {
  nats = await startMonitoredNats();
  const config = { NATS_URL: nats.url, NATS_NKEY_SEED: nats.nodeSeed, DATABASE_URL: await freshDatabase(), DATA_DIR: await freshFolder("cluster") };
  const rates = { account: { points: 100_000, seconds: 60 }, address: { points: 100_000, seconds: 60 } };
  a = await startGateway(["catalog", "search", "account", "playlist"], { config, rates });
  b = await startGateway([], { config, rates });
  await b.broker.waitForServices(["playlist"], 10_000);
}, 60_000);
afterAll(async () => {
  for (const socket of opened) socket.close();
  await Promise.all([b?.stop(), a?.stop()]);
  await nats?.begin();
}, 60_000);

type Event = VersionedEvent & { readonly type: string; readonly name?: string };

function connect(gateway: () => TestGateway, identity: typeof listener): LiveSocket {
  const socket = connectSocket({ url: gateway().url, token: () => gateway().token(identity) });
  opened.push(socket);
  return socket;
}

const connected = (socket: LiveSocket) => until(() => socket.state === "connected");
const rename = (socket: LiveSocket, playlistId: string, name: string) => socket.call<{ version: number }>("playlist.apply", { playlistId, ops: [{ opId: randomUUID(), type: "rename", name }] });

function watch(socket: LiveSocket, playlistId: string, fromVersion = 0) {
  const events: Event[] = [];
  const ended: unknown[] = [];
  const watched = socket.watchPlaylist<Event>(playlistId, {
    fromVersion,
    read: async (since) => (await socket.call<{ ops: Event[] }>("playlist.ops", { playlistId, since })).ops,
    onEvents: (given) => events.push(...given),
    onEnd: (error) => ended.push(error),
  });
  return { watched, events, ended, versions: () => events.map(({ version }) => version) };
}

/** Messages that the server gave to each node's topics. */
const heard = async () => (await nats.connections()).filter(({ name }) => name === "ensemble topics").map(({ cid, out_msgs: messages }) => [cid, messages] as const);

const upTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1);

describe("live playlists -", () => {
  test("sockets on two gateways see each other's edits at once, each event once", async () => {
    const [one, other] = [connect(() => a, listener), connect(() => b, listener)];
    await Promise.all([connected(one), connected(other)]);
    const { id } = await one.call<{ id: string }>("playlist.create", { opId: randomUUID(), name: "Ours" });
    const [here, there] = [watch(one, id), watch(other, id)];
    await Promise.all([here.watched.ready, there.watched.ready]);
    expect(there.events).toEqual([expect.objectContaining({ version: 1, type: "create" })]);

    const waits: number[] = [];
    for (let edit = 0; edit < 20; edit++) {
      const [editor, watcher] = edit % 2 === 0 ? [one, there] : [other, here];
      const begun = performance.now();
      await rename(editor, id, `Name ${edit}`);
      await until(() => watcher.events.at(-1)?.name === `Name ${edit}`);
      waits.push(performance.now() - begun);
    }
    expect(waits.toSorted((x, y) => x - y)[10]).toBeLessThan(200);
    await Promise.all(Array.from({ length: 100 }, (_, n) => rename(n % 2 === 0 ? one : other, id, `Many ${n}`)));
    await until(() => here.watched.version === 121 && there.watched.version === 121);
    expect([here.versions(), there.versions()]).toEqual([upTo(121), upTo(121)]);
    expect(here.events).toEqual(there.events);
    here.watched.end();
    there.watched.end();
  });

  test("a gateway whose sockets do not listen to a playlist gets nothing of it", async () => {
    const one = connect(() => a, listener);
    const idle = connect(() => b, premium);
    await Promise.all([connected(one), connected(idle)]);
    const { id } = await one.call<{ id: string }>("playlist.create", { opId: randomUUID(), name: "Quiet" });
    const here = watch(one, id);
    await here.watched.ready;
    await until(async () => /^ensemble_socket_topics 0$/m.test(await (await fetch(`${b.opsUrl}/metrics`)).text()));
    const before = new Map(await heard());
    for (let edit = 0; edit < 10; edit++) await rename(one, id, `Name ${edit}`);
    await until(() => here.watched.version === 11);
    const more = (await heard()).map(([cid, messages]) => messages - (before.get(cid) ?? 0)).toSorted((x, y) => x - y);
    expect(more).toEqual([0, 10]);
    here.watched.end();
  });

  test("who may not read hears nothing; who no longer may, is told and hears no more", async () => {
    const [owner, reader] = [connect(() => a, listener), connect(() => b, premium)];
    await Promise.all([connected(owner), connected(reader)]);
    const { id } = await owner.call<{ id: string }>("playlist.create", { opId: randomUUID(), name: "Mine" });
    const refused = watch(reader, id);
    await expect(refused.watched.ready).rejects.toMatchObject({ status: 404 });
    expect([refused.events, refused.ended]).toEqual([[], [expect.objectContaining({ status: 404 })]]);

    await owner.call("playlist.update", { playlistId: id, opId: randomUUID(), public: true });
    const open = watch(reader, id);
    await open.watched.ready;
    await rename(owner, id, "For all");
    await until(() => open.events.at(-1)?.name === "For all");
    await owner.call("playlist.update", { playlistId: id, opId: randomUUID(), public: false });
    await until(() => open.ended.length === 1);
    await rename(owner, id, "Secret");
    await expect(reader.call("playlist.get", { playlistId: id })).rejects.toMatchObject({ status: 404 });
    expect(open.events.at(-1)?.name).toBe("For all");
  });

  test("when the bus was away, watchers read what they missed and go on", async () => {
    const [one, other] = [connect(() => a, listener), connect(() => b, listener)];
    await Promise.all([connected(one), connected(other)]);
    const { id } = await one.call<{ id: string }>("playlist.create", { opId: randomUUID(), name: "Through it all" });
    const there = watch(other, id);
    await there.watched.ready;
    await nats.begin("SIGKILL");
    // The owner's own gateway needs no bus to reach it.
    await Promise.all([rename(one, id, "Unheard"), rename(one, id, "Unheard too")]);
    await nats.end();
    await until(() => there.watched.version === 3, 15_000);
    await rename(one, id, "Heard");
    await until(() => there.watched.version === 4);
    expect(there.versions()).toEqual(upTo(4));
    there.watched.end();
  }, 30_000);

  test("when its gateway stops, a socket comes back elsewhere, with everything that happened meanwhile", async () => {
    const third = await startGateway([], { config: { NATS_URL: nats.url, NATS_NKEY_SEED: nats.nodeSeed, DATABASE_URL: a.config.DATABASE_URL, DATA_DIR: a.config.DATA_DIR } });
    await third.broker.waitForServices(["playlist"], 10_000);
    const one = connect(() => a, listener);
    const states: string[] = [];
    // A load balancer gives one address to all gateways; here the address itself moves.
    const port = third.port;
    const other = connectSocket({ url: third.url, token: () => a.token(listener), onState: (state) => states.push(state) });
    opened.push(other);
    await Promise.all([connected(one), connected(other)]);
    const { id } = await one.call<{ id: string }>("playlist.create", { opId: randomUUID(), name: "Moving" });
    const there = watch(other, id);
    await there.watched.ready;
    await third.stop();
    await until(() => other.state === "waiting");
    await expect(other.call("playlist.get", { playlistId: id })).rejects.toMatchObject({ name: "NetworkError" });
    await Promise.all([rename(one, id, "Meanwhile"), rename(one, id, "Meanwhile too")]);
    const next = await startGateway([], { config: { NATS_URL: nats.url, NATS_NKEY_SEED: nats.nodeSeed, DATABASE_URL: a.config.DATABASE_URL, DATA_DIR: a.config.DATA_DIR, PORT: port } });
    await until(() => there.watched.version === 3, 25_000);
    await rename(one, id, "Back");
    await until(() => there.watched.version === 4);
    expect(there.versions()).toEqual(upTo(4));
    expect(states.slice(0, 3)).toEqual(["connecting", "connected", "waiting"]);
    other.close();
    await next.stop();
  }, 60_000);
});

describe("the client -", () => {
  test("throws the API's errors, and says why it cannot connect", async () => {
    const one = connect(() => a, admin);
    await connected(one);
    await expect(one.call("playlist.get", { playlistId: "none" })).rejects.toMatchObject({ name: "ApiError", status: 404, retryable: false });
    await expect(one.call("$node.list")).rejects.toMatchObject({ status: 404 });
    const errors: unknown[] = [];
    const refused = connectSocket({ url: a.url, token: async () => "x", onState: (_, error) => error !== undefined && errors.push(error) });
    await until(() => errors.length > 0);
    expect(errors[0]).toMatchObject({ status: 401, code: "INVALID_TOKEN" });
    refused.close();
    expect(refused.state).toBe("closed");
  });

  test("comes back by itself when its token ended, and keeps its topics", async () => {
    let tokens = 0;
    const short = connectSocket({ url: a.url, token: () => a.token(listener, { expires: Math.floor(Date.now() / 1_000) + (tokens++ === 0 ? 2 : 600) }) });
    opened.push(short);
    await connected(short);
    const { id } = await short.call<{ id: string }>("playlist.create", { opId: randomUUID(), name: "Long" });
    const here = watch(short, id);
    await here.watched.ready;
    await until(() => tokens === 2);
    await connected(short);
    await rename(short, id, "Later");
    await until(() => here.watched.version === 2);
    expect(here.versions()).toEqual([1, 2]);
  });
});
