/**
 * Keeps the tables of playlists up to the journal: steps whenever something was committed here, and every second for what
 * was committed elsewhere. Every node that hosts playlists has one; the lock of a step lets one of them at a time.
 */
import { setTimeout as pause } from "node:timers/promises";
import { SharedRuns } from "../shared-runs.ts";
import { serviceLimits } from "./limits.ts";
import type { Step } from "./projection.ts";

export class Projector {
  readonly #step: () => Promise<Step>;
  readonly #failed: (error: unknown) => void;
  readonly #runs = new SharedRuns(() => this.#drain());
  #soon: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** Events that the last look found. */
  #found = 0;

  constructor(step: () => Promise<Step>, failed: (error: unknown) => void) {
    this.#step = step;
    this.#failed = failed;
  }

  start(): void {
    this.#timer = setInterval(() => this.wake(), serviceLimits.projectEveryMs);
    this.#timer.unref();
  }

  /** Something was committed: soon, with what is committed until then. */
  wake(): void {
    if (this.#isStopped || this.#soon !== undefined) return;
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      this.flush().catch(this.#failed);
    }, this.#found >= serviceLimits.projectBusyEvents ? serviceLimits.projectBusyRestMs : serviceLimits.projectRestMs);
  }

  /** Resolves when the tables have what the journal shows at the call, or another node is at it. Callers that come while one runs share the next. */
  flush(): Promise<void> {
    return this.#isStopped ? Promise.resolve() : this.#runs.run();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    await this.#runs.idle();
  }

  async #drain(): Promise<void> {
    let found = 0;
    for (let busy = 0; !this.#isStopped && busy < serviceLimits.projectRetries; ) {
      const step = await this.#step();
      if (step === "busy") {
        // The other node read the journal before our commit, perhaps: look again when it is through.
        await pause(serviceLimits.projectRetryMs, undefined, { ref: false });
        busy += 1;
      } else {
        this.#found = found += step.events;
        if (step.isDone) return;
      }
    }
  }
}
