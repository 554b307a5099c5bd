/**
 * Latency histograms as the report uses them: opened from hdr-histogram's compressed form into the buckets that have counts. Sums of
 * histograms are exact to the bucket; percentiles are never averaged.
 */
import { decodeFromCompressedBase64, type Histogram, type JsHistogram } from "hdr-histogram-js";
import { ReportError } from "./errors.ts";

/** Buckets with counts, by rising value: the highest value of each in ms (as HdrHistogram answers percentiles), and its count. */
export interface Buckets {
  readonly valuesMs: Float64Array;
  readonly counts: Float64Array;
  readonly total: number;
}

/** Values in microseconds, as RunResult has them. Throws ReportError when `text` is none. */
export function opened(text: string, field: string): Histogram {
  try {
    return decodeFromCompressedBase64(text, 64);
  } catch (error) {
    throw new ReportError(field, text, `a compressed histogram in base64 (${String(error)})`);
  }
}

export function bucketsOf(histogram: Histogram): Buckets {
  // Places are known to the library's class in JavaScript alone, which is what `opened` gives. Its iterator does the same in five times the time.
  const places = histogram as JsHistogram;
  const values: number[] = [];
  const counts: number[] = [];
  for (let place = 0, left = histogram.totalCount; left > 0 && place < places.countsArrayLength; place++) {
    const count = places.getCountAtIndex(place);
    if (count === 0) continue;
    values.push(places.highestEquivalentValue(places.valueFromIndex(place)) / 1_000);
    counts.push(count);
    left -= count;
  }
  return { valuesMs: Float64Array.from(values), counts: Float64Array.from(counts), total: histogram.totalCount };
}

/** The value below which a `fraction` (0 to 1) of all lies; NaN of none. */
export function quantile({ valuesMs, counts, total }: Buckets, fraction: number): number {
  // 0.999 of 1,000 is a little more than 999 in binary.
  const wanted = Math.max(1, Math.ceil(fraction * total * (1 - 1e-12)));
  let seen = 0;
  for (const [n, count] of counts.entries()) {
    seen += count;
    if (seen >= wanted) return valuesMs[n] ?? Number.NaN;
  }
  return valuesMs.at(-1) ?? Number.NaN;
}

/** Percentiles at even steps of log 1/(1-p), `steps` to a decade, until a single value is beyond. */
export function spectrum(buckets: Buckets, steps = 8): { readonly nines: number; readonly ms: number }[] {
  if (buckets.total === 0) return [];
  const last = Math.log10(buckets.total);
  const points = Array.from({ length: Math.floor(last * steps) + 1 }, (_, n) => n / steps);
  if (last > (points.at(-1) ?? 0)) points.push(last);
  return points.map((nines) => ({ nines, ms: quantile(buckets, 1 - 10 ** -nines) }));
}

export interface Heat {
  /** Edges of the columns in s and of the rows in ms, one more than there are of them. */
  readonly edgesS: readonly number[];
  readonly edgesMs: readonly number[];
  /** By column, then by row from the lowest latency. */
  readonly counts: readonly (readonly number[])[];
}

/** Latencies over time: at most `columns` by `rows`, rows of even width in the logarithm. Undefined when there is nothing to show. */
export function heatOf(seconds: readonly { readonly atS: number; readonly buckets: Buckets }[], columns = 120, rows = 24): Heat | undefined {
  const filled = seconds.filter(({ buckets }) => buckets.total > 0);
  const [first, last] = [seconds[0], seconds.at(-1)];
  if (filled.length === 0 || first === undefined || last === undefined) return undefined;
  const low = Math.max(0.001, Math.min(...filled.map(({ buckets }) => buckets.valuesMs[0] ?? Infinity)));
  const high = Math.max(low * 1.1, ...filled.map(({ buckets }) => buckets.valuesMs.at(-1) ?? 0));
  const stepS = Math.max(1, Math.ceil((last.atS - first.atS + 1) / columns));
  const width = Math.floor((last.atS - first.atS) / stepS) + 1;
  const counts = Array.from({ length: width }, () => Array.from({ length: rows }, () => 0));
  for (const { atS, buckets } of filled) {
    const column = counts[Math.floor((atS - first.atS) / stepS)];
    if (column === undefined) continue;
    for (const [n, valueMs] of buckets.valuesMs.entries()) {
      const row = Math.min(rows - 1, Math.max(0, Math.floor((rows * Math.log(valueMs / low)) / Math.log(high / low))));
      column[row] = (column[row] ?? 0) + (buckets.counts[n] ?? 0);
    }
  }
  return {
    edgesS: Array.from({ length: width + 1 }, (_, n) => first.atS + n * stepS),
    edgesMs: Array.from({ length: rows + 1 }, (_, n) => low * (high / low) ** (n / rows)),
    counts,
  };
}
