/**
 * `npm run bench -- costs [OPERATION ...] [--seconds 2.5] [--rounds 2]`: CPU of one operation in each process that has a part in it: a gateway,
 * a node with every service, NATS, Redis and PostgreSQL, as processes of their own on this machine (`npm run simulate`'s cluster). Each
 * operation is driven alone, at even times whatever the service does, at rates that double until a process is full. By process:
 *
 *   ours    us of CPU for an operation where that process is busy for 0.6 of a core (what a plan provides for), or as busy as it became
 *   limit   where it is busy for 0.3: more wake-ups, fewer of them shared
 *
 * Between two rates by a line; medians of rounds; what the same processes use while nobody asks is taken off. "Straight" are calls over NATS
 * without a gateway, for what a node takes when it is the busiest. On loopback the receiver's part of a byte's way is counted with the
 * sender: chunks cost less behind a network card. Inputs of the planner (simulations/planner/inputs/costs.ts).
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { simulatedCluster } from "../../commands/simulate/cluster.ts";
import { operations, type CostsOrder, type Driven, type Operation } from "./costs-client.ts";
import { familyCpuS } from "../../simulations/live/index.ts";
import { machine, percentile, round, type BenchCase, type BenchResult } from "./result.ts";
import { ask, cpuSecondsOf } from "./told.ts";

const users = 200;
const busy = { low: 0.3, high: 0.6 } as const;
const full = 0.85;
/** Calls that wait longer than this wait behind one another: that rate was too much. */
const lateMs = 100;
const [firstPerSecond, tryMs, warmMs, idleMs] = [50, 1_500, 5_000, 5_000];
/** Of a core, with the rate that a sweep begins with. */
const firstBusy = 0.1;
/** What costs less than this for an operation has no part in it. */
const leastUs = 1;

type Costs = Readonly<Record<string, number>>;

interface Step extends Driven {
  readonly us: Costs;
  /** Cores. */
  readonly used: Costs;
}

