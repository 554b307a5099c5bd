/**
 * The simulation engine: events per CPU-second with 1,000 to 100,000 pending, beside a bare priority queue that does nothing with what it
 * takes out; memory of an idle session; and queues of 3 million customers beside their closed forms.
 * `--customers N` and `--seed N` change the latter, `--speed` leaves them out.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import FlatQueue from "flatqueue";
import { exponential, runReplications, Simulation } from "../../simulations/engine/index.ts";
import { check, queues } from "../../simulations/engine/testing/queues.ts";
import { Stream } from "../../simulations/random/index.ts";
import { machine, percentile, round, type BenchCase, type BenchResult } from "./result.ts";

const events = 2_000_000;
const rounds = 5;
const goalPerS = 5e6;
const goalSessionBytes = 200;
const goalError = 0.01;
/** Of the p99 of M/M/1 at rho 0.8, which is a tail. */
const goalTailError = 0.015;
const replications = 16;

export async function bench({ args }: { args: string[] }): Promise<BenchResult> {
  const before = machine();
  const option = (name: string, unless: number) => (args.includes(name) ? Number(args[args.indexOf(name) + 1]) : unless);
  const results: BenchCase[] = [];
  for (const pending of [1_000, 10_000, 100_000]) {
    const goal = pending === 1_000 ? goalPerS : null;
    results.push(rate(`timers, ${pending} pending, beside flatqueue`, () => timers(pending), () => bareQueue(pending), goal));
  }
  results.push(rate("M/M/1 with wait and sojourn recorded", () => station(true), undefined, goalPerS));
  results.push(rate("M/M/1 with counts and levels alone", () => station(false), undefined, null));
  const bytes = sessionBytes();
  results.push({ case: "an idle session: one timer and an object of four numbers", ours: bytes, limit: null, unit: "bytes", ratio: null, goal: goalSessionBytes, met: bytes <= goalSessionBytes });
  if (!args.includes("--speed")) for (const queue of Object.keys(queues)) results.push(...(await beside(queue, option("--customers", 3e6), option("--seed", 1))));
  return { bench: "engine", machine: before, results };
}

const cpuS = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function rate(name: string, ours: () => number, limit: (() => number) | undefined, goal: number | null): BenchCase {
  // Side by side, so that both see the machine as it is; the first round is for the compiler.
  const pairs = Array.from({ length: rounds + 1 }, () => [ours(), limit?.() ?? Number.NaN] as const).slice(1);
  const perS = Math.round(percentile(pairs.map(([one]) => one), 0.5));
  const limitPerS = Math.round(percentile(pairs.map(([, other]) => other), 0.5));
  const beside = limit === undefined ? { limit: null, ratio: null } : { limit: limitPerS, ratio: round(perS / limitPerS) };
  return { case: name, ours: perS, unit: "events per CPU-second", ...beside, goal, met: goal === null ? null : perS >= goal };
}

/** Each event asks for another after an exponential time. */
function timers(pending: number): number {
  const simulation = new Simulation({ seed: 1 });
  const delays = simulation.stream("delays");
  const again = (timer: number) => simulation.after(delays.exponential(1), again, timer);
  for (let timer = 0; timer < pending; timer++) again(timer);
  const started = cpuS();
  simulation.run({ untilS: events / pending });
  return simulation.events / (cpuS() - started);
}

function bareQueue(pending: number): number {
  const queue = new FlatQueue();
  const delays = new Stream(1, "delays");
  for (let timer = 0; timer < pending; timer++) queue.push(timer, delays.exponential(1));
  const started = cpuS();
  for (let n = 0; n < events; n++) {
    const nowS = queue.peekValue() ?? 0;
    queue.push(queue.pop() ?? 0, nowS + delays.exponential(1));
  }
  return events / (cpuS() - started);
}

function station(latencies: boolean): number {
  const simulation = new Simulation({ seed: 1 });
  const node = simulation.station<number>({ name: "node", service: exponential(1), latencies });
  simulation.source({ name: "calls", gap: exponential(1 / 0.8), count: events / 2, arrive: (call) => node.enter(call, ignore) });
  const started = cpuS();
  simulation.run();
  return simulation.events / (cpuS() - started);
}

const ignore = () => undefined;
const wake = (session: { chunk: number }) => void session.chunk++;

function sessionBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const sessions = 1_000_000;
  const simulation = new Simulation({ seed: 1 });
  const used = () => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  for (let n = 0; n < sessions; n++) simulation.after(1 + n * 1e-6, wake, { chunk: n, track: n, bufferedMs: 0, tier: 1 });
  const bytes = Math.round((used() - before) / sessions);
  simulation.run();
  return bytes;
}

async function beside(queue: string, customers: number, seed: number): Promise<BenchCase[]> {
  const module = new URL("../../simulations/engine/testing/queues.ts", import.meta.url);
  const both = await runReplications({ module, seed, replications, workers: 0, input: { queue, customers, replications } });
  return check(queue, both).map(({ name, expected, value, interval, error, isInside }) => {
    const goal = name.includes("p99") ? goalTailError : goalError;
    const [low = Number.NaN, high = Number.NaN] = interval ?? [];
    return {
      case: `${name}, 99 % interval ${low.toFixed(4)} to ${high.toFixed(4)}`,
      ours: Math.round(value * 1e4) / 1e4,
      limit: Math.round(expected * 1e4) / 1e4,
      unit: name.includes("share") ? "share" : "s",
      ratio: Math.round((1 + error) * 1e4) / 1e4,
      goal: `error at most ${goal * 100} %, closed form inside the interval`,
      met: Math.abs(error) <= goal && isInside === true,
    };
  });
}
