/**
 * The part of `npm run simulate -- validate` for goal G17: a gateway, two nodes, NATS, Redis and PostgreSQL as real processes; one thing
 * is made small at a time, the load is the same or nearly, and what breaks first is named from what was used of everything.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { nkeys } from "nats";
import { firstToBreak, Processes, Stream, type Rankable, type validation } from "../../../simulations/index.ts";
import { accepts, find, freePort, launch, nodeSubjects, scratchCluster } from "../../cluster/servers.ts";
import { ask } from "./ask.ts";
import { slowProxy, type Slowness } from "./proxy.ts";
import { used, type StageOrder } from "./stage.ts";

interface Plant {
  /** What is planted, for the reader, and what the first resource's name must begin with or contain. */
  readonly what: string;
  readonly expected: string;
  readonly order?: Partial<StageOrder>;
  readonly redis?: Slowness;
  readonly live?: Slowness;
  readonly maxPendingBytes?: number;
  /** Part of the calls that are for one actor. */
  readonly hotShare?: number;
}

/** Without a plant nothing is above a third of what it bears. */
const usual: Omit<StageOrder, "natsUrl" | "liveUrl" | "redisUrl"> = { pgPool: 10, pgMs: 50, turnMs: 0.2, gatewayMs: 0.3, payloadBytes: 200 };
const usualPendingBytes = 64 * 1024 * 1024;
const callsPerS = 100;
const keys = 500;

const plants: readonly Plant[] = [
  { what: "slow Redis: a command takes 15 ms, one after the other", expected: "Redis", redis: { delayMs: 15 } },
  { what: "one hot playlist: 9 of 10 calls are for one actor, whose turn takes 12 ms", expected: "actor hot", order: { turnMs: 12 }, hotShare: 0.9 },
  { what: "small NATS pending limit: 2 MB, and a listener on a link of 300 kB/s", expected: "NATS, pending", order: { payloadBytes: 40_000 }, live: { bytesPerS: 300_000 }, maxPendingBytes: 2_000_000 },
  { what: "PostgreSQL pool of 2", expected: "pool of PostgreSQL", order: { pgPool: 2 } },
  { what: "gateway CPU: 12 ms a call", expected: "gateway, event loop", order: { gatewayMs: 12 } },
];

/** NATS with its monitor, and with a limit of what it keeps for a connection. */
async function natsServer(folder: string, nkey: string, maxPendingBytes: number) {
  const [port, monitor] = [await freePort(), await freePort()];
  const configuration = join(folder, "nats-stage.conf");
  await writeFile(configuration, `max_pending: ${maxPendingBytes}\nwrite_deadline: "30s"\nauthorization { users = [ { nkey: ${nkey}, permissions: { publish: ${JSON.stringify(nodeSubjects)}, subscribe: ${JSON.stringify(nodeSubjects)} } } ] }\n`, { mode: 0o600 });
  const server = await launch({ program: find("nats-server", "nats-server"), words: ["-a", "127.0.0.1", "-p", String(port), "-m", String(monitor), "-c", configuration], stopSignal: "SIGTERM", log: join(folder, "nats-stage.log"), ready: () => accepts(port) });
  const told = async <T>(path: string) => (await (await fetch(`http://127.0.0.1:${monitor}/${path}`)).json()) as T;
  let cut = 0;
  return {
    port, pid: server.pid, stop: () => server.stop(),
    /** The fullest connection's pending bytes of the limit; 1 when one was cut off for it since the last question. */
    async pending(): Promise<number> {
      const { slow_consumers: slow } = await told<{ slow_consumers: number }>("varz");
      const { connections } = await told<{ connections: readonly { pending_bytes: number }[] }>("connz");
      const wasCut = slow > cut;
      cut = slow;
      return wasCut ? 1 : Math.max(0, ...connections.map(({ pending_bytes: bytes }) => bytes)) / maxPendingBytes;
    },
  };
}

