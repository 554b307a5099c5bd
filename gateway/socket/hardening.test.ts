/** Sockets that misbehave, one at a time, beside one that behaves and must not notice (S16). */
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { freshRedis, until } from "../../test/kit/index.ts";
import { listener, premium, startGateway, type TestGateway } from "../testing/gateway.ts";
import { connectTestSocket, openSocket, readersService, refusal, type TestSocket } from "../testing/socket.ts";

const readers = new Map(Array.from({ length: 200 }, (_, n): [string, Set<string>] => [`p${n}`, new Set([listener.id, premium.id])]));
let gateway: TestGateway;
let good: TestSocket;

beforeAll(async () => {
  gateway = await startGateway([], {
    extra: [readersService(readers)],
    sockets: { socketsPerAccount: 3, messagesPerSecond: 100, messagesAtOnce: 300, calls: 20, connectMs: 1_000, backlogBytes: 256 * 1024, backlogCheckMs: 50, topics: 100 },
    rates: { account: { points: 100_000, seconds: 60 }, address: { points: 100_000, seconds: 60 } },
  });
  good = await connectTestSocket(gateway.url, await gateway.token(premium));
  await good.ask("subscribe", { topics: ["playlist:p0"] });
});
afterAll(async () => {
  good?.socket.close();
  await gateway?.stop();
});

const opened: TestSocket[] = [];
async function bad(): Promise<TestSocket> {
  const socket = await connectTestSocket(gateway.url, await gateway.token(listener));
  opened.push(socket);
  return socket;
}
// The account has room again when the gateway has noticed.
afterEach(async () => {
  for (const { socket } of opened.splice(0)) socket.close();
  await until(async () => /^ensemble_socket_connections 1$/m.test(await (await fetch(`${gateway.opsUrl}/metrics`)).text()));
});
const refusals = async (reason: string) => {
  const text = await (await fetch(`${gateway.opsUrl}/metrics`)).text();
  return Number(new RegExp(`^ensemble_socket_refusals_total\\{reason="${reason}"\\} (\\S+)$`, "m").exec(text)?.[1] ?? 0);
};

/** The one that behaves: connected all along, answered, and hears its topic. */
async function goodGoesOn(): Promise<void> {
  const heard = good.told.length;
  expect(good.socket.connected).toBe(true);
  expect((await good.ask("call", "probe.echo", { name: "x" })).ok).toBeDefined();
  gateway.resources.ports.topics.publish("playlist:p0", { event: "playlist.changed", version: heard });
  await until(() => good.told.length === heard + 1);
}

