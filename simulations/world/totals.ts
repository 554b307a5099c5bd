/** Operations of the day, by kind: counts that add up, and latencies weighed by how many operations had them. */
import { encodeIntoCompressedBase64 } from "hdr-histogram-js";
import { histogramOf, latencyOf, type OperationResult, type SampledOperation } from "../run/index.ts";
import { valuesOf, type Law } from "./latencies.ts";
import { operationKinds, type OperationKind } from "./load.ts";

interface Kind {
  offered: number;
  failed: number;
  /** Since the last sample, by region. */
  readonly recent: { offered: number; failed: number }[];
  readonly values: { readonly ms: number; readonly weight: number }[];
}

/** A histogram's counts are of 32 bits: operations of a day are more, so they stand for many each. */
const histogramTotal = 1e8;
const mostUs = 60_000_000;

/** In a sample: by region, how the kind's operations take; several where they take different ways. */
export type LawsOf = (kind: OperationKind, region: number) => readonly { readonly share: number; readonly law: Law }[];

export class OperationTotals {
  readonly #kinds = new Map<OperationKind, Kind>();
  readonly #regions: number;

  constructor(regions: number) {
    this.#regions = regions;
    for (const kind of operationKinds) this.#kinds.set(kind, { offered: 0, failed: 0, recent: this.#none(), values: [] });
  }

  add(kind: OperationKind, region: number, offered: number, failed: number): void {
    const recent = this.#kinds.get(kind)?.recent[region];
    if (recent === undefined) return;
    recent.offered += offered;
    recent.failed += failed;
  }

  /** Closes a sample of `seconds`. */
  sample(seconds: number, lawsOf: LawsOf): Readonly<Record<string, SampledOperation>> {
    return Object.fromEntries([...this.#kinds].map(([kind, held]) => {
      const [offered, failed] = [sum(held.recent.map((one) => one.offered)), sum(held.recent.map((one) => one.failed))];
      const values = held.recent.flatMap((recent, region) => lawsOf(kind, region).flatMap(({ share, law }) => valuesOf(law).map(({ ms, weight }) => ({ ms, weight: weight * share * (recent.offered - recent.failed) }))));
      held.values.push(...values);
      held.offered += offered;
      held.failed += failed;
      held.recent.splice(0, held.recent.length, ...this.#none());
      const ordered = values.toSorted((one, other) => one.ms - other.ms);
      const done = offered - failed;
      const [p50Ms, p99Ms, p999Ms] = [0.5, 0.99, 0.999].map((part) => quantile(ordered, part * done)) as [number, number, number];
      return [kind, { offered: offered / seconds, done: done / seconds, failed: failed / seconds, inFlight: (done / seconds) * (sum(values.map(({ ms, weight }) => ms * weight)) / Math.max(done, 1e-9) / 1_000), p50Ms, p99Ms, p999Ms }];
    }));
  }

  /** Latencies are of one in so many operations, and of a minute at most. */
  results(): Record<string, OperationResult> {
    return Object.fromEntries([...this.#kinds].map(([kind, { offered, failed, values }]) => {
      const histogram = histogramOf([]);
      const each = histogramTotal / Math.max(1, offered - failed);
      for (const { ms, weight } of values) {
        const count = Math.round(weight * each);
        if (count > 0) histogram.recordValueWithCount(Math.min(mostUs, Math.max(1, Math.round(ms * 1_000))), count);
      }
      const counts = { offered: Math.round(offered), done: Math.round(offered - failed), refused: Math.round(failed), failed: 0 };
      return [kind, { ...counts, codes: failed >= 0.5 ? { 503: Math.round(failed) } : {}, latency: latencyOf(histogram), histogram: encodeIntoCompressedBase64(histogram) }];
    }));
  }

  #none(): { offered: number; failed: number }[] {
    return Array.from({ length: this.#regions }, () => ({ offered: 0, failed: 0 }));
  }
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

function quantile(ordered: readonly { readonly ms: number; readonly weight: number }[], wanted: number): number {
  let seen = 0;
  for (const { ms, weight } of ordered) {
    seen += weight;
    if (seen >= wanted * (1 - 1e-9) && weight > 0) return ms;
  }
  return ordered.at(-1)?.ms ?? 0;
}
