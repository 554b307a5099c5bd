/**
 * Latencies in seconds, kept in the buckets of an HdrHistogram of microseconds with three significant digits: any number of recordings
 * merge exactly. The buckets are counted here because recordValue took 120 ns of CPU, as much as the simulation of a visit beside it.
 * They are kept in batches of equal count, in order of recording: when 64 are full, neighbours merge and the batch size doubles, so
 * that there are always 32 to 64 batches to draw an interval from (intervals.ts) whatever the length of the run.
 */
import { Int32Histogram } from "hdr-histogram-js";

const batchesMax = 64;
const firstBatchSize = 512;
/** A day: what takes longer is recorded as a day, and its true length still counts in the mean. */
const highestUs = 86_400e6;

/** A sparse histogram: buckets of the layout below in rising order, and how many values fell into each. */
export interface Batch {
  readonly count: number;
  /** Seconds. */
  readonly sum: number;
  readonly buckets: Int32Array;
  readonly counts: Float64Array;
}

export interface LatencyFigures {
  /** How many values each full batch holds; 512 x 2^n. */
  readonly batchSize: number;
  readonly batches: readonly Batch[];
  /** Values after the last full batch; counted in means and quantiles, not in intervals. */
  readonly rest: readonly Batch[];
  readonly greatestS: number;
}

export class Latency {
  readonly #counts = new Int32Array(bucketOf(highestUs) + 1);
  #end = 0;
  #batches: Batch[] = [];
  #batchSize = firstBatchSize;
  #count = 0;
  #sum = 0;
  #greatestS = 0;

  /** `seconds`: 0 or more. */
  record(seconds: number): void {
    const us = Math.round(seconds * 1e6);
    const bucket = bucketOf(us < highestUs ? us : highestUs);
    (this.#counts[bucket] as number)++;
    if (bucket >= this.#end) this.#end = bucket + 1;
    this.#sum += seconds;
    if (seconds > this.#greatestS) this.#greatestS = seconds;
    if (++this.#count === this.#batchSize) this.#close();
  }

  reset(): void {
    this.#batches = [];
    this.#batchSize = firstBatchSize;
    this.#greatestS = 0;
    this.#begin();
  }

  figures(): LatencyFigures {
    return { batchSize: this.#batchSize, batches: [...this.#batches], rest: this.#count === 0 ? [] : [this.#current()], greatestS: this.#greatestS };
  }

  #current(): Batch {
    return { count: this.#count, sum: this.#sum, ...sparse(this.#counts.subarray(0, this.#end)) };
  }

  #close(): void {
    this.#batches.push(this.#current());
    this.#begin();
    if (this.#batches.length < batchesMax) return;
    this.#batches = inPairs(this.#batches);
    this.#batchSize *= 2;
  }

  #begin(): void {
    this.#counts.fill(0, 0, this.#end);
    this.#end = 0;
    this.#count = 0;
    this.#sum = 0;
  }
}

/** Recordings of replications, in their order: batches come to one size, what is left over joins the rest. Exact. */
export function mergeLatencies(all: readonly LatencyFigures[]): LatencyFigures {
  const batchSize = Math.max(firstBatchSize, ...all.map((one) => one.batchSize));
  const batches: Batch[] = [];
  const rest: Batch[] = [];
  for (const one of all) {
    let own = one.batches;
    for (let size = one.batchSize; size < batchSize; size *= 2) {
      if (own.length % 2 === 1) rest.push(own.at(-1) as Batch);
      own = inPairs(own);
    }
    batches.push(...own);
    rest.push(...one.rest);
  }
  return { batchSize, batches, rest: rest.length === 0 ? [] : [rest.reduce(mergeBatches)], greatestS: Math.max(0, ...all.map(({ greatestS }) => greatestS)) };
}

/** A batch of everything that was recorded. */
export function wholeOf({ batches, rest }: LatencyFigures): Batch {
  return balanced([...batches, ...rest]);
}

/** For an HdrHistogram log, in microseconds. */
export function histogramOf(figures: LatencyFigures): Int32Histogram {
  const histogram = newHistogram();
  const { buckets, counts } = wholeOf(figures);
  for (const [at, bucket] of buckets.entries()) histogram.recordValueWithCount(layout.valueFromIndex(bucket), counts[at] as number);
  return histogram;
}

/** The middle of a bucket, in seconds: within 0.05 % of what was recorded, or half a microsecond. */
export const bucketSeconds = (bucket: number): number => (layout.valueFromIndex(bucket) + (layout.sizeOfEquivalentValueRange(layout.valueFromIndex(bucket)) >> 1)) / 1e6;

/** As the histogram counts: below 2048 one bucket each microsecond, above it 1024 between powers of two. */
export function bucketOf(us: number): number {
  if (us < 2_048) return us;
  const by = us < 2 ** 31 ? 0 : 16;
  const top = by === 0 ? us : Math.floor(us / 65_536);
  const shift = 21 - Math.clz32(top);
  return (shift + by) * 1_024 + (top >> shift);
}

function newHistogram(): Int32Histogram {
  return new Int32Histogram(1, highestUs, 3);
}

const layout = newHistogram();

// Plain loops below: iterators over the buckets took two thirds of the CPU of a recording.
function sparse(all: Int32Array): Pick<Batch, "buckets" | "counts"> {
  const buckets = new Int32Array(all.length);
  const counts = new Float64Array(all.length);
  let length = 0;
  for (let bucket = 0; bucket < all.length; bucket++) {
    const count = all[bucket] as number;
    if (count === 0) continue;
    buckets[length] = bucket;
    counts[length++] = count;
  }
  return { buckets: buckets.slice(0, length), counts: counts.slice(0, length) };
}

function inPairs(batches: readonly Batch[]): Batch[] {
  return Array.from({ length: batches.length >> 1 }, (_, at) => mergeBatches(batches[2 * at] as Batch, batches[2 * at + 1] as Batch));
}

/** Merged in pairs of pairs: the work is the length times the logarithm of their number. */
function balanced(batches: readonly Batch[]): Batch {
  if (batches.length === 0) return { count: 0, sum: 0, buckets: new Int32Array(), counts: new Float64Array() };
  if (batches.length === 1) return batches[0] as Batch;
  const half = batches.length >> 1;
  return mergeBatches(balanced(batches.slice(0, half)), balanced(batches.slice(half)));
}

function mergeBatches(one: Batch, other: Batch): Batch {
  const buckets = new Int32Array(one.buckets.length + other.buckets.length);
  const counts = new Float64Array(buckets.length);
  const [ends, otherEnds] = [one.buckets.length, other.buckets.length];
  let [at, otherAt, length] = [0, 0, 0];
  while (at < ends || otherAt < otherEnds) {
    const bucket = at < ends ? (one.buckets[at] as number) : Infinity;
    const otherBucket = otherAt < otherEnds ? (other.buckets[otherAt] as number) : Infinity;
    buckets[length] = bucket < otherBucket ? bucket : otherBucket;
    let count = 0;
    if (bucket <= otherBucket) count += one.counts[at++] as number;
    if (otherBucket <= bucket) count += other.counts[otherAt++] as number;
    counts[length++] = count;
  }
  return { count: one.count + other.count, sum: one.sum + other.sum, buckets: buckets.slice(0, length), counts: counts.slice(0, length) };
}
