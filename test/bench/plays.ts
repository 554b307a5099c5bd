/**
 * `npm run bench -- plays`: what a play request costs through the whole gateway.
 *
 * One process holds the embedded service and, beside it, a plain moleculer-web gateway with one empty POST route (its
 * own JSON body parser, an action that answers a small object). A client process loads them in turn, round by round,
 * so that both see the same minute of the machine. Plays come from many listeners with their own access tokens and
 * pass everything: token, rates, validation, rights, tier by plan, manifest, signature. The rates are raised, not
 * removed; only the check of a token's Ed25519 signature is remembered from its first use, as in production.
 *
 *   plays through the gateway   against the empty route            goal: at least half of it
 *   play action called locally  against the same, without HTTP
 *   play, then chunk 0 whole    one client on loopback, warm       goal: p99 under 50 ms
 */
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request as httpRequest, type RequestOptions } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import { ServiceBroker, type Service, type ServiceSchema } from "moleculer";
import ApiGateway from "moleculer-web";
import type { Identity, Plan } from "../../actors/index.ts";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import { loadServices } from "../../ensemble.ts";
import { httpService } from "../../gateway/index.ts";
import { resourcesOf } from "../../resources.ts";
import { HttpLoad, type LoadResult } from "./http-load.ts";
import { makeLibrary } from "../../commands/cluster/servers.ts";
import { machine, percentile, round, type BenchCase, type BenchResult } from "./result.ts";

const tracks = 200;
const listeners = 50;
const connections = 32;
const rounds = 6;
const roundMs = 1_500;
const firstChunkPlays = 1_000;

interface Played {
  readonly tier: string;
  readonly tiers: Readonly<Record<string, { readonly url: string; readonly query: string }>>;
}

export async function bench(options: { json: boolean; args: string[] }): Promise<BenchResult> {
  const say = (line: string) => {
    if (!options.json) console.log(line);
  };
  const on = machine();
  const folder = await mkdtemp(join(tmpdir(), "ensemble-plays-"));
  // Warnings only, for both: the cost of writing a log line is the log's.
  const config = loadConfig({ NODE_ENV: "test", HOST: "127.0.0.1", PORT: "0", OPS_PORT: "0", DATA_DIR: folder, LOG_LEVEL: "error" });
  const broker = new ServiceBroker(brokerOptions(config));
  const unlimited = { points: 1_000_000_000, seconds: 60 };
  for (const service of await loadServices(["catalog", "search", "rights", "streaming", "session", "ingest"])) broker.createService(service);
  broker.createService(httpService({ rates: { address: unlimited, account: unlimited } }));
  const empty = broker.createService(emptyGateway);
  const load = new HttpLoad();
  try {
    await broker.start();
    say("making the library: one track of 210 s in every tier");
    const { trackIds, imported } = await makeLibrary(broker, tracks);
    const { url } = await broker.call<{ url: string }>("gateway.address");
    const callers = await Promise.all(Array.from({ length: listeners }, (_, number) => caller(broker, number)));

    const plays = trackIds.flatMap((trackId, at) => {
      const { token } = callers[at % callers.length] ?? { token: "" };
      return post("/v1/play", token, JSON.stringify({ trackId, quality: "auto", deviceId: "bench" }));
    });
    const empties = trackIds.flatMap((trackId) => post("/empty", "", JSON.stringify({ trackId, quality: "auto", deviceId: "bench" })));
    const targets = [
      { name: "empty", port: (empty as Service & { server: { address(): AddressInfo } }).server.address().port, requests: empties },
      { name: "play", port: Number(new URL(url).port), requests: plays },
    ];
    const results: Record<string, Round[]> = { empty: [], play: [] };
    const local: LocalRound[] = [];
    for (let number = -1; number < rounds; number++) {
      // ABBA: neither always comes after the other.
      for (const { name, port, requests } of number % 2 === 0 ? targets : targets.toReversed()) {
        const cpu = process.cpuUsage();
        const result = await load.round({ port, requests, connections, ms: roundMs });
        const { user, system } = process.cpuUsage(cpu);
        check(name, result);
        if (number < 0) continue;
        const serverCpuUs = (user + system) / (result.statuses["200"] ?? 1);
        results[name]?.push({ ...result, serverCpuUs });
        say(`round ${number + 1} ${name.padEnd(6)} ${Math.round(result.perSecond)}/s  p50 ${round(result.p50Ms)} ms  p99 ${round(result.p99Ms)} ms  server ${Math.round(serverCpuUs)} us of CPU each, client ${Math.round(result.clientCpu * 100)} % of a core`);
      }
      const calls = await localRound(broker, trackIds, callers.map(({ identity }) => identity), roundMs / 2);
      if (number >= 0) local.push(calls);
    }
    const answer = results["play"]?.[0];
    if (answer !== undefined) say(`an answer to a play: ${Math.round(answer.bytes / (answer.statuses["200"] ?? 1))} bytes`);
    const first = await playToFirstChunk(url, callers[0]?.token ?? "", imported);
    return { bench: "plays", machine: on, results: cases(results["play"] ?? [], results["empty"] ?? [], local, first) };
  } finally {
    await load.close();
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** moleculer-web as its documentation begins: explicit alias, JSON parser, an action that does nothing. */
const emptyGateway: ServiceSchema = {
  name: "empty",
  mixins: [ApiGateway as ServiceSchema],
  settings: {
    port: 0,
    ip: "127.0.0.1",
    logRequest: null,
    logRequestParams: null,
    logResponse: null,
    logRouteRegistration: null,
    routes: [{ path: "/", mappingPolicy: "restrict", bodyParsers: { json: true }, aliases: { "POST empty": "empty.nothing" }, logging: false }],
  } as ServiceSchema["settings"],
  actions: { nothing: () => ({ ok: true }) },
} as ServiceSchema;

async function caller(broker: ServiceBroker, number: number): Promise<{ token: string; identity: Identity }> {
  const plan: Plan = number % 2 === 0 ? "premium" : "free";
  const identity: Identity = { id: `listener${number}`, username: `listener${number}`, plan, role: "listener", country: "SE" };
  const { id, ...claims } = identity;
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: "EdDSA", kid: "t1" })
    .setIssuer("ensemble")
    .setAudience("ensemble")
    .setSubject(id)
    .setExpirationTime("15 min")
    .sign(resourcesOf(broker).keys.tokens.privateKey);
  return { token, identity };
}

