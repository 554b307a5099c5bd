/**
 * Uncertainty. A world is one draw of every input from its interval (triangular: most often near mid), each from a stream of its own, so that a
 * new interval leaves the draws of the others as they were. From the worlds come low and high of each answer, and the counts that one regrets least.
 */
import { Stream } from "../random/index.ts";
import { NoPlanError, type Evaluation, type Graph, type Interval } from "./graph.ts";
import type { HitRatios } from "./hit-ratios.ts";
import type { PlanRequest } from "./request.ts";

/** Quantity by quantity, its value in each world. */
export interface Worlds {
  readonly values: ReadonlyMap<string, Float64Array>;
  /** Draws for which there is no plan at all. */
  readonly impossible: number;
}

/** 5 %, 50 % and 95 % of the worlds. */
export interface Range {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** Inverse of the triangular distribution; `share` from 0 to 1. */
export function triangular({ low, mid, high }: Interval, share: number): number {
  if (high <= low) return mid;
  const turn = (mid - low) / (high - low);
  return share < turn ? low + Math.sqrt(share * (high - low) * (mid - low)) : high - Math.sqrt((1 - share) * (high - low) * (high - mid));
}

/** `names`: the quantities to keep. */
export function drawWorlds(graph: Graph, request: PlanRequest, hits: HitRatios, names: readonly string[]): Worlds {
  const streams = new Map(request.inputs.map(({ name }) => [name, new Stream(request.seed, "planner", name)]));
  const intervals = new Map(request.inputs.map(({ name, value }) => [name, value]));
  const kept: Evaluation[] = [];
  for (let n = 0; n < request.draws; n++) {
    const drawn = new Map([...streams].map(([name, stream]) => [name, stream.next()]));
    try {
      kept.push(graph.evaluate(({ name, value }) => triangular(intervals.get(name) ?? value, drawn.get(name) ?? 0.5), hits));
    } catch (error) {
      if (!(error instanceof NoPlanError)) throw error;
    }
  }
  return {
    values: new Map(names.map((name) => [name, Float64Array.from(kept, (one) => one.value(name))])),
    impossible: request.draws - kept.length,
  };
}

/** NaN when no world had a plan. */
export function rangeOf(values: Float64Array): Range {
  const sorted = values.toSorted();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return { low: at(0.05), median: at(0.5), high: at(0.95) };
}

/** Netflix's service-capacity-modeling: too much counts once, too little 1.25 times, both to the power of 1.2 (models/common.py at dc69307). */
const regret = { over: 1, under: 1.25, exponent: 1.2 };

/** Of the counts that some world needs, the one with the least mean regret over all worlds. Each kind for itself: a gateway too many answers no search. */
export function leastRegret(needs: Float64Array): number {
  const worlds = Map.groupBy(needs, (need) => need);
  const weights = [...worlds].map(([need, { length }]) => ({ need, length }));
  let best = { count: NaN, sum: Infinity };
  for (const { need: count } of weights.toSorted((one, other) => one.need - other.need)) {
    let sum = 0;
    for (const { need, length } of weights) sum += length * (count >= need ? regret.over * (count - need) : regret.under * (need - count)) ** regret.exponent;
    if (sum < best.sum) best = { count, sum };
  }
  return best.count;
}
