/**
 * `npm run bench -- generator`: what one generator process of a live run can do, at real targets over NATS with nkeys.
 *
 *   rated rate     calls per second of the generator's CPU time, of an actor and of a plain action on another node, in an open Poisson loop
 *   at 70 % of it  and of the 15,000/s that are asked of a core (goals G9, G10): send lag, beside that of a loop that
 *                  has nothing to do at its times, and what the machine's host took of its cores meanwhile; the rate that was offered beside the one asked for
 *   a freeze       the target is stopped (SIGSTOP) for 1.0 s in 30 s at 1,000 calls a second: what an open loop tells of it, beside what the target noted by
 *                  its own clock, and beside the closed form, L_p = D - (1 - p) T, of a target that has caught up the moment it goes on. Beside it what a
 *                  closed loop says of the same freeze: a warning, not a figure to use
 *   a replay       gaps between the acts of a recorded log as they leave, beside the recording's
 *   sockets        held by one process at a real gateway
 *
 * CPU is the generator process's own time; generator, target and servers share this machine's cores, the generator before the others where it may.
 */
import type { ChildProcess } from "node:child_process";
import { setPriority } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { scratchCluster, type ScratchCluster } from "../../commands/cluster/servers.ts";
import { loadKeys } from "../../keys.ts";
import { loadConfig } from "../../config.ts";
import { arrivals } from "../../simulations/arrivals/index.ts";
import { callAt, goFirst, hostCpuS, Pacer } from "../../simulations/live/index.ts";
import { Stream } from "../../simulations/random/index.ts";
import { histogramOf, mergedTotal, Recorder } from "../../simulations/run/index.ts";
import type { Connected, Loaded, LoadOrder, Replayed } from "./generator-load.ts";
import { tokens } from "./presence-people.ts";
import { machine, medianRound, percentile, round, type BenchCase, type BenchResult } from "./result.ts";
import { ask } from "./told.ts";

/** Goals of the generator: of each core, of timing, and of what is held open. */
const goals = { callsPerS: 15_000, lagP99Ms: 2, rateError: 0.005, sockets: 5_000, freezeError: 0.03, freezeP95Ms: 5, gapP99Ms: 5 } as const;
const freeze = { ratePerS: 1_000, ofS: 30, stoppedS: 1, atS: 10 } as const;
const rounds = 3;
const warmUpS = 4;
const roundS = 5;
const ratedPart = 0.7;
/** Actors that are called. */
const names = 1_000;
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
      await run({ do: "open", action, type: "poisson", ratePerS: goals.callsPerS, forS: warmUpS, seed: 1, names });
      const all: { perSecond: number; loaded: Loaded }[] = [];
      for (let seed = 2; seed < 2 + rounds; seed++) {
        const loaded = await run({ do: "open", action, type: "poisson", ratePerS: goals.callsPerS, forS: roundS, seed, names });
        all.push({ perSecond: loaded.calls / loaded.cpuS, loaded });
        say(`${what}: ${Math.round(loaded.calls / loaded.cpuS)} calls per CPU second`);
      }
      const { perSecond } = medianRound(all);
      rated[action] = perSecond;
      results.push({ case: `rated rate: calls of ${what}, per second of the generator's CPU`, ours: Math.round(perSecond), limit: null, unit: "calls/s", ratio: null, goal: goals.callsPerS, met: perSecond >= goals.callsPerS });
    }
    results.push(...(await steady(run, "the rate that is asked of a core", goals.callsPerS, say)));
    results.push(...(await steady(run, "the rated rate", rated["counter.value"] ?? 0, say)));
    results.push(...(await frozen(run, node.child, say)));
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
  const before = hostCpuS();
  const [{ recorded, calls, cpuS }, empty] = await Promise.all([run({ do: "open", action: "counter.value", type: "poisson", ratePerS, forS, seed: 11, names }), emptyLoop(forS)]);
  const after = hostCpuS();
  const { operations, sendLag } = mergedTotal([recorded]);
  const { latency, done } = operations["call"] ?? { latency: { p50Ms: Number.NaN, p99Ms: Number.NaN }, done: 0 };
  const error = Math.abs(calls / forS / ratePerS - 1);
  const stolen = before === undefined || after === undefined ? Number.NaN : (after.stolenS - before.stolenS) / (after.busyS - before.busyS);
  say(`${ratePerS}/s offered: send lag p50 ${sendLag.p50Ms} p99 ${sendLag.p99Ms} ms (a loop with nothing to do: ${empty.p50Ms} and ${empty.p99Ms}), ${Math.round((cpuS / forS) * 100)} % of a core, ${done} of ${calls} answered, host took ${(stolen * 100).toFixed(1)} %`);
  return [
    { case: `send lag at 70 % of ${what} (${ratePerS} calls of an actor a second), p99, beside a loop with nothing to do`, ours: round(sendLag.p99Ms), limit: round(empty.p99Ms), unit: "ms", ratio: round(sendLag.p99Ms / empty.p99Ms), p50Ms: round(sendLag.p50Ms), p99Ms: round(sendLag.p99Ms), goal: goals.lagP99Ms, met: sendLag.p99Ms <= goals.lagP99Ms },
    { case: `${ratePerS}/s: time at work that the machine's host took for others`, ours: round(stolen * 100), limit: null, unit: "%", ratio: null, goal: null, met: null },
    { case: `${ratePerS}/s: offered beside asked for, ${forS} s`, ours: round(calls / forS), limit: ratePerS, unit: "calls/s", ratio: calls / forS / ratePerS, p50Ms: latency.p50Ms, p99Ms: latency.p99Ms, goal: "within 0.5 %", met: error <= goals.rateError },
  ];
}

