/** In a process of a simulated cluster: tells its parent how long its event loop has been busy. */
import { performance } from "node:perf_hooks";
import type { LoopTime } from "../../simulations/index.ts";

export type FromProcess = { readonly loop: LoopTime };

const everyMs = 200;

export function tellLoop(): void {
  setInterval(() => {
    if (process.connected) process.send?.({ loop: { busyS: performance.eventLoopUtilization().active / 1_000, atS: performance.now() / 1_000 } } satisfies FromProcess);
  }, everyMs).unref();
}
