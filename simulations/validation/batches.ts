/** Systems that are too many for the machine at one time are measured in batches, one after the other. */
import type { Watched } from "./findings.ts";

/** As many batches as it takes for `most` in each, were runs divisible; what they have is about the same, so one may have somewhat more. */
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

const reasons = (of: readonly Watched[], where = ""): string[] => of.flatMap(({ invalid }, n) => invalid.map((reason) => `${of.length === 1 ? "" : `batch ${n + 1}: `}${where}${reason}`));

/** Of batches together: what was wrong with any, the latest that calls left in one, means over all. `atLimit`: of the same ones while their systems were at their limit, which no figure but their verdict counts. */
export function watchedTogether(batches: readonly Watched[], atLimit: readonly Watched[] = []): Watched {
  const mean = (of: "hostShare" | "othersCores") => batches.reduce((sum, batch) => sum + batch[of], 0) / batches.length;
  return {
    invalid: [...reasons(batches), ...reasons(atLimit, "at their limit: ")],
    sendLagP99Ms: Math.max(...batches.map(({ sendLagP99Ms }) => sendLagP99Ms)), hostShare: mean("hostShare"), othersCores: mean("othersCores"),
  };
}
