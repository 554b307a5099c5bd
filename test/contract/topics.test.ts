import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { StorageUnavailable, TooManyListeners, type Topics } from "../../storage/index.ts";
import { Listeners } from "../../storage/topics/listeners.ts";
import { localTopics, openNatsTopics } from "../../storage/topics/index.ts";
import { freePort, until } from "../kit/index.ts";
import { startMonitoredNats, type MonitoredNats } from "./monitored-nats.ts";
import { topicsContract } from "./topics.contract.ts";

topicsContract("in process", async () => {
  const topics = localTopics();
  return { one: topics, other: topics, close: () => topics.close() };
});

let nats: MonitoredNats;
beforeAll(async () => {
  nats = await startMonitoredNats();
});
afterAll(() => nats?.begin());

const newest = async () => (await nats.connections()).at(-1)?.cid ?? 0;
const counted = async (cid: number) => {
  const found = (await nats.connections()).find((connection) => connection.cid === cid);
  if (found === undefined) throw new Error(`no connection ${cid}`);
  return found;
};
const node = (options?: { pendingBytes?: number }) => openNatsTopics(nats.url, nats.nodeSeed, options);

topicsContract("NATS", async () => {
  const [one, other] = [await node(), await node()];
  return { one, other, close: async () => void (await Promise.all([one.close(), other.close()])) };
});

describe("topics in process", () => {
  test("bounds - what waits is bounded; beyond, it is dropped and listeners are told of a gap before what follows", async () => {
    const topics = localTopics(1_000);
    const heard: unknown[] = [];
    await topics.subscribe("a", (message) => heard.push((message as string).length));
    topics.onGap(() => heard.push("gap"));
    for (let sent = 0; sent < 3; sent++) topics.publish("a", "x".repeat(400));
    topics.publish("a", "x");
    await until(() => heard.length === 2);
    expect(heard).toEqual(["gap", 1]);
    await topics.close();
  });

  test("bounds - listeners of one process are counted, and counted off", () => {
    const listeners = new Listeners(2);
    const [removeFirst] = [listeners.add("a", () => {}), listeners.add("a", () => {})];
    expect(() => listeners.add("b", () => {})).toThrow(TooManyListeners);
    expect([removeFirst(), removeFirst()]).toEqual(["others", "gone"]);
    expect(listeners.add("b", () => {})()).toBe("last");
  });
});

