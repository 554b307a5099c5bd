/** What is read from a list of calls and their latencies, in the same way of what was measured and of what was predicted. */

/** The value that the share `fraction` does not exceed (nearest rank); NaN of nothing. Sorted values. */
export const quantile = (sorted: ArrayLike<number>, fraction: number): number => (sorted.length === 0 ? Number.NaN : (sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length - 1e-9) - 1))] as number));

/** Latencies of those that were meant to begin in [fromMs, untilMs), sorted; what was never answered is left out. */
export function sortedBetween(atMs: Float64Array, latenciesMs: Float64Array, fromMs: number, untilMs = Infinity): Float64Array {
  return latenciesMs.filter((latency, n) => !Number.isNaN(latency) && (atMs[n] as number) >= fromMs && (atMs[n] as number) < untilMs).toSorted();
}

export interface Backlog {
  /** Most calls that were under way at one time after `fromMs`. */
  readonly peak: number;
  readonly peakAtMs: number;
  /** From the peak until a tenth of it is left. */
  readonly drainMs: number;
}

/** Part of the peak that counts as drained. */
const drainedPart = 0.1;

/** Calls under way over time: a call is, from when it was meant to begin to its answer. `fromMs` to `untilMs`: of one spike. */
export function backlogOf(atMs: Float64Array, latenciesMs: Float64Array, fromMs: number, untilMs: number): Backlog {
  const ends = Float64Array.from(atMs, (at, n) => at + (Number.isNaN(latenciesMs[n] as number) ? Infinity : (latenciesMs[n] as number))).toSorted();
  let [begun, ended, peak, peakAtMs] = [0, 0, 0, fromMs];
  let drainedAtMs = Number.NaN;
  while (begun < atMs.length || ended < ends.length) {
    const isBegin = begun < atMs.length && (atMs[begun] as number) <= (ends[ended] as number);
    const now = (isBegin ? atMs[begun++] : ends[ended++]) as number;
    if (now >= untilMs) break;
    const inside = begun - ended;
    if (now < fromMs) continue;
    if (inside > peak) [peak, peakAtMs, drainedAtMs] = [inside, now, Number.NaN];
    else if (Number.isNaN(drainedAtMs) && inside <= peak * drainedPart) drainedAtMs = now;
  }
  return { peak, peakAtMs, drainMs: drainedAtMs - peakAtMs };
}

export interface Outage {
  /** From the failure until every node that took actors over has answered for one of them. */
  readonly windowMs: number;
  /** Of the calls that were meant to begin in the minute after the failure. */
  readonly p99Ms: number;
}

export interface OutageOptions {
  readonly atMs: Float64Array;
  readonly latenciesMs: Float64Array;
  /** By call: which node took its actor over; undefined when the failed node did not have it. */
  readonly heirOf: (call: number) => number | undefined;
  readonly failedAtMs: number;
  readonly spanMs?: number;
}

/** Infinity when a node never answered for what it took over. */
export function outageOf({ atMs, latenciesMs, heirOf, failedAtMs, spanMs = 60_000 }: OutageOptions): Outage {
  const first = new Map<number, number>();
  for (const [n, at] of atMs.entries()) {
    const heir = at < failedAtMs ? undefined : heirOf(n);
    if (heir === undefined) continue;
    const answered = at + (latenciesMs[n] as number);
    first.set(heir, Math.min(first.get(heir) ?? Infinity, Number.isNaN(answered) ? Infinity : answered));
  }
  return { windowMs: Math.max(...first.values()) - failedAtMs, p99Ms: quantile(sortedBetween(atMs, latenciesMs, failedAtMs, failedAtMs + spanMs), 0.99) };
}

/** A figure as the model has it: the middle of its replications, and where 95 % of them are. */
export interface Prediction {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export function predictionOf(replications: readonly number[]): Prediction {
  const sorted = replications.toSorted((one, other) => one - other);
  return { value: quantile(sorted, 0.5), low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}