export async function bench(options: { json: boolean; args: string[] }): Promise<BenchResult> {
  const { values, positionals } = parseArgs({ args: options.args, allowPositionals: true, options: { seconds: { type: "string", default: "2.5" }, rounds: { type: "string", default: "2" } } });
  const [ms, rounds] = [Number(values.seconds) * 1_000, Number(values.rounds)];
  const asked = operations.filter((name) => positionals.length === 0 || positionals.includes(name));
  if (asked.length < positionals.length || !(ms > 0) || !(Number.isInteger(rounds) && rounds > 0)) throw new RangeError(`operations are ${operations.join(", ")}; --seconds is above 0, --rounds a whole number from 1`);
  const say = (line: string) => {
    if (!options.json) console.log(line);
  };
  const on = machine();
  const cluster = await simulatedCluster({ nodes: 1, gateways: 1, users }, say);
  const { urls, tokens, tracks, processes } = cluster.target;
  // It is a node too, one without services.
  const client = fork(new URL("costs-client.ts", import.meta.url), { env: { PATH: process.env["PATH"] ?? "", ...cluster.env, NODE_ID: "client" }, execArgv: ["--disable-warning=ExperimentalWarning"], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  try {
    const used = (): Costs => ({ ...Object.fromEntries(Object.entries(processes).map(([name, { pid }]) => [name.replace("-1", ""), cpuSecondsOf(pid)])), postgresql: familyCpuS(processes["postgresql"]?.pid ?? 0) });
    const tell = <Answer>(order: CostsOrder) => ask<Answer>(client, order);
    say(`${await tell<number>({ do: "connect", url: urls[0] ?? "", tokens, trackIds: tracks.map(({ trackId }) => trackId) })} listeners are connected`);
    const idle = await meter(used, () => pause(idleMs));
    const drive = async (operation: Operation, perSecond: number, forMs: number): Promise<Step> => {
      const { answer, cores, seconds } = await meter(used, () => tell<Driven>({ do: "drive", operation, perSecond, ms: forMs }));
      const own = Object.fromEntries(Object.entries(cores).map(([name, value]) => [name, Math.max(0, value - (idle.cores[name] ?? 0))]));
      return { ...answer, used: own, us: Object.fromEntries(Object.entries(own).map(([name, value]) => [name, (value * seconds * 1e6) / answer.sent])) };
    };
    const results: BenchCase[] = [];
    for (const operation of asked) {
      const sweeps: Step[][] = [];
      for (let n = 0; n < rounds; n++) sweeps.push(await sweep((perSecond, forMs) => drive(operation, perSecond, forMs), n === 0, ms));
      for (const { perSecond, p99Ms, cpu, used: cores, pushes } of sweeps.flat()) say(`    ${operation} ${Math.round(perSecond)}/s: p99 ${round(p99Ms)} ms, client ${round(cpu)}, ${Object.entries(cores).map(([name, value]) => `${name} ${round(value)}`).join(", ")}${pushes === 0 ? "" : `, ${pushes} pushes`}`);
      const cases = casesOf(operation, sweeps);
      for (const { case: name, ours, limit } of cases) say(`${name}: ${ours} us, ${limit} when it is hardly busy`);
      results.push(...cases);
    }
    return { bench: "costs", machine: on, results };
  } finally {
    const gone = once(client, "exit");
    client.kill();
    await gone;
    await cluster.close();
  }
}

async function meter<Answer>(used: () => Costs, work: () => Promise<Answer>): Promise<{ readonly answer: Answer; readonly cores: Costs; readonly seconds: number }> {
  const [before, started] = [used(), performance.now()];
  const answer = await work();
  const seconds = (performance.now() - started) / 1_000;
  const after = used();
  return { answer, seconds, cores: Object.fromEntries(Object.entries(after).map(([name, value]) => [name, (value - (before[name] ?? 0)) / seconds])) };
}

/** One operation at doubling rates, until a process is full or answers are late. */
async function sweep(drive: (perSecond: number, ms: number) => Promise<Step>, isFirst: boolean, ms: number): Promise<Step[]> {
  const busiest = ({ used }: Step): number => Math.max(...Object.values(used));
  const first = await drive(firstPerSecond, tryMs);
  // Until the code is hot, its cost is that of compiling it.
  if (isFirst) await drive((firstPerSecond * busy.high) / Math.max(0.001, busiest(first)), warmMs);
  const steps: Step[] = [];
  for (let perSecond = (firstPerSecond * firstBusy) / Math.max(0.001, busiest(first)); ; perSecond *= 2) {
    const step = await drive(perSecond, ms);
    if (steps.length > 0 && (step.p50Ms > lateMs || step.failure !== null)) return steps;
    if (step.failure !== null) throw new Error(`an answer was ${step.failure}`);
    steps.push(step);
    if (busiest(step) > full) return steps;
  }
}

/** What a process takes for an operation where it is busy for so much of a core; at the nearest rate where it never was. */
function usAt(steps: readonly Step[], name: string, level: number): number {
  const points = steps.map(({ used, us }) => ({ used: used[name] ?? 0, us: us[name] ?? 0 })).toSorted((one, other) => one.used - other.used);
  const above = points.findIndex(({ used }) => used >= level);
  const [left, right] = [points[above - 1], points[above]];
  if (right === undefined) return points.at(-1)?.us ?? Number.NaN;
  return left === undefined ? right.us : left.us + ((right.us - left.us) * (level - left.used)) / (right.used - left.used);
}

function casesOf(operation: Operation, sweeps: readonly (readonly Step[])[]): BenchCase[] {
  const median = (name: string, level: number): number => round(percentile(sweeps.map((steps) => usAt(steps, name, level)), 0.5));
  return Object.keys(sweeps[0]?.[0]?.us ?? {}).flatMap((name): BenchCase[] => {
    const [ours, limit] = [median(name, busy.high), median(name, busy.low)];
    return ours < leastUs ? [] : [{ case: `${operation}: ${name}`, ours, limit, unit: "us", ratio: round(ours / limit), goal: null, met: null }];
  });
}