describe("topics on NATS", () => {
  const nodes: Topics[] = [];
  const open = async (options?: { pendingBytes?: number }) => {
    const topics = await node(options);
    nodes.push(topics);
    return topics;
  };
  const roads: { close(): void }[] = [];
  afterAll(async () => {
    await Promise.all(nodes.map((topics) => topics.close()));
    for (const road of roads) road.close();
  });

  test("interest - a node gets messages of a topic only while it has a listener for it, and once however many it has", async () => {
    const publisher = await open();
    const listening = await open();
    const listeningCid = await newest();
    const idle = await open();
    const idleCid = await newest();
    await idle.subscribe("playlist:other", () => {});

    let heard = 0;
    const ends = [await listening.subscribe("playlist:p1", () => (heard += 1)), await listening.subscribe("playlist:p1", () => (heard += 1))];
    for (let sent = 0; sent < 100; sent++) publisher.publish("playlist:p1", { version: sent });
    await until(() => heard === 200);
    expect((await counted(listeningCid)).out_msgs).toBe(100);
    expect(await counted(idleCid)).toMatchObject({ out_msgs: 0, out_bytes: 0, subscriptions: 3 });

    for (const end of ends) end();
    await listening.ping();
    for (let sent = 0; sent < 100; sent++) publisher.publish("playlist:p1", { version: sent });
    await publisher.ping();
    expect(await counted(listeningCid)).toMatchObject({ out_msgs: 100, subscriptions: 2 });
  });

  test("subjects - a topic is one token below our prefix", async () => {
    const raw = await nats.raw();
    const publisher = await open();
    const subjects: string[] = [];
    raw.subscribe("MOL-ensemble.topic.*", { callback: (_, message) => subjects.push(message.subject) });
    await raw.flush();
    publisher.publish("playlist:a.b-c_9", 1);
    await until(() => subjects.length === 1);
    expect(subjects).toEqual(["MOL-ensemble.topic.playlist=3Aa=2Eb-c_9"]);
    await raw.close();
  });

  test("open - says so when no server answers, the key is wrong, or the key may not listen", async () => {
    await expect(openNatsTopics(`nats://127.0.0.1:${await freePort()}`, nats.nodeSeed)).rejects.toThrow(StorageUnavailable);
    await expect(openNatsTopics(nats.url, "")).rejects.toThrow(StorageUnavailable);
    await expect(openNatsTopics(nats.url, nats.strangerSeed)).rejects.toThrow(/lets this node listen to no topic/);
  });

  test("bounds - what the server has not confirmed is bounded; beyond, it is dropped and every node is told of a gap", async () => {
    const publisher = await open({ pendingBytes: 1_000 });
    const other = await open();
    const heard: unknown[] = [];
    await other.subscribe("playlist:bound", (message) => heard.push((message as string).length));
    let gaps = 0;
    const end = other.onGap(() => (gaps += 1));
    for (let sent = 0; sent < 5; sent++) publisher.publish("playlist:bound", "x".repeat(400));
    await until(() => gaps === 1);
    expect(heard).toEqual([400, 400]);
    publisher.publish("playlist:bound", "x");
    await until(() => heard.length === 3);
    end();
    for (let sent = 0; sent < 5; sent++) publisher.publish("playlist:bound", "x".repeat(400));
    await until(() => heard.length === 5);
    await publisher.ping();
    expect(gaps).toBe(1);
  });

  test("outage - listeners are told of a gap when the bus is back, and go on; calls fail quickly meanwhile", async () => {
    const [publisher, other] = [await open(), await open()];
    const heard: unknown[] = [];
    let gaps = 0;
    await other.subscribe("playlist:outage", (message) => heard.push(message));
    other.onGap(() => (gaps += 1));
    publisher.publish("playlist:outage", "before");
    await until(() => heard.length === 1);

    await nats.begin("SIGKILL");
    await until(() => other.ping().then(() => false, () => true));
    const begun = performance.now();
    await expect(other.ping()).rejects.toThrow(StorageUnavailable);
    await expect(other.subscribe("playlist:new", () => {})).rejects.toThrow(StorageUnavailable);
    publisher.publish("playlist:outage", "during");
    expect(performance.now() - begun).toBeLessThan(500);
    expect(gaps).toBe(0);

    await nats.end();
    await until(() => gaps > 0);
    await until(() => publisher.ping().then(() => true, () => false));
    publisher.publish("playlist:outage", "after");
    await until(() => heard.includes("after"));
    expect(heard).toEqual(["before", "after"]);
    const end = await other.subscribe("playlist:new", () => {});
    end();
  });


  test("outage - when only a publisher was cut off and may have lost something, listeners elsewhere are told of a gap", async () => {
    const road = await startRoad(Number(new URL(nats.url).port));
    roads.push(road);
    const publisher = await openNatsTopics(`nats://127.0.0.1:${road.port}`, nats.nodeSeed);
    nodes.push(publisher);
    const other = await open();
    const heard: unknown[] = [];
    let gaps = 0;
    await other.subscribe("playlist:cut", (message) => heard.push(message));
    other.onGap(() => (gaps += 1));

    // Nothing was under way: nobody has missed anything but the one that was cut off.
    road.cut();
    await until(() => publisher.ping().then(() => false, () => true));
    await until(() => publisher.ping().then(() => true, () => false));
    publisher.publish("playlist:cut", "arrives");
    await until(() => heard.length === 1);
    expect(gaps).toBe(0);

    road.swallow();
    publisher.publish("playlist:cut", "lost");
    road.cut();
    await until(() => gaps === 1);
    expect(heard).toEqual(["arrives"]);
    await publisher.close();
  });
});

/** A way to a port that can be cut, and before that made to lose what is sent. */
async function startRoad(to: number) {
  const ends = new Set<Socket>();
  let swallows = false;
  const server = createServer((near) => {
    swallows = false;
    const far = connect(to, "127.0.0.1");
    near.on("data", (bytes) => swallows || far.write(bytes));
    far.on("data", (bytes) => near.write(bytes));
    for (const [end, peer] of [[near, far], [far, near]] as const) {
      ends.add(end);
      end.on("error", () => undefined);
      end.on("close", () => (ends.delete(end), peer.destroy()));
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const cut = () => ends.forEach((end) => end.destroy());
  return { port: (server.address() as AddressInfo).port, cut, swallow: () => (swallows = true), close: () => (cut(), server.close()) };
}
