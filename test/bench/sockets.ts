/**
 * `npm run bench -- sockets`: what carries a message from whom it comes to the gateways whose sockets want it.
 *
 *   ours     the Topics port: a NATS subject for each topic, interest by subscription, silence known to the publisher
 *   limit    what Socket.IO's sharded Redis adapter does in its dynamic mode: a shard channel for each room, SSUBSCRIBE
 *            while it has sockets, SPUBLISH of the packet and its options. Its own commands by ioredis, without the adapter
 *
 * Two gateways in processes of their own, both subscribed to 1,000 topics; this process publishes. What follows in a gateway
 * is the same for both, and left out. Rounds alternate; the median counts. Then each server is killed, messages are
 * published, and it comes back.
 */
import { fork, type ChildProcess } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { nkeys } from "nats";
import { freePort, launchNats, launchRedis, nodeSubjects } from "../../commands/cluster/servers.ts";
import { loadConfig } from "../../config.ts";
import { migrate, openPorts, openServer, type Topics } from "../../storage/index.ts";
import { machine, round, type BenchCase, type BenchResult } from "./result.ts";
import { sharedNow } from "./clock.ts";
import { channelOf, type Bus, type Order, type Report } from "./sockets-node.ts";
import { cpuSecondsOf } from "./told.ts";

const topicCount = 1_000;
const rounds = 3;
const messagesPerRound = 20_000;
/** What is in flight: as much as the buses take without dropping any. */
const burst = 50;
const calmPerSecond = 1_000;
const calmMs = 3_000;

interface Measured {
  readonly publishUs: number;
  readonly receiveUs: number;
  readonly serverUs: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Rig {
  readonly gateways: readonly ChildProcess[];
  readonly topics: Topics;
  readonly redis: Redis;
  readonly pids: Record<Bus, number>;
  restart(bus: Bus): Promise<void>;
}

const body = { event: "presence.changed", userId: "u".repeat(32), nowPlaying: { trackId: "t".repeat(32), title: "The title of a track", artists: ["Somebody"], imageId: "i".repeat(32), positionMs: 1_234, at: 1_790_000_000_000, durationMs: 240_000 }, at: 1_790_000_000_000, epoch: 7 };
const topicNames = Array.from({ length: topicCount }, (_, n) => `presence:${String(n).padStart(32, "0")}`);

async function ask<Answer>(gateway: ChildProcess, order: Order): Promise<Answer> {
  gateway.send(order);
  const [answer] = (await once(gateway, "message")) as [Answer];
  return answer;
}

const reports = (rig: Rig) => Promise.all(rig.gateways.map((gateway) => ask<Report>(gateway, { do: "report" })));

/** CPU time that a process has taken, us; the kernel counts in hundredths of a second. */
const cpuOf = (pid: number): number => cpuSecondsOf(pid) * 1e6;

/** Publishes one message, as each side does. */
function publisher({ topics, redis }: Rig, bus: Bus): (topic: string, n: number) => void {
  if (bus === "topics") return (topic, n) => topics.publish(topic, { ...body, n, sentMs: sharedNow() });
  return (topic, n) => {
    const packet = { type: 2, data: ["presence.changed", { ...body, n, sentMs: sharedNow() }, topic], nsp: "/" };
    redis.spublish(channelOf(topic), JSON.stringify({ uid: "publisher", type: 3, data: { packet, opts: { rooms: [topic], except: [], flags: {} } } })).catch(() => undefined);
  };
}

async function measured(rig: Rig, bus: Bus): Promise<Measured> {
  const publish = publisher(rig, bus);
  await reports(rig);
  const [cpu, serverCpu, begun] = [process.cpuUsage(), cpuOf(rig.pids[bus]), performance.now()];
  for (let n = 0; n < messagesPerRound; n++) {
    publish(topicNames[n % topicCount] ?? "", n);
    if (n % burst === burst - 1) await new Promise(setImmediate);
  }
  await (bus === "topics" ? rig.topics.ping() : rig.redis.ping());
  const { user, system } = process.cpuUsage(cpu);
  const tookMs = performance.now() - begun;
  await pause(300);
  const serverUs = cpuOf(rig.pids[bus]) - serverCpu;
  const heard = await reports(rig);
  if (heard.some(({ received }) => received !== messagesPerRound)) throw new Error(`${bus} brought ${heard.map(({ received }) => received).join(" and ")} of ${messagesPerRound} messages`);
  const calmFrom = performance.now();
  for (let n = 0; performance.now() - calmFrom < calmMs; await pause(1)) {
    for (const due = ((performance.now() - calmFrom) / 1_000) * calmPerSecond; n < due; n++) publish(topicNames[n % topicCount] ?? "", n);
  }
  await pause(100);
  const calm = await reports(rig);
  const deliveries = messagesPerRound * rig.gateways.length;
  return {
    publishUs: (user + system) / messagesPerRound,
    receiveUs: heard.reduce((sum, { cpuUs }) => sum + cpuUs, 0) / deliveries,
    serverUs: serverUs / messagesPerRound,
    perSecond: messagesPerRound / (tookMs / 1_000),
    p50Ms: Math.max(...calm.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...calm.map(({ p99Ms }) => p99Ms)),
  };
}

/** Publishes while the server is away and after it is back. Answers how many of the later ones came, and how often a gateway was told that it missed some. */
async function outage(rig: Rig, bus: Bus): Promise<{ readonly missed: number; readonly late: number; readonly gaps: number }> {
  const publish = publisher(rig, bus);
  await reports(rig);
  const back = rig.restart(bus);
  for (let n = 0; n < 500; n++) {
    publish(topicNames[n % topicCount] ?? "", n);
    await pause(2);
  }
  await back;
  await pause(3_000);
  const during = await reports(rig);
  for (let n = 0; n < 500; n++) publish(topicNames[n] ?? "", n);
  await pause(1_000);
  const after = await reports(rig);
  const most = 500 * rig.gateways.length;
  return {
    missed: most - during.reduce((sum, { received }) => sum + received, 0),
    late: most - after.reduce((sum, { received }) => sum + received, 0),
    gaps: [...during, ...after].reduce((sum, { gaps }) => sum + gaps, 0),
  };
}

async function withRig<Answer>(use: (rig: Rig) => Promise<Answer>): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), "ensemble-bench-"));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const user = nkeys.createUser();
    const users = [{ nkey: user.getPublicKey(), subjects: nodeSubjects }];
    const ports = { topics: await freePort(), redis: await freePort() };
    const start = { topics: () => launchNats(folder, users, ports.topics), redis: () => launchRedis(folder, { port: ports.redis }) };
    const servers = { topics: await start.topics(), redis: await start.redis() };
    closing.push(() => Promise.all([servers.topics.stop(), servers.redis.stop()]));
    const database = await openServer(loadConfig({ NODE_ENV: "test", DATA_DIR: folder }));
    closing.push(() => database.close());
    await migrate(database.url, "up");
    const env = {
      PATH: process.env["PATH"] ?? "", NODE_ENV: "test", LOG_LEVEL: "error", DATA_DIR: folder, DATABASE_URL: database.url,
      NATS_URL: servers.topics.url, NATS_NKEY_SEED: new TextDecoder().decode(user.getSeed()), REDIS_URL: servers.redis.url,
      TOKEN_PRIVATE_KEY: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"), URL_SIGNING_KEYS: `k1:${randomBytes(32).toString("base64")}`,
    };
    const gateways = ["one", "two"].map((name) => fork(fileURLToPath(new URL("./sockets-node.ts", import.meta.url)), { env: { ...env, NODE_ID: name }, execArgv: ["--disable-warning=ExperimentalWarning"], stdio: ["ignore", "inherit", "inherit", "ipc"] }));
    closing.push(() => Promise.all(gateways.map(async (gateway) => gateway.exitCode === null && gateway.kill("SIGTERM") && once(gateway, "exit"))));
    await Promise.all(gateways.map((gateway) => Promise.race([once(gateway, "message"), once(gateway, "exit").then(() => Promise.reject(new Error("a gateway ended before it was up")))])));
    const node = await openPorts(loadConfig({ ...env, NODE_ID: "publisher" }));
    closing.push(() => node.close());
    const redis = new Redis(servers.redis.url);
    redis.on("error", () => undefined);
    closing.push(async () => redis.disconnect());
    const pids = { topics: servers.topics.pid, redis: servers.redis.pid };
    return await use({
      gateways, topics: node.topics, redis, pids,
      async restart(bus) {
        await servers[bus].stop("SIGKILL");
        await pause(500);
        const next = await start[bus]();
        Object.assign(servers, { [bus]: next });
        pids[bus] = next.pid;
      },
    });
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

