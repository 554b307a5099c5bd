/**
 * Intervals by batch means. Values of a queue follow each other too closely for the plain standard error; means of long batches hardly
 * do, so an interval is Student's t with as many degrees of freedom as there are batches less one. For a quantile the batches' shares of
 * values at or below the estimate are the values: the interval of that share is read back through the whole distribution.
 */
import { bucketSeconds, wholeOf, type Batch, type LatencyFigures } from "./latency.ts";
import { momentsOf } from "./moments.ts";
import { studentQuantile } from "./student.ts";

/** Fewer batches than this say too little of their own spread. */
const batchesLeast = 8;

export type Interval = readonly [low: number, high: number];

export interface Estimate {
  /** NaN of nothing. */
  readonly value: number;
  /** Null below 8 batches (4,096 values). */
  readonly interval: Interval | null;
}

/** The mean of independent values (means of replications or of long batches) with the interval that covers it with `confidence`. */
export function meanOf(values: readonly number[], confidence: number): Estimate {
  const { count, mean, variance } = momentsOf(values);
  if (count < 2) return { value: mean, interval: null };
  const half = studentQuantile(confidence, count - 1) * Math.sqrt(variance / count);
  return { value: mean, interval: [mean - half, mean + half] };
}

/** Of latencies, in seconds. */
export function meanLatency(figures: LatencyFigures, confidence: number): Estimate {
  const whole = wholeOf(figures);
  const value = whole.count === 0 ? Number.NaN : whole.sum / whole.count;
  if (figures.batches.length < batchesLeast) return { value, interval: null };
  const half = halfWidth(figures.batches.map(({ sum, count }) => sum / count), confidence);
  return { value, interval: [value - half, value + half] };
}

/** The latency (s) that the share `fraction` (in [0, 1]) does not exceed. */
export function quantileLatency(figures: LatencyFigures, fraction: number, confidence: number, whole: Batch = wholeOf(figures)): Estimate {
  const bucket = bucketAt(whole, fraction);
  const value = bucket < 0 ? Number.NaN : bucketSeconds(bucket);
  if (figures.batches.length < batchesLeast) return { value, interval: null };
  const half = halfWidth(figures.batches.map((batch) => shareUpTo(batch, bucket)), confidence);
  return { value, interval: [bucketSeconds(bucketAt(whole, Math.max(0, fraction - half))), bucketSeconds(bucketAt(whole, Math.min(1, fraction + half)))] };
}

/** How alike neighbouring batches are, -1 to 1: well above 2 / sqrt(batches) the run is too short for its intervals. */
export function lagOne(values: readonly number[]): number {
  const { mean, variance, count } = momentsOf(values);
  if (!(variance > 0)) return 0;
  let sum = 0;
  for (let n = 1; n < count; n++) sum += ((values[n] as number) - mean) * ((values[n - 1] as number) - mean);
  return sum / (variance * (count - 1));
}

/**
 * How many values at the head of a series belong to its warm-up (MSER-5: White, Cobb and Spratt 2000): over means of five, the cut that
 * leaves the smallest standard error of what remains, looked for in the first half. Undefined when that half has no such place, which
 * says that the series has not settled.
 */
export function mser5(series: readonly number[]): number | undefined {
  const means = Array.from({ length: Math.floor(series.length / 5) }, (_, at) => series.slice(5 * at, 5 * at + 5).reduce((sum, value) => sum + value, 0) / 5);
  if (means.length < 4) return undefined;
  const offset = momentsOf(means).mean;
  let [sum, squares, best, cut] = [0, 0, Infinity, 0];
  for (let from = means.length - 1; from >= 0; from--) {
    const value = (means[from] as number) - offset;
    sum += value;
    squares += value * value;
    const count = means.length - from;
    const error = (squares - (sum * sum) / count) / (count * count);
    // The last few are left out: a handful of equal means has an error of nothing.
    if (count >= 5 && error <= best) [best, cut] = [error, from];
  }
  return cut > means.length / 2 ? undefined : cut * 5;
}

function halfWidth(values: readonly number[], confidence: number): number {
  const { count, variance } = momentsOf(values);
  return studentQuantile(confidence, count - 1) * Math.sqrt(variance / count);
}

/** The bucket of the value with this rank; -1 of none. */
function bucketAt({ count, buckets, counts }: Batch, fraction: number): number {
  const rank = Math.max(1, Math.ceil(fraction * count - 1e-9));
  let seen = 0;
  for (let at = 0; at < buckets.length; at++) {
    seen += counts[at] as number;
    if (seen >= rank) return buckets[at] as number;
  }
  return buckets.at(-1) ?? -1;
}

function shareUpTo({ count, buckets, counts }: Batch, last: number): number {
  let seen = 0;
  for (let at = 0; at < buckets.length && (buckets[at] as number) <= last; at++) seen += counts[at] as number;
  return seen / count;
}
