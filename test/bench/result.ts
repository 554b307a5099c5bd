/**
 * What every bench answers, as API.md promises it: one object with the machine it ran on and, per case, our figure, the
 * limit measured in the same run, and the goal its issue asks for.
 */
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly os: string;
  readonly node: string;
  /** Load average of the last minute when the bench started: figures from a busy machine say so. */
  readonly load: number;
}

export interface BenchCase {
  readonly case: string;
  readonly ours: number;
  /** What `ours` is held against, measured in the same run; null when the case has none. */
  readonly limit: number | null;
  readonly unit: string;
  /** ours / limit; null without a limit. */
  readonly ratio: number | null;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** The figure asked for, in `unit`, or a bound on a percentile or ratio as a sentence; null when none was asked. */
  readonly goal: number | string | null;
  /** Whether the goal is met; null without a goal. */
  readonly met: boolean | null;
}

export interface BenchResult {
  readonly bench: string;
  readonly machine: Machine;
  readonly results: readonly BenchCase[];
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    node: process.version,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** The `fraction` (0 to 1) percentile of `values` by nearest rank; NaN of none. Leaves `values` as it was. */
export function percentile(values: readonly number[] | Float64Array, fraction: number): number {
  const sorted = Float64Array.from(values).toSorted();
  return sorted.length === 0 ? Number.NaN : (sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1))] ?? Number.NaN);
}

/** The one in the middle by rate: what a round of several is reported by. */
export const medianRound = <T extends { readonly perSecond: number }>(rounds: readonly T[]): T => {
  const middle = rounds.toSorted((a, b) => a.perSecond - b.perSecond)[Math.floor(rounds.length / 2)];
  if (middle === undefined) throw new RangeError("there are no rounds");
  return middle;
};

/** `value` with three decimals: microseconds of a figure in milliseconds. */
export const round = (value: number): number => Math.round(value * 1000) / 1000;
