/** Seeds of the simulation, and what became of them. Callers: npm test and npm run sim. */
import { Worker } from "node:worker_threads";
import type { Situation } from "./situations.ts";
import { simulate, type Result } from "./world.ts";

export interface Summary {
  readonly seeds: number;
  readonly failures: readonly Result[];
  readonly events: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly refusedWrites: number;
  readonly faults: number;
  /** How many seeds showed it, and the first that did. */
  readonly situations: ReadonlyMap<Situation, { readonly seeds: number; readonly first: number }>;
}

/** Told after each seed; answering false ends it. */
export type Progress = (summary: Summary) => boolean;

const nothing: Summary = { seeds: 0, failures: [], events: 0, acknowledged: 0, unknown: 0, refusedWrites: 0, faults: 0, situations: new Map() };

function plus(summary: Summary, result: Result): Summary {
  const situations = new Map(summary.situations);
  for (const situation of result.situations) {
    const { seeds, first } = situations.get(situation) ?? { seeds: 0, first: Infinity };
    situations.set(situation, { seeds: seeds + 1, first: Math.min(first, result.seed) });
  }
  return {
    seeds: summary.seeds + 1,
    failures: result.violations.length === 0 ? summary.failures : [...summary.failures, result].toSorted((one, other) => one.seed - other.seed),
    events: summary.events + result.events,
    acknowledged: summary.acknowledged + result.acknowledged,
    unknown: summary.unknown + result.unknown,
    refusedWrites: summary.refusedWrites + result.refusedWrites,
    faults: summary.faults + result.faults,
    situations,
  };
}

/** Runs seeds `first`, `first + 1`, ... one after another in this thread. */
export async function simulateSeeds(first: number, count: number, progress: Progress = () => true): Promise<Summary> {
  let summary = nothing;
  for (let seed = first; seed < first + count; seed++) {
    summary = plus(summary, await simulate(seed));
    if (!progress(summary)) break;
    // Lets signals and timers of the real world in.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return summary;
}

/** The same on several threads, which takes so much less time. Rejects when a thread fails. */
export async function simulateOnThreads(threads: number, first: number, count: number, progress: Progress): Promise<Summary> {
  let summary = nothing;
  const workers = Array.from({ length: threads }, (_, nth) => new Worker(new URL("thread.ts", import.meta.url), { workerData: { first: first + nth, end: first + count, step: threads } }));
  const end = () => void Promise.all(workers.map((worker) => worker.terminate()));
  const ended = workers.map((worker) => new Promise<void>((resolve, reject) => {
    worker.on("message", (result: Result) => {
      summary = plus(summary, result);
      if (!progress(summary)) end();
    });
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  }));
  try {
    await Promise.all(ended);
  } finally {
    end();
  }
  return summary;
}
