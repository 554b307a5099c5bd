/**
 * `npm run bench -- actors`: what a call of an actor costs, beside what it cannot do without, in the same run and in turn.
 *
 *   remote query     counter.value on another node    limit: a plain Moleculer action there, same parameters and answer
 *   durable edit     counter.add on another node      limit: the bare pipeline there (bare.ts)
 *
 * Two processes (this one calls, actors-node.ts hosts) over NATS with nkeys, embedded PostgreSQL with fsync on. Rounds of both
 * alternate; figures are medians of rounds.
 */
import { randomUUID } from "node:crypto";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import { Bare } from "./bare.ts";
import { scratchCluster } from "../../commands/cluster/servers.ts";
import { machine, medianRound, percentile, round, type BenchCase, type BenchResult } from "./result.ts";

const rounds = 5;
const roundMs = 1_500;

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function bench(options: { json: boolean; args: string[] }): Promise<BenchResult> {
  const say = (line: string) => {
    if (!options.json) console.log(line);
  };
  const on = machine();
  const cluster = await scratchCluster();
  try {
    await cluster.fork(new URL("./actors-node.ts", import.meta.url), "host");
    const broker = new ServiceBroker(brokerOptions(loadConfig({ ...cluster.env, NODE_ID: "caller" })));
    await broker.start();
    cluster.onClose(() => broker.stop());
    await broker.waitForServices(["counter", "plain", "bare", "actors"]);
    const results = await measure(broker, say);
    return { bench: "actors", machine: on, results };
  } finally {
    await cluster.close();
  }
}

async function measure(broker: ServiceBroker, say: (line: string) => void): Promise<BenchCase[]> {
  const results: BenchCase[] = [];
  const value = (n: number) => broker.call("counter.value", { counterId: `c${n % 1_000}` });
  const plain = (n: number) => broker.call("plain.value", { counterId: `c${n % 1_000}` });
  for (const inFlight of [1, 64, 512]) {
    const [ours, limit] = await pair(inFlight, value, plain);
    say(`remote query, ${inFlight} in flight: ${Math.round(ours.perSecond)}/s, plain ${Math.round(limit.perSecond)}/s`);
    const byTime = inFlight === 1;
    const ratio = byTime ? ours.p50Ms / limit.p50Ms : ours.perSecond / limit.perSecond;
    results.push({
      case: `remote query, ${inFlight} in flight, against a plain remote call${byTime ? " (median time)" : ""}`,
      ours: byTime ? round(ours.p50Ms) : Math.round(ours.perSecond), limit: byTime ? round(limit.p50Ms) : Math.round(limit.perSecond), unit: byTime ? "ms" : "calls/s",
      ratio: round(ratio), p50Ms: round(ours.p50Ms), p99Ms: round(ours.p99Ms), goal: byTime ? "ratio <= 1.2" : "ratio >= 1", met: byTime ? ratio <= 1.2 : ratio >= 1,
    });
  }
  for (const [name, lists] of [["10,000 actors", 10_000], ["one hot actor", 1]] as const) {
    for (const inFlight of [1, 64, 512]) {
      const add = () => broker.call("counter.add", { counterId: `e${Math.floor(Math.random() * lists)}`, opId: randomUUID(), amount: 1 });
      const bare = new Bare(broker);
      const [ours, limit] = await pair(inFlight, add, () => bare.edit({ counterId: `e${Math.floor(Math.random() * lists)}`, opId: randomUUID(), amount: 1 }));
      const ratio = ours.perSecond / limit.perSecond;
      say(`durable edit, ${name}, ${inFlight} in flight: ${Math.round(ours.perSecond)}/s, bare ${Math.round(limit.perSecond)}/s`);
      results.push({
        case: `durable edit, ${name}, ${inFlight} in flight, against the bare pipeline`, ours: Math.round(ours.perSecond), limit: Math.round(limit.perSecond), unit: "edits/s",
        ratio: round(ratio), p50Ms: round(ours.p50Ms), p99Ms: round(ours.p99Ms), goal: null, met: null,
      });
    }
  }
  return results;
}

/** Rounds of both in turn; the median round of each by rate. */
async function pair(inFlight: number, ours: (n: number) => Promise<unknown>, limit: (n: number) => Promise<unknown>): Promise<[Measured, Measured]> {
  await closedLoop(inFlight, ours, 500);
  await closedLoop(inFlight, limit, 500);
  const all: [Measured[], Measured[]] = [[], []];
  for (let n = 0; n < rounds; n++) {
    all[0].push(await closedLoop(inFlight, ours, roundMs));
    all[1].push(await closedLoop(inFlight, limit, roundMs));
  }
  return [medianRound(all[0]), medianRound(all[1])];
}

async function closedLoop(inFlight: number, call: (n: number) => Promise<unknown>, forMs: number): Promise<Measured> {
  const times: number[] = [];
  const started = performance.now();
  let n = 0;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (performance.now() - started < forMs) {
      const at = performance.now();
      await call(n++);
      times.push(performance.now() - at);
    }
  }));
  return { perSecond: times.length / ((performance.now() - started) / 1000), p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
}
