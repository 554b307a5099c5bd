/**
 * Availability: how long nobody got an edit through to a shard while somebody tried. Not a promise broken by itself: the figures are reported
 * and held against the goals by whoever reads them.
 */
import type { Operation } from "../history.ts";

export interface Gaps {
  /** The longest of each shard, sorted; ms. */
  readonly longest: readonly number[];
  readonly p95Ms: number;
  readonly maxMs: number;
}

export function gapsOf(operations: readonly Operation[], shardOf: (playlist: string) => string): Gaps {
  const longest = [...Map.groupBy(operations, ({ playlist }) => shardOf(playlist)).values()].map(longestGap).toSorted((a, b) => a - b);
  return { longest, p95Ms: quantile(longest, 0.95), maxMs: longest.at(-1) ?? 0 };
}

/** From the first call that waits to the next answer: the time between answers in which somebody waited. */
function longestGap(operations: readonly Operation[]): number {
  const answers = operations.filter(({ endedAt }) => Number.isFinite(endedAt)).toSorted((a, b) => a.endedAt - b.endedAt);
  let longest = 0;
  let before = -Infinity;
  let at = 0;
  const waiting = new Set<Operation>();
  const byInvoke = operations.toSorted((a, b) => a.invokedAt - b.invokedAt);
  for (const answer of answers) {
    for (let next = byInvoke[at]; next !== undefined && next.invokedAt <= answer.endedAt; next = byInvoke[++at]) waiting.add(next);
    // Somebody has waited since the last answer, or since the first call after it.
    let since = Infinity;
    for (const operation of waiting) since = Math.min(since, Math.max(operation.invokedAt, before));
    if (Number.isFinite(since)) longest = Math.max(longest, answer.endedAt - since);
    waiting.delete(answer);
    before = answer.endedAt;
  }
  return longest;
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? 0;
}