function post(path: string, token: string, body: string): string {
  const authorization = token === "" ? "" : `Authorization: Bearer ${token}\r\n`;
  return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${authorization}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** What the load process saw, and the CPU time of this process per request: that figure bears a busy machine. */
interface Round extends LoadResult {
  readonly serverCpuUs: number;
}

function check(name: string, { statuses, clientCpu }: LoadResult): void {
  if (Object.keys(statuses).join() !== "200") throw new Error(`${name} was answered with ${JSON.stringify(statuses)}`);
  if (clientCpu > 0.95) throw new Error(`the client was the limit (${Math.round(clientCpu * 100)} % of a core): no figure`);
}

interface LocalRound {
  readonly perSecond: number;
  readonly latencies: readonly number[];
}

/** Plays by broker.call in this process, as many in flight as there are connections. */
async function localRound(broker: ServiceBroker, trackIds: readonly string[], identities: readonly Identity[], ms: number): Promise<LocalRound> {
  const latencies: number[] = [];
  const started = performance.now();
  const one = async (number: number) => {
    for (let turn = number; performance.now() - started < ms; turn += connections) {
      const before = performance.now();
      const user = identities[turn % identities.length];
      await broker.call("streaming.play", { trackId: trackIds[turn % trackIds.length], quality: "auto", deviceId: "bench" }, { meta: { user, requestId: "0", origin: "http://127.0.0.1" } });
      latencies.push(performance.now() - before);
      // broker.call settles in microtasks: without this turn, no timer and no I/O would ever run.
      if (turn % 64 === 0) await new Promise(setImmediate);
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, number) => one(number)));
  return { perSecond: latencies.length / ((performance.now() - started) / 1_000), latencies };
}

/** Milliseconds from the first byte of a play request to the last byte of its first chunk, one after the other. */
async function playToFirstChunk(url: string, token: string, trackId: string): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = JSON.stringify({ trackId, quality: "auto", deviceId: "bench" });
  const once = async () => {
    const before = performance.now();
    const answer = await fetchWhole(`${url}/v1/play`, { agent, method: "POST", headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", "Content-Length": body.length } }, body);
    const { tier, tiers } = JSON.parse(answer.toString("utf8")) as Played;
    const signed = tiers[tier];
    if (signed === undefined) throw new Error("the answer does not sign its own tier");
    const chunk = await fetchWhole(`${signed.url}/0.ogg?${signed.query}`, { agent });
    if (chunk.toString("latin1", 0, 4) !== "OggS") throw new Error("chunk 0 is not Ogg");
    return performance.now() - before;
  };
  try {
    for (let warm = 0; warm < 50; warm++) await once();
    const latencies: number[] = [];
    for (let number = 0; number < firstChunkPlays; number++) latencies.push(await once());
    return latencies;
  } finally {
    agent.destroy();
  }
}

function fetchWhole(url: string, options: RequestOptions, body?: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, options, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(Buffer.concat(parts));
        else reject(new Error(`${url.split("?", 1)[0] ?? ""} answered ${response.statusCode}: ${Buffer.concat(parts).toString("utf8", 0, 500)}`));
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

function cases(plays: readonly Round[], empties: readonly Round[], local: readonly LocalRound[], first: readonly number[]): BenchCase[] {
  const ours = perSecond(plays);
  const empty = perSecond(empties);
  // Of neighbours in time, then the median: the machine changes from minute to minute.
  const ratio = round(median(plays.map((result, at) => result.perSecond / (empties[at]?.perSecond ?? Number.NaN))));
  const playCpu = round(median(plays.map((result) => result.serverCpuUs)));
  const emptyCpu = round(median(empties.map((result) => result.serverCpuUs)));
  const called = perSecond(local);
  const calls = local.flatMap(({ latencies }) => latencies);
  const p99Ms = round(percentile(first, 0.99));
  return [
    { case: "POST /v1/play through the gateway, against an empty moleculer-web route", ours, limit: empty, unit: "requests/s", ratio, p50Ms: round(median(plays.map((result) => result.p50Ms))), p99Ms: round(median(plays.map((result) => result.p99Ms))), goal: "ratio >= 0.5", met: ratio >= 0.5 },
    { case: "CPU of the server per play, against the empty route", ours: playCpu, limit: emptyCpu, unit: "us", ratio: round(playCpu / emptyCpu), goal: null, met: null },
    { case: "POST /v1/play through the gateway, against broker.call(\"streaming.play\") in the same process", ours, limit: called, unit: "requests/s", ratio: round(ours / called), p50Ms: round(percentile(calls, 0.5)), p99Ms: round(percentile(calls, 0.99)), goal: null, met: null },
    { case: "play to first chunk, warm, one client on loopback", ours: p99Ms, limit: null, unit: "ms (p99)", ratio: null, p50Ms: round(percentile(first, 0.5)), p99Ms, goal: 50, met: p99Ms < 50 },
  ];
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function perSecond(results: readonly { readonly perSecond: number }[]): number {
  return Math.round(median(results.map((result) => result.perSecond)));
}
