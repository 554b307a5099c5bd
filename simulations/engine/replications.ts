/**
 * One model run several times, each time with streams of its own, on as many threads as there are to spare. The name of a replication is
 * its number, and results merge in the order of numbers: the threads decide how long it takes and nothing else.
 *
 * Functions do not cross threads, so a model is named by its module, which exports `replicate`.
 */
import { Worker } from "node:worker_threads";
import { whole } from "./errors.ts";
import { merge, type Measured } from "./measured.ts";

export interface Replication<Input = unknown> {
  readonly seed: number;
  /** From 0; goes into the name of the simulation. */
  readonly number: number;
  readonly input: Input;
}

/** What a model's module exports under the name `replicate`. */
export type Replicate<Input = unknown> = (replication: Replication<Input>) => Measured | Promise<Measured>;

export interface ReplicationsOptions<Input> {
  readonly module: URL;
  readonly seed: number;
  readonly replications: number;
  /** Threads; 0 runs all in this one. */
  readonly workers: number;
  /** Plain data. */
  readonly input: Input;
  readonly finished?: (done: number, of: number) => void;
}

/** Rejects with what a replication threw; the others are ended. */
export async function runReplications<Input>({ module, seed, replications, workers, input, finished }: ReplicationsOptions<Input>): Promise<{ readonly merged: Measured; readonly each: readonly Measured[] }> {
  whole("replications", replications, 1);
  whole("workers", workers, 0);
  const each: Measured[] = [];
  let next = 0;
  let done = 0;
  const take = (): Replication<Input> | undefined => (next < replications ? { seed, number: next++, input } : undefined);
  const keep = (number: number, measured: Measured) => {
    each[number] = measured;
    finished?.(++done, replications);
  };
  if (workers === 0) {
    const { replicate } = (await import(module.href)) as { replicate: Replicate<Input> };
    for (let replication = take(); replication !== undefined; replication = take()) keep(replication.number, await replicate(replication));
  } else await onThreads(Math.min(workers, replications), module, take, keep);
  return { merged: merge(each), each };
}

async function onThreads<Input>(count: number, module: URL, take: () => Replication<Input> | undefined, keep: (number: number, measured: Measured) => void): Promise<void> {
  const threads = Array.from({ length: count }, () => new Worker(new URL("replication-thread.ts", import.meta.url), { workerData: module.href }));
  const works = threads.map(
    (thread) =>
      new Promise<void>((resolve, reject) => {
        let current = -1;
        const give = () => {
          const replication = take();
          current = replication?.number ?? -1;
          if (replication === undefined) resolve();
          else thread.postMessage(replication, []);
        };
        thread.on("message", (measured: Measured) => {
          keep(current, measured);
          give();
        });
        thread.on("error", reject);
        thread.on("exit", (code) => reject(new Error(`the thread of replication ${current} ended with status ${code}`)));
        give();
      }),
  );
  try {
    await Promise.all(works);
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
