import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { routes } from "../http/routes.ts";
import { until } from "../../test/kit/index.ts";
import { admin, ask, listener, premium, startGateway, strangerKey, type TestGateway } from "../testing/gateway.ts";
import { connectTestSocket, openSocket, readersService, refusal, type TestSocket } from "../testing/socket.ts";

const readers = new Map([["p1", new Set([listener.id, premium.id])], ["p2", new Set([premium.id])]]);
/** So many questions about access are not answered. */
const silent = { times: 0 };
let gateway: TestGateway;
const opened: TestSocket[] = [];

beforeAll(async () => {
  gateway = await startGateway(["account"], { extra: [readersService(readers, silent)], rates: { account: { points: 100_000, seconds: 60 }, address: { points: 100_000, seconds: 60 } } });
});
afterAll(async () => {
  for (const { socket } of opened) socket.close();
  await gateway?.stop();
});

async function connectAs(identity: typeof listener): Promise<TestSocket> {
  const socket = await connectTestSocket(gateway.url, await gateway.token(identity));
  opened.push(socket);
  return socket;
}

async function figure(name: string): Promise<number> {
  const text = await (await fetch(`${gateway.opsUrl}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}

const publish = (topic: string, message: object) => gateway.resources.ports.topics.publish(topic, message);

describe("socket admission -", () => {
  test("without a valid access token nobody is let in, and is told in the API's form", async () => {
    const now = Math.floor(Date.now() / 1_000);
    const [none, ...others] = await Promise.all([
      refusal(openSocket(gateway.url, {})),
      refusal(openSocket(gateway.url, { token: 7 })),
      refusal(openSocket(gateway.url, { token: "x" })),
      refusal(openSocket(gateway.url, { token: "x".repeat(5_000) })),
      refusal(openSocket(gateway.url, { token: await gateway.token(listener, { key: strangerKey }) })),
      refusal(openSocket(gateway.url, { token: await gateway.token(listener, { expires: now - 1 }) })),
    ]);
    expect(none?.data).toEqual({ error: { status: 401, code: "UNAUTHORIZED", message: "Log in to do this.", retryable: false } });
    expect(others.map(({ data }) => [data?.error.status, data?.error.code])).toEqual([[401, "UNAUTHORIZED"], ...Array.from({ length: 4 }, () => [401, "INVALID_TOKEN"])]);
  });

  test("pages of other origins are refused, as by HTTP; the service's own are not", async () => {
    const token = await gateway.token(listener);
    await expect(refusal(openSocket(gateway.url, { token }, { headers: { origin: "https://evil.example" } }))).resolves.toMatchObject({ message: "websocket error" });
    const own = await connectTestSocket(gateway.url, token, { headers: { origin: gateway.url } });
    own.socket.close();
  });

  test("there is no polling, no other namespace, and HTTP works beside sockets", async () => {
    const polled = await fetch(`${gateway.url}/socket.io/?EIO=4&transport=polling`);
    expect(polled.status).toBe(400);
    const other = await refusal(openSocket(`${gateway.url}/admin`, { token: await gateway.token(admin) }));
    expect(other.message).toBe("Invalid namespace");
    expect((await fetch(`${gateway.url}/live`)).status).toBe(200);
  });

  test("a socket ends with its token, and is told to come back", async () => {
    const token = await gateway.token(listener, { expires: Math.floor(Date.now() / 1_000) + 2 });
    const { socket, told } = await connectTestSocket(gateway.url, token);
    const started = performance.now();
    await until(() => !socket.connected);
    expect(told).toEqual([{ event: "reconnect", message: { afterMs: 0 } }]);
    expect(performance.now() - started).toBeLessThan(3_000);
    await expect(connectTestSocket(gateway.url, token)).rejects.toThrow(/not valid/);
  });
});

describe("socket calls -", () => {
  test("an action answers as by HTTP, with the verified identity and no other", async () => {
    const { ask: asks } = await connectAs(premium);
    const own = await asks("call", "probe.who", {});
    expect(own.ok).toEqual({ meta: { requestId: expect.stringMatching(/^[0-9a-f]{32}$/), origin: gateway.url, user: premium } });
    expect((await asks("call", "probe.echo", { name: "x", value: { deep: [1] } })).ok).toMatchObject({ own: { name: "x", value: { deep: [1] } }, prototype: true });
    expect((await asks("call", "probe.who")).ok).toBeDefined();
  });

  test("errors are the API's: validation, refusals, crashes without their words", async () => {
    const { ask: asks } = await connectAs(listener);
    const errors = await Promise.all([["probe.count", { limit: 1e9 }], ["probe.admins", {}], ["probe.busy", {}], ["probe.crash", {}], ["probe.echo", "text"], ["probe.echo", { name: "x", value: JSON.parse("[".repeat(200) + "]".repeat(200)) as unknown }]].map(([action, params]) => asks("call", action, params)));
    expect(errors.map(({ error }) => [error?.status, error?.code])).toEqual([
      [422, "INVALID_INPUT"],
      [403, "FORBIDDEN"],
      [503, "OVERLOADED"],
      [500, "INTERNAL"],
      [422, "INVALID_INPUT"],
      [422, "TOO_DEEP"],
    ]);
    expect(errors[2]?.error).toMatchObject({ retryable: true, details: { retryAfterMs: 2_500 } });
    expect(JSON.stringify(errors)).not.toContain("secret");
  });

  test("H4, S10: what no route lists is not there: nodes, internals, credentials, this service's own actions", async () => {
    const [caller, other] = [await connectAs(admin), await connectAs(listener)];
    const names = ["$node.list", "$node.services", "$node.actions", "socket.broadcast", "socket.call", "socket.getClients", "io.broadcast", "gateway.address", "gateway.rest", "playlist.may", "account.login", "account.register", "probe.inside", "probe.undeclared", "toString", "__proto__", "", 7, null, { action: "probe.who" }, ["probe.who"]];
    for (const name of names) {
      const { error } = await caller.ask("call", name, { event: "playlist.changed", args: [1], username: "x", password: "y", playlistId: "p1" });
      expect([name, error?.status, error?.code]).toEqual([name, 404, "NOT_FOUND"]);
    }
    expect(other.told).toEqual([]);
    // And nothing of it is on the bus: whoever reaches that must not write to sockets either.
    const onBus = gateway.broker.registry.getActionList({ onlyLocal: true }).map((action: { name: string }) => action.name);
    expect(onBus.filter((name: string) => /^(socket|io)\./.test(name))).toEqual([]);
  });

  test("every action of a route can be called by its name, except those that take credentials", async () => {
    const { ask: asks } = await connectAs(listener);
    for (const { action, credentials } of routes.filter((route) => route.action.startsWith("account.") && route.tag !== "admin")) {
      const { error } = await asks("call", action, { none: 1 });
      expect([action, error?.code]).toEqual([action, credentials === true ? "NOT_FOUND" : "INVALID_INPUT"]);
    }
  });

  test("poisoned keys are refused", async () => {
    const { socket, ask: asks } = await connectAs(listener);
    // The client's own serialiser would leave __proto__ out.
    const engine = socket.io.engine;
    const answered = new Promise<string>((resolve) => { engine.on("data", (data: string) => data.startsWith("3") && resolve(data)); });
    engine.write('277["call","probe.echo",{"name":"x","__proto__":{"isAdmin":true}}]');
    expect(await answered).toContain("FORBIDDEN_KEY");
    expect((await asks("call", "probe.echo", { name: "x" })).ok).toMatchObject({ inheritsAdmin: false });
  });

  test("what has no acknowledgement is not done, and other events are nothing", async () => {
    const { socket, ask: asks } = await connectAs(listener);
    socket.emit("call", "probe.echo", { name: "x" });
    socket.emit("call");
    socket.emit("subscribe", { topics: ["playlist:p1"] });
    socket.emit("nothing", {});
    expect((await asks("call", "probe.echo", { name: "y" })).ok).toBeDefined();
    expect(await figure("ensemble_socket_topics")).toBe(0);
  });
});

describe("socket topics -", () => {
  test("who may read a playlist hears of it; who may not, or asks for what is none, gets 404", async () => {
    const [one, other] = [await connectAs(listener), await connectAs(premium)];
    // Topics of the bus, or of nothing.
    const hidden = [`session:${premium.id}`, `session:${listener.id}`, "session:", "session:me:me", `presence:${premium.id}`, `following:${listener.id}`, `friends:${premium.id}`, "friends:"];
    const answer = await one.ask("subscribe", { topics: ["playlist:p1", "playlist:p2", "playlist:none", "playlist:", "playlist:a.b", ...hidden, "*", ""] });
    expect(answer.topics?.["playlist:p1"]).toEqual({ ok: true });
    const refused = Object.entries(answer.topics ?? {}).filter(([topic]) => topic !== "playlist:p1");
    expect(refused.map(([, { error }]) => error?.status)).toEqual(Array.from({ length: 6 + hidden.length }, () => 404));
    await other.ask("subscribe", { topics: ["playlist:p1", "playlist:p2"] });

    const message = { event: "playlist.changed", playlistId: "p1", epoch: 1, version: 4, ops: [{ version: 4, type: "rename", name: "Ü" }] };
    publish("playlist:p1", message);
    publish("playlist:p2", { ...message, playlistId: "p2" });
    await until(() => one.told.length > 0 && other.told.length > 1);
    expect(one.told).toEqual([{ event: "playlist.changed", message }]);
    expect(other.told.length).toBe(2);

    await one.ask("unsubscribe", { topics: ["playlist:p1", "playlist:other"] });
    publish("playlist:p1", { ...message, version: 5 });
    await until(() => other.told.length > 2);
    await one.ask("call", "probe.echo", { name: "x" });
    expect(one.told.length).toBe(1);
    one.socket.close();
    other.socket.close();
  });

  test("one subscription at the bus however many sockets, until the last leaves", async () => {
    await until(async () => (await figure("ensemble_socket_topics")) === 0);
    const sockets = await Promise.all(Array.from({ length: 5 }, () => connectAs(listener)));
    for (const { ask: asks } of sockets) await asks("subscribe", { topics: ["playlist:p1", "playlist:p2"] });
    expect(await figure("ensemble_socket_topics")).toBe(1);
    const before = await figure("ensemble_socket_deliveries_total");
    publish("playlist:p1", { event: "playlist.changed", version: 1 });
    await until(() => sockets.every(({ told }) => told.length === 1));
    expect(await figure("ensemble_socket_deliveries_total")).toBe(before + 5);
    for (const { socket } of sockets.slice(1)) socket.close();
    publish("playlist:p1", { event: "playlist.changed", version: 2 });
    await until(() => sockets[0]?.told.length === 2);
    expect(await figure("ensemble_socket_topics")).toBe(1);
    sockets[0]?.socket.close();
    await until(async () => (await figure("ensemble_socket_topics")) === 0);
  });

  test("who loses access is out before the message that says so, and is told; the others go on", async () => {
    readers.set("p3", new Set([listener.id, premium.id]));
    const [loses, keeps] = [await connectAs(listener), await connectAs(premium)];
    for (const { ask: asks } of [loses, keeps]) await asks("subscribe", { topics: ["playlist:p3"] });
    readers.get("p3")?.delete(listener.id);
    for (const [version, access] of [[1, "changed"], [2], [3]] as const) publish("playlist:p3", { event: "playlist.changed", version, ...(access === undefined ? {} : { access }) });
    await until(() => keeps.told.length === 3 && loses.told.length === 1);
    expect(keeps.told.map(({ message }) => (message as { version: number }).version)).toEqual([1, 2, 3]);
    expect(loses.told).toEqual([{ event: "unsubscribed", message: { topics: { "playlist:p3": { error: expect.objectContaining({ status: 404 }) } } } }]);
    expect((await loses.ask("subscribe", { topics: ["playlist:p3"] })).topics?.["playlist:p3"]?.error?.status).toBe(404);
  });

  test("who decides about access and does not answer at once is asked again; nobody is put out meanwhile", async () => {
    readers.set("p4", new Set([listener.id]));
    const one = await connectAs(listener);
    await one.ask("subscribe", { topics: ["playlist:p4"] });
    silent.times = 2;
    for (const [version, access] of [[1, "changed"], [2]] as const) publish("playlist:p4", { event: "playlist.changed", version, ...(access === undefined ? {} : { access }) });
    await until(() => one.told.length > 0);
    expect(silent.times).toBe(0);
    silent.times = 100;
    publish("playlist:p4", { event: "playlist.changed", version: 3, access: "changed" });
    await until(() => one.told.length === 3);
    silent.times = 0;
    expect(one.told.map(({ event }) => event)).toEqual(["playlist.changed", "playlist.changed", "unsubscribed"]);
    expect(one.told[2]?.message).toEqual({ topics: { "playlist:p4": { error: expect.objectContaining({ status: 503, retryable: true }) } } });
    expect((await one.ask("subscribe", { topics: ["playlist:p4"] })).topics?.["playlist:p4"]).toEqual({ ok: true });
  });

  test("requests for no topics, or too many, are refused whole", async () => {
    const { ask: asks } = await connectAs(listener);
    for (const request of [undefined, {}, { topics: [] }, { topics: "playlist:p1" }, { topics: [1] }, { topics: ["x".repeat(201)] }, { topics: Array.from({ length: 101 }, (_, n) => `playlist:${n}`) }]) {
      expect((await asks("subscribe", request)).error?.code).toBe("INVALID_INPUT");
    }
  });
});

test("socket metrics - have no ids in them", async () => {
  const text = await (await fetch(`${gateway.opsUrl}/metrics`)).text();
  expect(text).toMatch(/ensemble_socket_calls_total\{action="probe.who",status="200"\} \d/);
  expect(text).toMatch(/ensemble_socket_refusals_total\{reason="token"\} \d/);
  expect(text).not.toMatch(/playlist:|a1a1a1/);
  expect((await ask(`${gateway.url}/v1/me`)).status).toBe(401);
});
