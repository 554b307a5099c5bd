/** What a person is told while a run goes on, from the seconds so far. */
import { histogramOf, latencyOf } from "./merge.ts";
import type { Latency, Sample, SampledOperation } from "./result.ts";

export interface SoFar {
  readonly offeredPerS: number;
  readonly inFlight: number;
  /** Of all operations. */
  readonly recent: Latency;
  readonly all: Latency;
  /** Refused or failed, of all. */
  readonly failed: number;
}

const recentS = 10;

/** The last seconds and all of them, of every operation together. */
export function soFar(series: readonly Sample[]): SoFar {
  const last = operationsOf(series.slice(-1));
  const every = operationsOf(series);
  return { offeredPerS: sum(last, "offered"), inFlight: sum(last, "inFlight"), recent: latencyIn(series.slice(-recentS)), all: latencyIn(series), failed: sum(every, "failed") / Math.max(1, sum(every, "offered")) };
}

const operationsOf = (samples: readonly Sample[]): SampledOperation[] => samples.flatMap(({ operations }) => Object.values(operations));
const latencyIn = (samples: readonly Sample[]): Latency => latencyOf(histogramOf(operationsOf(samples).flatMap(({ histogram }) => histogram ?? [])));
const sum = (operations: readonly SampledOperation[], name: "offered" | "failed" | "inFlight"): number => operations.reduce((all, one) => all + one[name], 0);