export async function bench({ json }: { json: boolean; args: string[] }): Promise<BenchResult> {
  const say = (line: string) => {
    if (!json) console.log(line);
  };
  const on = machine();
  const results: BenchCase[] = [];
  const add = (name: string, ours: number, limit: number, unit: string, more: Partial<BenchCase> = {}) => void results.push({ case: name, ours: round(ours), limit: round(limit), unit, ratio: limit === 0 ? null : round(ours / limit), goal: null, met: null, ...more });
  await withRig(async (rig) => {
    const subscribed: Record<Bus, number> = { topics: 0, redis: 0 };
    for (const bus of ["topics", "redis"] as const) subscribed[bus] = Math.max(...(await Promise.all(rig.gateways.map((gateway) => ask<number>(gateway, { do: "subscribe", bus, topics: topicNames })))));
    add(`two gateways subscribe to ${topicCount} topics each`, subscribed.topics, subscribed.redis, "ms");
    const all: Record<Bus, Measured[]> = { topics: [], redis: [] };
    for (let n = 0; n < rounds; n++) {
      for (const bus of ["topics", "redis"] as const) {
        const one = await measured(rig, bus);
        all[bus].push(one);
        say(`${bus}: ${Math.round(one.perSecond)}/s, publishing ${round(one.publishUs)} us, each gateway ${round(one.receiveUs)} us, the server ${round(one.serverUs)} us a message; p50 ${round(one.p50Ms)} ms, p99 ${round(one.p99Ms)} ms`);
      }
    }
    const median = (bus: Bus, of: keyof Measured) => all[bus].map((one) => one[of]).toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
    add("publishing, CPU of the publisher", median("topics", "publishUs"), median("redis", "publishUs"), "us/message");
    add("receiving, CPU of a gateway", median("topics", "receiveUs"), median("redis", "receiveUs"), "us/message");
    add("CPU of the server", median("topics", "serverUs"), median("redis", "serverUs"), "us/message");
    add("one publisher", median("topics", "perSecond"), median("redis", "perSecond"), "messages/s");
    add(`delay at ${calmPerSecond} messages/s, median`, median("topics", "p50Ms"), median("redis", "p50Ms"), "ms");
    add(`delay at ${calmPerSecond} messages/s, p99`, median("topics", "p99Ms"), median("redis", "p99Ms"), "ms");
    const away = { topics: await outage(rig, "topics"), redis: await outage(rig, "redis") };
    add("a server killed and back: deliveries missed of 1,000 meanwhile", away.topics.missed, away.redis.missed, "messages");
    add("... missed of 1,000 after", away.topics.late, away.redis.late, "messages");
    add("... times that two gateways were told that they missed some", away.topics.gaps, 0, "gaps");
  });
  return { bench: "sockets", machine: on, results };
}