/** Send lag of this process, which does nothing else: its own timers and the machine under it are the least that any generator is late. */
async function emptyLoop(forS: number): Promise<{ readonly p50Ms: number; readonly p99Ms: number }> {
  const startsAt = performance.now() + startMs;
  const recorder = new Recorder(() => performance.now(), 0);
  function* times(): Generator<number> {
    for (const atMs of arrivals({ type: "poisson", ratePerS: 1_000 }, new Stream(12, "calls"), { untilMs: forS * 1_000 })) yield startsAt + atMs;
  }
  goFirst();
  await callAt({ pacer: new Pacer(), recorder, kind: "call", timesMs: times(), call: (_n, done) => queueMicrotask(() => done("ok")) });
  setPriority(0);
  return mergedTotal([recorder.total()]).sendLag;
}

/**
 * One target, stopped and let go: what the generator tells beside what the target did by its own clock, of the middle one of some freezes. The closed form
 * takes what waited to be answered in no time; a real target takes some, which its own times have in them: a miss of the closed form alone is the target's.
 */
async function frozen(run: Run, node: ChildProcess, say: (line: string) => void): Promise<BenchCase[]> {
  const { ratePerS, ofS, stoppedS, atS } = freeze;
  const order = { do: "open", action: "plain.after", type: "constant", ratePerS, forS: ofS, seed: 22, names: ratePerS * ofS } as const;
  const intended = [...arrivals(order, new Stream(order.seed, "calls"), { untilMs: ofS * 1_000 })];
  const closedForm = (p: number, stoppedMs: number) => stoppedMs - (1 - p) * ofS * 1_000;
  const withFreeze = async (body: LoadBody) => {
    await ask(node, "answered at");
    const running = run(body);
    await pause(startMs + atS * 1_000);
    node.kill("SIGSTOP");
    const stoppedAt = performance.now();
    await pause(stoppedS * 1_000);
    node.kill("SIGCONT");
    const stoppedMs = performance.now() - stoppedAt;
    const { recorded, beganAt } = await running;
    const latencies = histogramOf([recorded.kinds["call"]?.latency ?? ""]);
    return { stoppedMs, told: (p: number) => latencies.getValueAtPercentile(p * 100) / 1_000, beganAt, answeredAt: await ask<Record<string, number>>(node, "answered at") };
  };
  const freezes: ((p: number) => { ours: number; did: number; form: number })[] = [];
  // As fast as after a freeze, when all that waited comes at once.
  await run({ ...order, ratePerS: goals.callsPerS, forS: warmUpS, seed: 21 });
  for (let round = 0; round < rounds; round++) {
    const { stoppedMs, told, beganAt, answeredAt } = await withFreeze(order);
    const took = intended.map((atMs, n) => (answeredAt[`c${n}`] ?? Number.NaN) - beganAt - atMs);
    if (!took.every(Number.isFinite)) throw new Error("the target did not answer every call");
    freezes.push((p) => ({ ours: told(p), did: percentile(took, p), form: closedForm(p, stoppedMs) }));
    say(`frozen for ${stoppedMs.toFixed(1)} ms: p99 ${told(0.99)} ms told, ${percentile(took, 0.99).toFixed(1)} ms at the target`);
  }
  const closed = await withFreeze({ do: "closed", action: "plain.after", forS: ofS });
  const what = `frozen ${stoppedS} s of ${ofS} s`;
  const beside = (name: string, p: number): BenchCase[] => {
    const { ours, did, form } = freezes.map((of) => of(p)).toSorted((a, b) => a.ours / a.did - b.ours / b.did)[Math.floor(rounds / 2)] ?? { ours: Number.NaN, did: Number.NaN, form: Number.NaN };
    return [["what the target did", did] as const, ["the closed form of a target that catches up in no time", form] as const].map(([truth, limit]) => (
      { case: `${what}, open loop: ${name}, beside ${truth}`, ours: round(ours), limit: round(limit), unit: "ms", ratio: round(ours / limit), goal: "within 3 %", met: Math.abs(ours / limit - 1) <= goals.freezeError }
    ));
  };
  const p95 = (of: (at: { readonly ours: number; readonly did: number }) => number) => percentile(freezes.map((at) => of(at(0.95))), 0.5);
  const [p95Ms, didMs] = [p95(({ ours }) => ours), p95(({ did }) => did)];
  return [
    { case: `${what}, open loop: p95, beside what the target did`, ours: round(p95Ms), limit: round(didMs), unit: "ms", ratio: round(p95Ms / didMs), goal: goals.freezeP95Ms, met: p95Ms <= goals.freezeP95Ms },
    ...beside("p99", 0.99), ...beside("p99.9", 0.999),
    { case: "the same freeze as a closed loop of one caller tells it: p99 (it waits with the service, and so does not see)", ours: round(closed.told(0.99)), limit: round(closedForm(0.99, closed.stoppedMs)), unit: "ms", ratio: round(closed.told(0.99) / closedForm(0.99, closed.stoppedMs)), goal: null, met: null },
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

async function held(cluster: ScratchCluster, load: Parameters<typeof ask>[0], say: (line: string) => void): Promise<BenchCase> {
  await cluster.fork(new URL("presence-node.ts", import.meta.url), "presence");
  const { up } = await cluster.fork(new URL("presence-gateway.ts", import.meta.url), "gateway");
  const keys = await loadKeys(loadConfig({ ...cluster.env, NODE_ID: "bench" }));
  const made = await tokens(Array.from({ length: goals.sockets }, (_, n) => `held-${n}`), keys.tokens.privateKey);
  const { open, openMs, cpuS, bytes, heldCpu } = await ask<Connected>(load, { do: "sockets", url: (up as { url: string }).url, tokens: made, holdS: 30 } satisfies LoadOrder);
  say(`${open} sockets open after ${Math.round(openMs)} ms, ${round(cpuS)} CPU s, ${Math.round(bytes / 1_024)} KiB each, ${round(heldCpu * 100)} % of a core to hold them`);
  return { case: "sockets held for 30 s by one generator process, each with a topic", ours: open, limit: null, unit: "sockets", ratio: null, goal: goals.sockets, met: open >= goals.sockets };
}
