/** Systems that are too many for the machine at one time are measured in batches, one after the other. */
import type { Watched } from "./findings.ts";

/** As few batches as there can be when each has `most` in all, and what they have is about the same. A run that has more has a batch of its own. */
export function batchesOf<T>(runs: readonly T[], weightOf: (run: T) => number, most: number): T[][] {
  const total = runs.reduce((sum, run) => sum + weightOf(run), 0);
  const batches = Array.from({ length: Math.min(runs.length, Math.max(1, Math.ceil(total / most))) }, () => ({ runs: [] as T[], weight: 0 }));
  for (const run of runs.toSorted((one, other) => weightOf(other) - weightOf(one))) {
    const lightest = batches.reduce((least, batch) => (batch.weight < least.weight ? batch : least));
    lightest.runs.push(run);
    lightest.weight += weightOf(run);
  }
  return batches.map((batch) => batch.runs);
}

/** Of batches together: what was wrong with any, the latest that calls left in one, means over all. */
export function watchedTogether(batches: readonly Watched[]): Watched {
  const mean = (of: "hostShare" | "othersCores") => batches.reduce((sum, batch) => sum + batch[of], 0) / batches.length;
  return {
    invalid: batches.flatMap(({ invalid }, n) => invalid.map((reason) => (batches.length === 1 ? reason : `batch ${n + 1}: ${reason}`))),
    sendLagP99Ms: Math.max(...batches.map(({ sendLagP99Ms }) => sendLagP99Ms)), hostShare: mean("hostShare"), othersCores: mean("othersCores"),
  };
}
