/** Time, number and rate: what slow, many and fast clients meet, and what operators see. */
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { freshRedis } from "../../test/kit/index.ts";
import { StatementRefused } from "../../storage/index.ts";
import { rates } from "./limits.ts";
import { problemOf } from "./problem.ts";
import { RateLimits } from "./rate-limits.ts";
import { ask, listener, post, premium, raw, startGateway, type TestGateway } from "../testing/gateway.ts";

const gateways: TestGateway[] = [];
const started = async (...args: Parameters<typeof startGateway>) => {
  const gateway = await startGateway(...args);
  gateways.push(gateway);
  return gateway;
};

afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
});

const five = { points: 5, seconds: 60 };
const count = (gateway: TestGateway, headers: Record<string, string> = {}) => ask(`${gateway.url}/v1/probe/count?limit=1`, { headers });

describe("rates", () => {
  test("an address has its rate, whatever X-Forwarded-For says", async () => {
    const gateway = await started([], { rates: { address: five } });
    const answers = [];
    for (let turn = 0; turn < 8; turn++) answers.push(await count(gateway, { "X-Forwarded-For": `10.0.0.${turn}` }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    const refused = answers.at(-1);
    expect(refused?.body.error).toMatchObject({ code: "RATE_LIMITED", retryable: true });
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(50);
  });

  test("behind a trusted proxy the client's address counts, and only that", async () => {
    const gateway = await started([], { rates: { address: five }, config: { TRUSTED_PROXIES: ["127.0.0.0/8", "10.1.0.0/16"] } });
    const from = async (chain: string, times: number) => {
      let last = 0;
      for (let turn = 0; turn < times; turn++) last = (await count(gateway, { "X-Forwarded-For": chain })).status;
      return last;
    };
    expect(await from("203.0.113.7", 5)).toBe(200);
    expect(await from("203.0.113.8, 10.1.2.3", 5)).toBe(200);
    // What a client writes in front of its own address is not believed.
    expect(await from("198.51.100.1, 203.0.113.7", 1)).toBe(429);
    expect(await from("198.51.100.9, 203.0.113.8, 10.1.9.9", 1)).toBe(429);
  });

  test("an account has its rate across addresses", async () => {
    const gateway = await started([], { rates: { account: five }, config: { TRUSTED_PROXIES: ["127.0.0.1"] } });
    const as = async (who: typeof listener, turn: number) => (await count(gateway, { ...(await gateway.as(who)), "X-Forwarded-For": `10.0.0.${turn}` })).status;
    for (let turn = 0; turn < 5; turn++) expect(await as(listener, turn)).toBe(200);
    expect(await as(listener, 9)).toBe(429);
    expect(await as(premium, 9)).toBe(200);
  });

  test("credentials have a stricter rate", async () => {
    const gateway = await started(["account"], { rates: { credentials: { points: 2, seconds: 60 } } });
    const refresh = () => post(`${gateway.url}/v1/auth/refresh`, { refreshToken: "x" });
    expect([(await refresh()).status, (await refresh()).status, (await refresh()).status]).toEqual([401, 401, 429]);
    expect((await count(gateway)).status).toBe(200);
  });

  test("two gateways share the count through Redis", async () => {
    const REDIS_URL = await freshRedis();
    const [one, two] = [await started([], { rates: { address: five }, config: { REDIS_URL } }), await started([], { rates: { address: five }, config: { REDIS_URL } })];
    const statuses = [];
    for (let turn = 0; turn < 8; turn++) statuses.push((await count(turn % 2 === 0 ? one : two)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
  });

  test("gateways that tell Redis a hundredth at a time refuse nobody early, and each lets at most a hundredth more through", async () => {
    const redis = await freshRedis();
    const thousand = { ...rates, account: { points: 1_000, seconds: 60 } };
    const gateways = Array.from({ length: 3 }, () => new RateLimits(thousand, redis, () => undefined));
    try {
      await Promise.all(gateways.map((gateway) => gateway.connected()));
      const verdicts: boolean[] = [];
      for (let turn = 0; turn < 1_200; turn++) {
        verdicts.push(await gateways[turn % 3]?.take("account", "ada").then(() => true, () => false) ?? false);
      }
      const passed = verdicts.filter(Boolean).length;
      expect(verdicts.slice(0, 1_000)).not.toContain(false);
      expect(passed).toBeLessThanOrEqual(1_000 + 3 * 10);
      // Once told, nobody is let through again.
      expect(verdicts.slice(1_060)).not.toContain(true);
      await gateways[0]?.take("account", "ben");
    } finally {
      for (const gateway of gateways) gateway.close();
    }
  });

  test("many at a time are counted as many", async () => {
    const limits = new RateLimits({ ...rates, account: { points: 1_000, seconds: 60 } }, await freshRedis(), () => undefined);
    try {
      await limits.connected();
      const verdicts = await Promise.allSettled(Array.from({ length: 5_000 }, () => limits.take("account", "ada")));
      expect(verdicts.filter(({ status }) => status === "fulfilled")).toHaveLength(1_000 + 9);
    } finally {
      limits.close();
    }
  });

  test("a gateway counts alone while Redis is away", async () => {
    const refusals: string[] = [];
    const limits = new RateLimits({ ...rates, address: five }, "redis://127.0.0.1:1", (kind) => refusals.push(kind));
    for (let turn = 0; turn < 5; turn++) await limits.take("address", "203.0.113.7");
    await expect(limits.take("address", "203.0.113.7")).rejects.toMatchObject({ status: 429 });
    await limits.take("address", "203.0.113.8");
    expect(refusals).toEqual(["address"]);
    limits.close();
  });
});

describe("slow clients", () => {
  test("a body that does not come is given up", async () => {
    const { readJson } = await import("./body.ts");
    const { createServer } = await import("node:http");
    const verdict = Promise.withResolvers<unknown>();
    const server = createServer((request) => {
      readJson(request, 1_000, 50).then(verdict.resolve, verdict.reject);
    });
    await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
    const { port } = server.address() as { port: number };
    const socket = createConnection(port, "127.0.0.1");
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a":');
    await expect(verdict.promise).rejects.toMatchObject({ status: 408 });
    socket.destroy();
    server.close();
  });

  test("a client that leaves in the middle harms nobody", async () => {
    const gateway = await started([]);
    for (let turn = 0; turn < 20; turn++) {
      const socket = createConnection(gateway.port, "127.0.0.1");
      await new Promise((resolve) => socket.write("POST /v1/probe/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", resolve));
      socket.destroy();
    }
    expect((await count(gateway)).status).toBe(200);
  });

  test("the body of a client that left before it was asked for is not waited for", async () => {
    const { readJson } = await import("./body.ts");
    const { createServer } = await import("node:http");
    const verdict = Promise.withResolvers<unknown>();
    const server = createServer((request) => {
      // As while its token is looked at: the body is all here, and nobody reads it yet.
      request.once("close", () => void readJson(request, 1_000, 50).then(verdict.resolve, verdict.reject));
    });
    await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
    const { port } = server.address() as { port: number };
    const socket = createConnection(port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", () => setTimeout(() => socket.destroy(), 20));
    await expect(verdict.promise).rejects.toMatchObject({ status: 400, code: "ABORTED" });
    server.close();
  });

  test("every time and size of the server has a bound", async () => {
    const { boundedServer } = await import("./server.ts");
    const { limits } = await import("./limits.ts");
    const server = boundedServer(() => undefined);
    expect([server.headersTimeout, server.requestTimeout, server.keepAliveTimeout, server.timeout, server.maxHeadersCount]).toEqual([limits.headersMs, limits.requestMs, limits.keepAliveMs, limits.idleMs, 100]);
  });
});

test("a transaction that met another one may be tried again; a statement that is wrong may not", () => {
  const [deadlock, mistake] = ["40P01", "42601"].map((code) => problemOf(new StatementRefused("said by the database", { code }), "POST"));
  expect(deadlock).toMatchObject({ status: 503, retryable: true, headers: { "Retry-After": "1" } });
  expect(mistake).toMatchObject({ status: 500, code: "INTERNAL", retryable: false });
});

describe("stopping", () => {
  test("finishes what is in progress, says so, and takes nothing new", async () => {
    const gateway = await startGateway([]);
    const inProgress = fetch(`${gateway.url}/v1/probe/slow?ms=400`);
    // The request is under way when its action is.
    while (gateway.broker.registry.getActionEndpoints("probe.slow") === null || (gateway.broker as unknown as { services: { name: string; _trackedContexts?: unknown[] }[] }).services.find(({ name }) => name === "probe")?._trackedContexts?.length !== 1) await new Promise(setImmediate);
    const stopped = gateway.stop();
    const answer = await inProgress;
    expect([answer.status, await answer.json(), answer.headers.get("connection")]).toEqual([200, { done: true }, "close"]);
    await stopped;
    await expect(fetch(`${gateway.url}/live`)).rejects.toThrow();
  });

  test("does not wait for connections that asked for nothing, or for nothing more", async () => {
    const gateway = await startGateway([]);
    const open = () => new Promise<Socket>((resolve) => { const socket = createConnection(gateway.port, "127.0.0.1", () => resolve(socket)).on("error", () => undefined); });
    const [silent, used] = await Promise.all([open(), open()]);
    used.write("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(used, "data");
    const before = performance.now();
    await gateway.stop();
    expect(performance.now() - before).toBeLessThan(3_000);
    for (const socket of [silent, used]) socket.destroy();
  });
});

describe("operations", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway(["catalog", "playlist", "search", "rights", "streaming", "account"]);
  });
  afterAll(() => gateway.stop());

  test("the operations port tells everything", async () => {
    const live = await ask(`${gateway.opsUrl}/live`);
    expect([live.status, live.body["live"]]).toEqual([200, true]);
    const ready = await ask(`${gateway.opsUrl}/ready`);
    expect(ready.body).toMatchObject({ ready: true, state: "up", checks: { database: { ok: true, required: true, detail: { fsync: "on", synchronousCommit: "on", fullPageWrites: "on" } }, objects: { ok: true }, cache: { ok: true, required: false }, search: { ok: true, required: false }, actions: { ok: true } } });
    expect(ready.status).toBe(200);
  });

  test("the public port tells a word", async () => {
    for (const path of ["/live", "/ready"]) {
      const answer = await fetch(gateway.url + path);
      expect([answer.status, await answer.text()]).toEqual([200, "ok\n"]);
    }
    expect((await ask(`${gateway.url}/metrics`)).status).toBe(404);
  });

  test("a needed store that is away makes it unready within 3 s", async () => {
    const broken = await startGateway(["catalog", "playlist", "search", "rights", "streaming", "account"]);
    const { database } = broken.resources.ports;
    await database.close();
    const before = performance.now();
    const answer = await ask(`${broken.opsUrl}/ready`);
    expect([answer.status, answer.body["ready"]]).toEqual([503, false]);
    expect(answer.body["checks"]).toMatchObject({ database: { ok: false, required: true } });
    expect(performance.now() - before).toBeLessThan(3_000);
    await broken.stop();
  });

  test("metrics count by template, and no label holds what a client sent", async () => {
    const id = "deadbeef".repeat(4);
    await ask(`${gateway.url}/v1/tracks/${id}`, { headers: { "User-Agent": id } });
    await ask(`${gateway.url}/v1/${id}?${id}=1`, { method: "GET" });
    await raw(gateway.port, `${id.toUpperCase()} /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    await ask(`${gateway.url}/audio/${id}/96/0.ogg?exp=1&kid=k1&sig=${"A".repeat(43)}`);
    const text = await (await fetch(`${gateway.opsUrl}/metrics`)).text();
    expect(text).toContain('ensemble_http_requests_total{route="/v1/tracks/:id",method="GET",status="404"} 1');
    expect(text).toContain('ensemble_edge_signature_refusals_total{verdict="bad-signature"} 1');
    expect(text).toMatch(/ensemble_event_loop_lag_seconds [\d.]+/);
    expect(Number(/ensemble_event_loop_busy_seconds_total ([\d.]+)/.exec(text)?.[1])).toBeGreaterThan(0);
    expect(text).toMatch(/ensemble_http_request_seconds_bucket\{le="0.05",route="\/v1\/tracks\/:id"\} 1/);
    expect(text.toLowerCase()).not.toContain("deadbeef");
  });
});
