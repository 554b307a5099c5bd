/**
 * What chance alone could make of an operation's figures, by the bootstrap (Efron 1979). Neighbouring seconds are alike, so blocks of them
 * are drawn (Künsch 1989), and as two runs of a scenario have the same phases at the same times, the same blocks are drawn from both. Runs
 * without a histogram for each second are drawn from as if operations were independent of each other, which makes intervals too narrow.
 */
import type { Stream } from "../../random/index.ts";
import type { OperationResult, RunResult } from "../../run/index.ts";
import { bucketsOf, opened, quantile, type Buckets } from "../histograms.ts";
import { countedS } from "../runs.ts";

export interface Figures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly servedPerS: number;
  /** Refused or failed, as a part of what was offered. */
  readonly errors: number;
}

export type Method = "blocks" | "independent";

const mostBlocks = 60;
/** Fewer say too little of how blocks differ. */
const leastBlocks = 10;

export interface Resamples {
  readonly method: Method;
  /** Pairs of figures as they could have been. */
  readonly pairs: readonly (readonly [Figures, Figures])[];
}

export function figuresOf(run: RunResult, kind: string): Figures {
  const { offered, done, latency } = operationOf(run, kind);
  return { p50Ms: latency.p50Ms, p99Ms: latency.p99Ms, servedPerS: done / (countedS(run) || 1), errors: offered > 0 ? 1 - Math.min(1, done / offered) : 0 };
}

export function resamples(a: RunResult, b: RunResult, kind: string, count: number, chance: Stream): Resamples {
  const [one, other] = [secondsOf(a, kind), secondsOf(b, kind)];
  const seconds = Math.min(one?.length ?? 0, other?.length ?? 0);
  const lengthS = Math.ceil(seconds / mostBlocks);
  const blocks = lengthS === 0 ? 0 : Math.floor(seconds / lengthS);
  if (one === undefined || other === undefined || blocks < leastBlocks) {
    const whole = [bucketsOf(opened(operationOf(a, kind).histogram, kind)), bucketsOf(opened(operationOf(b, kind).histogram, kind))] as const;
    const pair = (): readonly [Figures, Figures] => [independent(a, kind, whole[0], chance), independent(b, kind, whole[1], chance)];
    return { method: "independent", pairs: Array.from({ length: count }, pair) };
  }
  const [first, second] = [blocksOf(one, blocks, lengthS), blocksOf(other, blocks, lengthS)];
  const pairs = Array.from({ length: count }, (): readonly [Figures, Figures] => {
    const drawn = Array.from({ length: blocks }, () => chance.index(blocks));
    return [summed(first, drawn, lengthS), summed(second, drawn, lengthS)];
  });
  return { method: "blocks", pairs };
}

interface Second {
  readonly buckets: Buckets;
  readonly offered: number;
  readonly done: number;
}

/** Undefined unless each counted second with something done has its histogram. */
function secondsOf(run: RunResult, kind: string): Second[] | undefined {
  const seconds: Second[] = [];
  for (const { atS, operations } of run.series) {
    const sampled = operations[kind];
    if (atS < run.warmUpS) continue;
    if (sampled === undefined || (sampled.done === 0 && sampled.histogram === undefined)) {
      seconds.push({ buckets: nothing, offered: sampled?.offered ?? 0, done: 0 });
      continue;
    }
    if (sampled.histogram === undefined) return undefined;
    seconds.push({ buckets: bucketsOf(opened(sampled.histogram, `series at ${atS} s, ${kind}`)), offered: sampled.offered, done: sampled.done });
  }
  return seconds;
}

const nothing: Buckets = { valuesMs: new Float64Array(), counts: new Float64Array(), total: 0 };

interface Blocks {
  readonly valuesMs: Float64Array;
  readonly each: readonly { readonly counts: Float64Array; readonly offered: number; readonly done: number }[];
}

function blocksOf(seconds: readonly Second[], blocks: number, lengthS: number): Blocks {
  const valuesMs = Float64Array.from(new Set(seconds.flatMap(({ buckets }) => [...buckets.valuesMs]))).toSorted();
  const place = new Map([...valuesMs].map((value, n) => [value, n]));
  const each = Array.from({ length: blocks }, (_, block) => {
    const counts = new Float64Array(valuesMs.length);
    let [offered, done] = [0, 0];
    for (const second of seconds.slice(block * lengthS, (block + 1) * lengthS)) {
      offered += second.offered;
      done += second.done;
      for (const [n, value] of second.buckets.valuesMs.entries()) {
        const at = place.get(value) ?? 0;
        counts[at] = (counts[at] ?? 0) + (second.buckets.counts[n] ?? 0);
      }
    }
    return { counts, offered, done };
  });
  return { valuesMs, each };
}

function summed({ valuesMs, each }: Blocks, drawn: readonly number[], lengthS: number): Figures {
  const counts = new Float64Array(valuesMs.length);
  let [offered, done, total] = [0, 0, 0];
  for (const block of drawn) {
    const one = each[block];
    if (one === undefined) continue;
    offered += one.offered;
    done += one.done;
    for (let n = 0; n < counts.length; n++) {
      const count = one.counts[n] ?? 0;
      counts[n] = (counts[n] ?? 0) + count;
      total += count;
    }
  }
  const buckets = { valuesMs, counts, total };
  return { p50Ms: quantile(buckets, 0.5), p99Ms: quantile(buckets, 0.99), servedPerS: done / (drawn.length * lengthS), errors: offered > 0 ? 1 - Math.min(1, done / offered) : 0 };
}

/** The quantile of a resample is the quantile at a fraction that itself varies, near enough normally (order statistics of many draws). */
function independent(run: RunResult, kind: string, buckets: Buckets, chance: Stream): Figures {
  const { offered, done } = operationOf(run, kind);
  const at = (fraction: number) => quantile(buckets, Math.min(1, Math.max(0, fraction + normal(chance) * Math.sqrt((fraction * (1 - fraction)) / Math.max(1, buckets.total)))));
  const errors = offered > 0 ? 1 - Math.min(1, done / offered) : 0;
  return {
    p50Ms: at(0.5), p99Ms: at(0.99),
    servedPerS: Math.max(0, done + normal(chance) * Math.sqrt(done)) / (countedS(run) || 1),
    errors: Math.max(0, errors + normal(chance) * Math.sqrt((errors * (1 - errors)) / Math.max(1, offered))),
  };
}

function operationOf(run: RunResult, kind: string): OperationResult {
  const operation = run.operations[kind];
  if (operation === undefined) throw new RangeError(`the run has no operation ${kind}`);
  return operation;
}

/** Box and Muller 1958. */
const normal = (chance: Stream) => Math.sqrt(-2 * Math.log(chance.positive())) * Math.cos(2 * Math.PI * chance.next());
