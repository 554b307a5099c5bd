/** Puts together what several generators recorded: counts and histograms add up, so the result is what one generator would have recorded. */
import { decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";
import type { Latency, OperationResult, Sample } from "./result.ts";
import { emptyHistogram, type Counted, type Recorded } from "./recorder.ts";

export function histogramOf(encoded: readonly string[]): Histogram {
  const sum = emptyHistogram();
  for (const text of encoded) sum.add(decodeFromCompressedBase64(text, 32, false));
  return sum;
}

const ms = (value: number): number => value / 1_000;

export function latencyOf(histogram: Histogram): Latency {
  const at = (percentile: number) => (histogram.totalCount === 0 ? 0 : ms(histogram.getValueAtPercentile(percentile)));
  return { count: histogram.totalCount, meanMs: histogram.totalCount === 0 ? 0 : ms(histogram.mean), p50Ms: at(50), p90Ms: at(90), p99Ms: at(99), p999Ms: at(99.9), maxMs: histogram.totalCount === 0 ? 0 : ms(histogram.maxValue) };
}

/** One second of several generators. */
export function mergedSecond(parts: readonly Readonly<Record<string, Counted>>[]): Sample["operations"] {
  return Object.fromEntries(namesOf(parts).map((name) => {
    const kinds = parts.flatMap((part) => part[name] ?? []);
    const histogram = histogramOf(kinds.map(({ latency }) => latency));
    const { p50Ms, p99Ms, p999Ms } = latencyOf(histogram);
    return [name, { histogram: encodeIntoCompressedBase64(histogram), offered: sum(kinds, "offered"), done: sum(kinds, "done"), failed: sum(kinds, "failed") + sum(kinds, "refused"), inFlight: sum(kinds, "inFlight"), p50Ms, p99Ms, p999Ms }];
  }));
}

/** Runs of several generators, whole. What is in flight at the end has failed: nobody heard how it ended. */
export function mergedTotal(parts: readonly Recorded[]): { readonly operations: Record<string, OperationResult>; readonly sendLag: Latency } {
  const operations = Object.fromEntries(namesOf(parts.map(({ kinds }) => kinds)).map((name): [string, OperationResult] => {
    const kinds = parts.flatMap((part) => part.kinds[name] ?? []);
    const histogram = histogramOf(kinds.map(({ latency }) => latency));
    const codes: Record<string, number> = {};
    for (const kind of kinds) for (const [code, count] of Object.entries(kind.codes)) codes[code] = (codes[code] ?? 0) + count;
    const [offered, done, refused, failed] = [sum(kinds, "offered"), sum(kinds, "done"), sum(kinds, "refused"), sum(kinds, "failed")];
    const open = offered - done - refused - failed;
    if (open > 0) codes["unanswered"] = open;
    return [name, { offered, done, refused, failed: failed + open, codes, latency: latencyOf(histogram), histogram: encodeIntoCompressedBase64(histogram) }];
  }));
  return { operations, sendLag: latencyOf(histogramOf(parts.map(({ sendLag }) => sendLag))) };
}

const namesOf = (parts: readonly object[]): string[] => [...new Set(parts.flatMap((part) => Object.keys(part)))].toSorted();
const sum = (kinds: readonly Counted[], name: "offered" | "done" | "failed" | "refused" | "inFlight"): number => kinds.reduce((all, kind) => all + kind[name], 0);
