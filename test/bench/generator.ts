/**
 * `npm run bench -- generator`: what one generator process of a live run can do, at real targets over NATS with nkeys.
 *
 *   rated rate     calls per second of the generator's CPU time, of an actor and of a plain action on another node, in an open Poisson loop
 *   at 70 % of it  and of the 15,000/s that are asked of a core (goals G9, G10): send lag, and the rate that was offered beside the one that was asked for
 *   a freeze       the target is stopped (SIGSTOP) for 1.0 s in 30 s at 1,000 calls a second: percentiles have a closed form, L_p = D - (1 - p) T, which
 *                  an open loop must show. Beside it what a closed loop says of the same freeze: a warning, not a figure to use
 *   a replay       gaps between the acts of a recorded log as they leave, beside the recording's
 *   sockets        held by one process at a real gateway
 *
 * CPU is the generator process's own time; generator, target and servers share this machine's cores, the generator before the others where it may.
 */
import { setTimeout as pause } from "node:timers/promises";
import { scratchCluster, type ScratchCluster } from "../../commands/cluster/servers.ts";
import { loadKeys } from "../../keys.ts";
import { loadConfig } from "../../config.ts";
import { Stream } from "../../simulations/random/index.ts";
import { histogramOf, mergedTotal, Recorder } from "../../simulations/run/index.ts";
import type { Connected, Loaded, LoadOrder, Replayed } from "./generator-load.ts";
import { tokens } from "./presence-people.ts";
import { machine, medianRound, round, type BenchCase, type BenchResult } from "./result.ts";
import { ask } from "./told.ts";

/** Goals of the generator: of each core, of timing, and of what is held open. */
const goals = { callsPerS: 15_000, lagP99Ms: 2, rateError: 0.005, sockets: 5_000, freezeError: 0.03, freezeP95Ms: 5, gapP99Ms: 5 } as const;
const freeze = { ratePerS: 1_000, ofS: 30, stoppedS: 1, atS: 10 } as const;
const rounds = 3;
const warmUpS = 4;
const roundS = 5;
const ratedPart = 0.7;
/** So late does a run begin that every process has its order. */
const startMs = 300;

export async function bench(options: { json: boolean; args: string[] }): Promise<BenchResult> {
  const on = machine();
  const cluster = await scratchCluster({ redis: true });
  const say = (line: string) => void (options.json || console.log(line));
  try {
    const node = await cluster.fork(new URL("generator-node.ts", import.meta.url), "target");
    const { child: load } = await cluster.fork(new URL("generator-load.ts", import.meta.url), "load");
    const run = async (order: LoadBody): Promise<Loaded> => ask<Loaded>(load, { ...order, startAt: Date.now() + startMs });
    const results: BenchCase[] = [recorderCost()];
    const rated: Record<string, number> = {};
    for (const [what, action] of [["an actor", "counter.value"], ["a plain action", "plain.value"]] as const) {
      await run({ do: "open", action, type: "poisson", ratePerS: goals.callsPerS, forS: warmUpS, seed: 1 });
      const all: { perSecond: number; loaded: Loaded }[] = [];
      for (let seed = 2; seed < 2 + rounds; seed++) {
        const loaded = await run({ do: "open", action, type: "poisson", ratePerS: goals.callsPerS, forS: roundS, seed });
        all.push({ perSecond: loaded.calls / loaded.cpuS, loaded });
        say(`${what}: ${Math.round(loaded.calls / loaded.cpuS)} calls per CPU second`);
      }
      const { perSecond } = medianRound(all);
      rated[action] = perSecond;
      results.push({ case: `rated rate: calls of ${what}, per second of the generator's CPU`, ours: Math.round(perSecond), limit: null, unit: "calls/s", ratio: null, goal: goals.callsPerS, met: perSecond >= goals.callsPerS });
    }
    results.push(...(await steady(run, "the rate that is asked of a core", goals.callsPerS, say)));
    results.push(...(await steady(run, "the rated rate", rated["counter.value"] ?? 0, say)));
    results.push(...(await frozen(run, node.child.pid ?? 0, say)));
    results.push(...(await replays(load)));
    results.push(await held(cluster, load, say));
    return { bench: "generator", machine: on, results };
  } finally {
    await cluster.close();
  }
}

type LoadBody = Omit<Extract<LoadOrder, { do: "open" }>, "startAt"> | Omit<Extract<LoadOrder, { do: "closed" }>, "startAt">;
type Run = (order: LoadBody) => Promise<Loaded>;