/** Calls at their times whatever is answered. */
async function load(port: number, seed: number, plant: Plant, forMs: number): Promise<{ sent: number; answered: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  const chance = new Stream(seed, "stage", plant.what);
  const began = performance.now();
  let [sent, answered] = [0, 0];
  for (let at = chance.exponential(1_000 / callsPerS); at < forMs; at += chance.exponential(1_000 / callsPerS)) {
    const wait = began + at - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const key = plant.hotShare !== undefined && chance.chance(plant.hotShare) ? "hot" : `k${chance.index(keys)}`;
    sent += 1;
    request({ agent, host: "127.0.0.1", port, path: `/${key}` }, (response) => {
      if (response.statusCode === 204) answered += 1;
      response.resume();
    }).on("error", () => {}).end();
  }
  agent.destroy();
  return { sent, answered };
}

const asked = (child: ChildProcess): Promise<Rankable[]> => ask(child, "used");

async function planted(seed: number, plant: Plant, measureMs: number): Promise<validation.BottleneckFound> {
  const cluster = await scratchCluster({ redis: true });
  try {
    const folder = join(cluster.env["DATA_DIR"] ?? "", "stage");
    await mkdir(folder, { recursive: true });
    const nats = await natsServer(folder, nkeys.fromSeed(new TextEncoder().encode(cluster.env["NATS_NKEY_SEED"])).getPublicKey(), plant.maxPendingBytes ?? usualPendingBytes);
    cluster.onClose(() => nats.stop());
    const redis = new URL(cluster.env["REDIS_URL"] ?? "");
    const redisProxy = await slowProxy(Number(redis.port), plant.redis ?? {});
    cluster.onClose(() => redisProxy.close());
    redis.port = String(redisProxy.port);
    const liveProxy = await slowProxy(nats.port, plant.live ?? {});
    cluster.onClose(() => liveProxy.close());
    const order: StageOrder = { ...usual, ...plant.order, natsUrl: `nats://127.0.0.1:${nats.port}`, liveUrl: `nats://127.0.0.1:${liveProxy.port}`, redisUrl: redis.href };
    const fork = (file: string, name: string) => cluster.fork(new URL(file, import.meta.url), name, [JSON.stringify(order)]);
    const nodes = await Promise.all(["node-1", "node-2"].map((name) => fork("stage-node.ts", name)));
    const { child: gateway, up } = await fork("stage-gateway.ts", "gateway");
    const children = [gateway, ...nodes.map(({ child }) => child)];
    const warmUpMs = measureMs / 4;
    const loading = load((up as { port: number }).port, seed, plant, warmUpMs + measureMs);
    await new Promise((resolve) => setTimeout(resolve, warmUpMs));
    await Promise.all(children.map(asked));
    const servers = { NATS: nats.pid, Redis: cluster.servers["redis"] ?? 0 };
    const processes = new Processes(() => servers);
    const pending: number[] = [];
    const watching = setInterval(() => void nats.pending().then((part) => pending.push(part), () => undefined), 250).unref();
    const done = await loading;
    clearInterval(watching);
    const { cores } = processes.sample();
    const ranking = firstToBreak([
      ...(await Promise.all(children.map(asked))).flat(),
      // Not a queue but a limit: who reaches it once is cut off.
      used("NATS, pending bytes of a listener", Math.max(0, ...pending)),
      ...Object.keys(servers).map((name) => used(`${name}, CPU`, Math.min(1, cores[name] ?? 0))),
    ]);
    for (const child of children) child.kill("SIGKILL");
    return { what: plant.what, expected: plant.expected, ranking, isFirst: ranking[0]?.name.includes(plant.expected) === true, ...done };
  } finally {
    await cluster.close();
  }
}

export async function bottlenecks(seed: number, measureMs: number, say: (line: string) => void): Promise<readonly validation.BottleneckFound[]> {
  const results: validation.BottleneckFound[] = [];
  for (const plant of plants) {
    const result = await planted(seed, plant, measureMs);
    results.push(result);
    say(`${plant.what}: ${result.ranking.slice(0, 3).map(({ name, meanUtilisation, meanQueue }) => `${name} ${meanUtilisation.toFixed(2)} (${meanQueue.toFixed(1)})`).join("; ")}; ${result.answered} of ${result.sent} answered`);
  }
  return results;
}
