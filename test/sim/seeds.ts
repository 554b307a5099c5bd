/** Seeds of the simulation in a row, and what became of them. Callers: npm test and npm run sim. */
import { simulate, type Result } from "./world.ts";

export interface Summary {
  readonly seeds: number;
  readonly failures: readonly Result[];
  readonly events: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly refusedWrites: number;
  readonly faults: number;
}

/** Runs seeds `first`, `first + 1`, ... `progress` is told after each; answering false ends it. */
export async function simulateSeeds(first: number, count: number, progress: (summary: Summary) => boolean = () => true): Promise<Summary> {
  let summary: Summary = { seeds: 0, failures: [], events: 0, acknowledged: 0, unknown: 0, refusedWrites: 0, faults: 0 };
  for (let seed = first; seed < first + count; seed++) {
    const result = await simulate(seed);
    summary = {
      seeds: summary.seeds + 1,
      failures: result.violations.length === 0 ? summary.failures : [...summary.failures, result],
      events: summary.events + result.events,
      acknowledged: summary.acknowledged + result.acknowledged,
      unknown: summary.unknown + result.unknown,
      refusedWrites: summary.refusedWrites + result.refusedWrites,
      faults: summary.faults + result.faults,
    };
    if (!progress(summary)) break;
    // Lets signals and timers of the real world in.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return summary;
}