/** Of one operation: begun, sent and ended. */
function recorderCost(): BenchCase {
  const operations = 200_000;
  const times = Array.from({ length: rounds }, () => {
    const recorder = new Recorder(() => performance.now(), 0);
    const chance = new Stream(1);
    const before = process.cpuUsage();
    for (let n = 0; n < operations; n++) {
      const operation = recorder.begin("call", performance.now() - chance.next() * 50);
      operation.sent();
      operation.end("ok");
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / operations;
  });
  return { case: "recording one operation, CPU", ours: round(times.toSorted((a, b) => a - b)[1] ?? 0), limit: null, unit: "us", ratio: null, goal: null, met: null };
}

async function steady(run: Run, what: string, rated: number, say: (line: string) => void): Promise<BenchCase[]> {
  const [ratePerS, forS] = [Math.floor(rated * ratedPart), 30];
  const { recorded, calls, cpuS } = await run({ do: "open", action: "counter.value", type: "poisson", ratePerS, forS, seed: 11 });
  const { operations, sendLag } = mergedTotal([recorded]);
  const { latency, done } = operations["call"] ?? { latency: { p50Ms: Number.NaN, p99Ms: Number.NaN }, done: 0 };
  const error = Math.abs(calls / forS / ratePerS - 1);
  say(`${ratePerS}/s offered: send lag p50 ${sendLag.p50Ms} p99 ${sendLag.p99Ms} ms, ${Math.round((cpuS / forS) * 100)} % of a core, ${done} of ${calls} answered`);
  return [
    { case: `send lag at 70 % of ${what} (${ratePerS} calls of an actor a second), p99`, ours: round(sendLag.p99Ms), limit: null, unit: "ms", ratio: null, p50Ms: round(sendLag.p50Ms), p99Ms: round(sendLag.p99Ms), goal: goals.lagP99Ms, met: sendLag.p99Ms <= goals.lagP99Ms },
    { case: `${ratePerS}/s: offered beside asked for, ${forS} s`, ours: round(calls / forS), limit: ratePerS, unit: "calls/s", ratio: calls / forS / ratePerS, p50Ms: latency.p50Ms, p99Ms: latency.p99Ms, goal: "within 0.5 %", met: error <= goals.rateError },
  ];
}

async function frozen(run: Run, pid: number, say: (line: string) => void): Promise<BenchCase[]> {
  const { ratePerS, ofS, stoppedS, atS } = freeze;
  const withFreeze = async (order: LoadBody) => {
    const running = run(order);
    await pause(startMs + atS * 1_000);
    process.kill(pid, "SIGSTOP");
    const stopped = performance.now();
    await pause(stoppedS * 1_000);
    process.kill(pid, "SIGCONT");
    say(`stopped for ${Math.round(performance.now() - stopped)} ms`);
    const { recorded } = await running;
    const latency = mergedTotal([recorded]).operations["call"]?.latency;
    if (latency === undefined) throw new Error("nothing was recorded");
    return { ...latency, p95Ms: p95Of(recorded) };
  };
  await run({ do: "open", action: "plain.after", type: "constant", ratePerS, forS: 3, seed: 21 });
  const open = await withFreeze({ do: "open", action: "plain.after", type: "constant", ratePerS, forS: ofS, seed: 22 });
  const truth = (p: number) => (stoppedS - (1 - p) * ofS) * 1_000;
  const beside = (name: string, ours: number, p: number): BenchCase => ({ case: `frozen ${stoppedS} s of ${ofS} s, open loop: ${name}`, ours: round(ours), limit: round(truth(p)), unit: "ms", ratio: round(ours / truth(p)), goal: "within 3 %", met: Math.abs(ours / truth(p) - 1) <= goals.freezeError });
  const closed = await withFreeze({ do: "closed", action: "plain.after", forS: ofS });
  return [
    { case: `frozen ${stoppedS} s of ${ofS} s, open loop: p95`, ours: round(open.p95Ms), limit: null, unit: "ms", ratio: null, goal: goals.freezeP95Ms, met: open.p95Ms <= goals.freezeP95Ms },
    beside("p99", open.p99Ms, 0.99), beside("p99.9", open.p999Ms, 0.999),
    { case: "the same freeze as a closed loop of one caller tells it: p99 (it waits with the service, and so does not see)", ours: round(closed.p99Ms), limit: round(truth(0.99)), unit: "ms", ratio: round(closed.p99Ms / truth(0.99)), goal: null, met: null },
  ];
}

async function replays(load: Parameters<typeof ask>[0]): Promise<BenchCase[]> {
  const cases: BenchCase[] = [];
  for (const { speed, users, forS } of [{ speed: 1, users: 2_000, forS: 30 }, { speed: 100, users: 200, forS: 10 }]) {
    const { acts, gapP50Ms, gapP99Ms } = await ask<Replayed>(load, { do: "replay", speed, users, forS } satisfies LoadOrder);
    cases.push({ case: `a log replayed at ${speed} times its speed (${acts} acts in ${forS} s): gaps beside the recording's, p99`, ours: gapP99Ms, limit: null, unit: "ms", ratio: null, p50Ms: gapP50Ms, p99Ms: gapP99Ms, goal: speed === 1 ? goals.gapP99Ms : null, met: speed === 1 ? gapP99Ms <= goals.gapP99Ms : null });
  }
  return cases;
}

const p95Of = ({ kinds }: Loaded["recorded"]): number => histogramOf([kinds["call"]?.latency ?? ""]).getValueAtPercentile(95) / 1_000;

async function held(cluster: ScratchCluster, load: Parameters<typeof ask>[0], say: (line: string) => void): Promise<BenchCase> {
  await cluster.fork(new URL("presence-node.ts", import.meta.url), "presence");
  const { up } = await cluster.fork(new URL("presence-gateway.ts", import.meta.url), "gateway");
  const keys = await loadKeys(loadConfig({ ...cluster.env, NODE_ID: "bench" }));
  const made = await tokens(Array.from({ length: goals.sockets }, (_, n) => `held-${n}`), keys.tokens.privateKey);
  const { open, openMs, cpuS, bytes, heldCpu } = await ask<Connected>(load, { do: "sockets", url: (up as { url: string }).url, tokens: made, holdS: 30 } satisfies LoadOrder);
  say(`${open} sockets open after ${Math.round(openMs)} ms, ${round(cpuS)} CPU s, ${Math.round(bytes / 1_024)} KiB each, ${round(heldCpu * 100)} % of a core to hold them`);
  return { case: "sockets held for 30 s by one generator process, each with a topic", ours: open, limit: null, unit: "sockets", ratio: null, goal: goals.sockets, met: open >= goals.sockets };
}