describe("socket hardening -", () => {
  test("a flood of messages cuts its socket off", async () => {
    const { socket } = await bad();
    for (let sent = 0; sent < 10_000; sent++) socket.emit("call", "probe.echo", { name: "x" }, () => {});
    await until(() => !socket.connected);
    expect(await refusals("messages")).toBe(1);
    await goodGoesOn();
  });

  test("a flood of bytes does, and a frame that is too large", async () => {
    const { socket } = await bad();
    for (let sent = 0; sent < 60; sent++) socket.emit("nothing", "x".repeat(60_000));
    await until(() => !socket.connected);
    expect(await refusals("bytes")).toBe(1);
    const other = await bad();
    other.socket.emit("nothing", "x".repeat(1_000_000));
    await until(() => !other.socket.connected);
    await goodGoesOn();
  });

  test("binary is refused: frames, and packets that announce attachments", async () => {
    const attempts: ((socket: TestSocket["socket"]) => void)[] = [
      (socket) => socket.emit("call", "probe.echo", { name: Buffer.from("x") }, () => {}),
      (socket) => socket.io.engine.write(Buffer.from("x")),
      (socket) => socket.io.engine.write('511-["call"]'),
      (socket) => socket.io.engine.write('61-1[{"_placeholder":true,"num":0}]'),
    ];
    for (const attempt of attempts) {
      const { socket } = await bad();
      attempt(socket);
      await until(() => !socket.connected);
    }
    expect(await refusals("binary")).toBe(attempts.length);
    await goodGoesOn();
  });

  test("packets that are none end their socket only", async () => {
    for (const packet of ["9", "", "2{", '2["call"', "2[[]]", '2["disconnect"]', '4"x"', "0{}", `2${"[".repeat(50_000)}`]) {
      const { socket } = await bad();
      socket.io.engine.write(packet);
      await until(() => !socket.connected);
    }
    await goodGoesOn();
  });

  test("packets that say nothing, and JSON of any depth, change nothing", async () => {
    const { ask, socket } = await bad();
    for (const packet of ["2", "2[7]", '3999["x"]', `2["call","probe.echo",${"[".repeat(30_000)}${"]".repeat(30_000)}]`]) socket.io.engine.write(packet);
    const answered = new Promise<string>((resolve) => { socket.io.engine.on("data", (data: string) => data.startsWith("377") && resolve(data)); });
    socket.io.engine.write(`277["call","probe.echo",{"name":"x","value":${"[".repeat(30_000)}${"]".repeat(30_000)}}]`);
    expect(await answered).toContain("TOO_DEEP");
    expect((await ask("call", "probe.echo", { name: "x" })).ok).toBeDefined();
    await goodGoesOn();
  });

  test("more calls than it may wait for are answered 429; the socket goes on", async () => {
    const { socket, ask } = await bad();
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask("call", "probe.slow", { ms: 200 })));
    expect(answers.filter(({ error }) => error?.code === "TOO_MANY_CALLS").length).toBe(10);
    expect((await ask("call", "probe.echo", { name: "x" })).ok).toBeDefined();
    socket.close();
  });

  test("more topics than it may have are refused; the first stay", async () => {
    const { socket, ask } = await bad();
    const topics = Array.from({ length: 150 }, (_, n) => `playlist:p${n}`);
    const answers = [await ask("subscribe", { topics: topics.slice(0, 75) }), await ask("subscribe", { topics: topics.slice(75) })];
    const results = answers.flatMap((answer) => Object.values(answer.topics ?? {}));
    expect(results.filter(({ ok }) => ok).length).toBe(100);
    expect(new Set(results.flatMap(({ error }) => error?.code ?? []))).toEqual(new Set(["TOO_MANY_TOPICS"]));
    socket.close();
  });

  test("questions for the time are messages as any other: not counted as requests, and a flood of them cuts its socket off", async () => {
    const { socket, ask } = await bad();
    for (let asked = 0; asked < 50; asked++) expect(await ask("clock")).toEqual({ receivedAt: expect.any(Number), sentAt: expect.any(Number) });
    for (const given of [[], [7], ["now", { deep: [] }], [null, null]]) socket.emit("clock", ...given);
    expect(await ask("clock", "what", { is: "more" })).toMatchObject({ receivedAt: expect.any(Number) });
    const before = await refusals("messages");
    for (let asked = 0; asked < 10_000; asked++) socket.emit("clock", () => {});
    await until(() => !socket.connected);
    expect(await refusals("messages")).toBe(before + 1);
    await goodGoesOn();
  });

  test("friends are refused whole while nobody says who they are, as often as it is asked; nothing is left of it", async () => {
    const { ask } = await bad();
    for (const batches of [true, false, "x", null, { deep: 1 }]) expect((await ask("subscribe", { topics: ["friends:me", "friends:me"], batches })).topics).toEqual({ "friends:me": { error: expect.objectContaining({ status: 503, retryable: true }) } });
    expect((await ask("unsubscribe", { topics: ["friends:me"] })).topics).toEqual({ "friends:me": { ok: true } });
    expect(await (await fetch(`${gateway.opsUrl}/metrics`)).text()).toMatch(/^ensemble_socket_followees 0$/m);
    await goodGoesOn();
  });

  test("an account has a number of sockets; closing one makes room", async () => {
    const sockets = await Promise.all([bad(), bad(), bad()]);
    const refused = await refusal(openSocket(gateway.url, { token: await gateway.token(listener) }));
    expect(refused.data?.error).toMatchObject({ status: 429, code: "TOO_MANY_SOCKETS", retryable: true });
    sockets[0]?.socket.close();
    await until(() => bad().then(() => true, () => false));
  });

  test("who never says who he is, is cut off", async () => {
    const silent = connect(gateway.port, "127.0.0.1");
    silent.write("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    const started = performance.now();
    silent.resume();
    silent.on("error", () => undefined);
    await new Promise((resolve) => { silent.once("end", resolve); });
    silent.destroy();
    expect(performance.now() - started).toBeLessThan(5_000);
    await goodGoesOn();
  });

  test("who does not read what he asked for is cut off; others get all of it", async () => {
    const { socket, ask } = await bad();
    await ask("subscribe", { topics: ["playlist:p0"] });
    const raw = (socket.io.engine as unknown as { transport: { ws: { pause(): void } } }).transport.ws;
    raw.pause();
    const heard = good.told.length;
    const message = { event: "playlist.changed", ops: "x".repeat(100_000) };
    for (let sent = 0; sent < 100; sent++) {
      gateway.resources.ports.topics.publish("playlist:p0", message);
      await until(() => good.told.length === heard + sent + 1);
    }
    await until(async () => (await refusals("backlog")) === 1);
    socket.close();
    await goodGoesOn();
  });
});

