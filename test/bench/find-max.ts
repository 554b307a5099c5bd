/**
 * The search of the largest load within a bound (goal G13): pools of servers whose edge is known in closed form, 20 seeds each. Beside the
 * line through the shares, what two simpler ways make of the same steps: the middle of the bisection's last bracket, and an isotonic fit.
 * `--seeds N` changes how many.
 */
import { Stream } from "../../simulations/random/index.ts";
import { findMax, type Judged } from "../../simulations/saturation/index.ts";
import { poolCapacity, poolPiece, poolRule, type Pool } from "../../simulations/saturation/testing/queue.ts";
import { machine, percentile, type BenchCase, type BenchResult } from "./result.ts";

const pools: readonly Pool[] = [
  { servers: 1, serviceMs: 5, boundMs: 100, pieceS: 60 },
  { servers: 4, serviceMs: 20, boundMs: 150, pieceS: 60 },
  { servers: 16, serviceMs: 20, boundMs: 120, pieceS: 30 },
];
const piecesMost = 8;
const within = 0.05;
const goalPart = 0.95;

export async function bench({ args }: { args: string[] }): Promise<BenchResult> {
  const before = machine();
  const seeds = args.includes("--seeds") ? Number(args[args.indexOf("--seeds") + 1]) : 20;
  const results: BenchCase[] = [];
  for (const pool of pools) {
    const capacity = poolCapacity(pool);
    const found: Found[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      let pieces = 0;
      const { edge, steps } = await findMax({
        rules: [poolRule(pool)], begin: capacity / 13, most: capacity * 10, piecesMost, chance: new Stream(seed, "find-max"),
        measure: (load) => poolPiece(pool, load, seed, `piece ${pieces++}`),
      });
      found.push({
        error: (edge?.load ?? Number.NaN) / capacity - 1, holds: edge !== undefined && edge.low <= capacity && capacity <= edge.high, pieces, steps: steps.length,
        bracket: bracket(steps) / capacity - 1, isotonic: isotonic(steps) / capacity - 1,
      });
    }
    const name = `M/M/${pool.servers}, ${pool.serviceMs} ms, p99 < ${pool.boundMs} ms`;
    const near = (errors: readonly number[]) => errors.filter((error) => Math.abs(error) <= within).length;
    const median = (of: (one: Found) => number) => percentile(found.map(of), 0.5);
    const errors = found.map(({ error }) => error);
    results.push(
      { case: `${name}: searches within 5 % of ${capacity.toFixed(1)}/s, of ${seeds} (median ${median(({ steps }) => steps)} steps, ${median(({ pieces }) => pieces)} pieces of ${pool.pieceS} s)`, ours: near(errors), limit: null, unit: "searches", ratio: null, goal: Math.ceil(goalPart * seeds), met: near(errors) >= goalPart * seeds },
      { case: `${name}: error, root of the mean square, beside the bracket's middle`, ours: rms(errors), limit: rms(found.map((one) => one.bracket)), unit: "%", ratio: null, goal: null, met: null },
      { case: `${name}: the same beside an isotonic fit`, ours: rms(errors), limit: rms(found.map((one) => one.isotonic)), unit: "%", ratio: null, goal: null, met: null },
      { case: `${name}: intervals of 95 % that hold it, of ${seeds}`, ours: found.filter(({ holds }) => holds).length, limit: null, unit: "searches", ratio: null, goal: Math.ceil(goalPart * seeds), met: found.filter(({ holds }) => holds).length >= goalPart * seeds },
    );
  }
  return { bench: "find-max", machine: before, results };
}

interface Found {
  /** Relative, of the line, the bracket and the isotonic fit. */
  readonly error: number;
  readonly bracket: number;
  readonly isotonic: number;
  readonly holds: boolean;
  readonly pieces: number;
  readonly steps: number;
}

const rms = (errors: readonly number[]): number => Math.round(Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length) * 1e4) / 100;

/** Of the highest load that was borne and the lowest above it that was not. */
function bracket(steps: readonly Judged[]): number {
  const low = Math.max(...steps.filter(({ ok }) => ok).map(({ load }) => load));
  const above = steps.filter(({ ok, load }) => !ok && load > low).map(({ load }) => load);
  return above.length === 0 ? low : Math.sqrt(low * Math.min(...above));
}

/** Shares made to rise with load by pooling neighbours that do not (Ayer and others 1955); where their logarithm passes that of the share allowed. */
function isotonic(steps: readonly Judged[]): number {
  const pooled: { loads: number[]; beyond: number; of: number }[] = [];
  for (const { load, blocks } of steps.toSorted((one, other) => one.load - other.load)) {
    let last = { loads: [load], beyond: 0.5, of: 1 };
    for (const [broken] of blocks) last = { ...last, beyond: last.beyond + (broken?.beyond ?? 0), of: last.of + (broken?.of ?? 0) };
    for (let before = pooled.at(-1); before !== undefined && before.beyond / before.of > last.beyond / last.of; before = pooled.at(-1)) {
      pooled.pop();
      last = { loads: [...before.loads, ...last.loads], beyond: before.beyond + last.beyond, of: before.of + last.of };
    }
    pooled.push(last);
  }
  const allowed = steps[0]?.rules[0]?.rule.allowed ?? 0;
  const points = pooled.flatMap(({ loads, beyond, of }) => loads.map((load) => ({ load, height: Math.log(beyond / of / allowed) })));
  const at = points.findIndex(({ height }) => height > 0);
  const [low, high] = [points[at - 1], points[at]];
  if (low === undefined || high === undefined) return Number.NaN;
  return low.load + ((high.load - low.load) * -low.height) / (high.height - low.height);
}
