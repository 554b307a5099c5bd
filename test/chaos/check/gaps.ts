/**
 * Availability: how long nobody got an edit through to a shard while somebody tried. Not a promise broken by itself: the figures are reported
 * and held against the goals by whoever reads them.
 */
import type { Operation } from "../history.ts";

/** When a fault was felt (history's clock), and by which shards; undefined: by all. */
export interface Window {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  readonly shards: ReadonlySet<string> | undefined;
}

/** A time in which somebody waited and nobody was answered. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Of the longest gaps, one for each fault and each shard that felt it; ms. */
export interface Quantiles {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Every gap of every shard, in order. */
export function gapsOf(operations: readonly Operation[], shardOf: (subject: string) => string): Map<string, Gap[]> {
  return new Map([...Map.groupBy(operations, ({ subject }) => shardOf(subject))].map(([shard, own]) => [shard, gapsOfOne(own)]));
}

/** The longest gap of each shard, sorted; ms. */
export const longestOf = (gaps: ReadonlyMap<string, readonly Gap[]>): number[] => [...gaps.values()].map(longest).toSorted((a, b) => a - b);

/**
 * The longest gaps by kind of fault. A gap is counted for the first fault that it touches of those that its shard felt: what began when a node was killed is
 * that fault's, although it may end when the node is back. A shard without load says nothing and is left out.
 */
export function gapsByFault(gaps: ReadonlyMap<string, readonly Gap[]>, windows: readonly Window[]): Record<string, Quantiles> {
  const inOrder = windows.toSorted((a, b) => a.from - b.from);
  const samples = new Map<string, number[]>();
  for (const [shard, own] of gaps) {
    const felt = inOrder.filter(({ shards }) => shards === undefined || shards.has(shard));
    const byWindow = Map.groupBy(own, ({ from, to }) => felt.find((window) => from <= window.to && to >= window.from));
    for (const window of felt) {
      const met = byWindow.get(window);
      if (met !== undefined) samples.set(window.kind, [...(samples.get(window.kind) ?? []), longest(met)]);
    }
  }
  return Object.fromEntries([...samples].map(([kind, values]) => [kind, quantilesOf(values)]));
}

const longest = (gaps: readonly Gap[]): number => gaps.reduce((most, { from, to }) => Math.max(most, to - from), 0);

function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number) => Math.round(quantile(sorted, q));
  return { count: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
}

/** From the first call that waits to the next answer: the times between answers in which somebody waited. */
function gapsOfOne(operations: readonly Operation[]): Gap[] {
  const answers = operations.filter(({ endedAt }) => Number.isFinite(endedAt)).toSorted((a, b) => a.endedAt - b.endedAt);
  const byInvoke = operations.toSorted((a, b) => a.invokedAt - b.invokedAt);
  const gaps: Gap[] = [];
  const waiting = new Set<Operation>();
  let before = -Infinity;
  let at = 0;
  for (const answer of answers) {
    for (let next = byInvoke[at]; next !== undefined && next.invokedAt <= answer.endedAt; next = byInvoke[++at]) waiting.add(next);
    // Somebody has waited since the last answer, or since the first call after it.
    let from = Infinity;
    for (const operation of waiting) from = Math.min(from, Math.max(operation.invokedAt, before));
    if (Number.isFinite(from)) gaps.push({ from, to: answer.endedAt });
    waiting.delete(answer);
    before = answer.endedAt;
  }
  return gaps;
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? 0;
}