describe("socket rates -", () => {
  test("are those of HTTP, counted together with it, by account and by address", async () => {
    const limited = await startGateway([], { extra: [readersService(readers)], rates: { account: { points: 5, seconds: 60 }, address: { points: 8, seconds: 60 } } });
    try {
      const { socket, ask } = await connectTestSocket(limited.url, await limited.token(listener));
      for (let call = 0; call < 4; call++) expect((await ask("call", "probe.who", {})).ok).toBeDefined();
      expect((await fetch(`${limited.url}/v1/probe/who`, { headers: await limited.as(listener) })).status).toBe(200);
      const { error } = await ask("call", "probe.who", {});
      expect(error).toMatchObject({ status: 429, code: "RATE_LIMITED", retryable: true, details: { retryAfterMs: expect.any(Number) } });
      expect((await ask("subscribe", { topics: ["playlist:p0"] })).topics?.["playlist:p0"]?.error?.status).toBe(429);
      // The address has made its eight requests too: nobody else comes in from there.
      expect((await refusal(openSocket(limited.url, { token: await limited.token(premium) }))).data?.error.status).toBe(429);
      socket.close();
    } finally {
      await limited.stop();
    }
  });
});

describe("sockets that are gone before they are served -", () => {
  test("leave nothing behind: no topic is listened to for them, or for who asks and takes it back", async () => {
    // Counting takes a moment here: that is when they go.
    const counting = await startGateway([], { extra: [readersService(readers)], config: { REDIS_URL: await freshRedis() } });
    try {
      const figure = async (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(await (await fetch(`${counting.opsUrl}/metrics`)).text())?.[1] ?? Number.NaN);
      const going = await Promise.all(Array.from({ length: 20 }, async () => connectTestSocket(counting.url, await counting.token(listener))));
      const staying = await connectTestSocket(counting.url, await counting.token(premium));
      const topics = Array.from({ length: 50 }, (_, n) => `playlist:p${n}`);
      for (const { socket } of going) socket.emit("subscribe", { topics }, () => undefined);
      // The gateway has read their requests, and has a thousand to count.
      await staying.ask("clock");
      for (const { socket } of going) socket.disconnect();
      await until(async () => (await figure("ensemble_socket_connections")) === 1);
      // What they asked for has been counted before this is.
      for (let asked = 0; asked < 5; asked++) await staying.ask("call", "probe.who", {});
      expect(await figure("ensemble_socket_topics")).toBe(0);
      // Nor does who takes back at once what he asked for.
      const asked = ["subscribe", "unsubscribe"].map((event) => staying.ask(event, { topics }));
      expect((await Promise.all(asked)).map((answer) => Object.values(answer.topics ?? {}).every(({ ok }) => ok === true))).toEqual([true, true]);
      expect(await figure("ensemble_socket_topics")).toBe(0);
      staying.socket.close();
    } finally {
      await counting.stop();
    }
  });
});

describe("a gateway that stops -", () => {
  test("answers calls in progress, sends sockets away over some time, and takes no more", async () => {
    const stopping = await startGateway([], { extra: [readersService(readers)] });
    const sockets = await Promise.all(Array.from({ length: 10 }, async () => connectTestSocket(stopping.url, await stopping.token(listener))));
    const slow = sockets[0]?.ask("call", "probe.slow", { ms: 500 });
    await sockets[0]?.ask("call", "probe.echo", { name: "x" });
    const started = performance.now();
    const stopped = stopping.stop();
    expect((await slow)?.ok).toEqual({ done: true });
    await stopped;
    expect(performance.now() - started).toBeLessThan(4_000);
    await until(() => sockets.every(({ socket }) => !socket.connected));
    const waits = sockets.map(({ told }) => (told[0]?.message as { afterMs?: number } | undefined)?.afterMs ?? Number.NaN);
    expect(sockets.every(({ told }) => told.length === 1 && told[0]?.event === "reconnect")).toBe(true);
    expect(new Set(waits).size).toBeGreaterThan(5);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10_000);
    await expect(refusal(openSocket(stopping.url, {}))).resolves.toMatchObject({ message: "websocket error" });
  });
});
