/** How a bench tells its processes what to do: a message, answered by one. And what each of them can say of itself. */
import type { ChildProcess } from "node:child_process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { processCpuS } from "../../simulations/live/index.ts";

interface Asked {
  readonly ask: number;
  readonly order: unknown;
}

export interface Footprint {
  /** Resident, as the system counts it, bytes. */
  readonly rssBytes: number;
  /** In use after a collection, with buffers, bytes. */
  readonly heapBytes: number;
  /** Of all its life, s. */
  readonly cpuSeconds: number;
}

let asked = 0;

/** Resolves with the answer of a process that `answers`. Rejects with what it threw, and when it ends. */
export function ask<Answer>(child: ChildProcess, order: unknown): Promise<Answer> {
  const id = ++asked;
  return new Promise((resolve, reject) => {
    const done = (message: unknown) => {
      const { answered, answer, error } = message as { answered?: number; answer?: Answer; error?: string };
      if (answered !== id) return;
      child.off("message", done).off("exit", gone);
      if (error === undefined) resolve(answer as Answer);
      else reject(new Error(error));
    };
    const gone = (code: number | null) => reject(new Error(`the process ended with ${code}`));
    child.on("message", done).once("exit", gone);
    child.send({ ask: id, order } satisfies Asked);
  });
}

/** In the process: every order is answered by `take`; "footprint" by what it takes. */
export function answers(take: (order: unknown) => unknown): void {
  process.on("message", (message: Asked) => {
    const { ask: id, order } = message;
    if (id === undefined) return;
    Promise.resolve(order === "footprint" ? footprint() : take(order)).then(
      (answer) => process.send?.({ answered: id, answer: answer ?? null }),
      (error: unknown) => process.send?.({ answered: id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
}

export function footprint(): Footprint {
  collectGarbage();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return { rssBytes: rss, heapBytes: heapUsed + arrayBuffers, cpuSeconds: (user + system) / 1e6 };
}

/** Three times: what the first finds, the next frees. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let n = 0; n < 3; n++) collect();
}

/** Of any process: CPU time of all its life, s. */
export function cpuSecondsOf(pid: number): number {
  const seconds = processCpuS(pid);
  if (seconds === undefined) throw new Error(`there is no process ${pid}`);
  return seconds;
}
