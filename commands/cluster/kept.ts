/**
 * One process of the local cluster that is kept running: started again when it ends by itself, sooner after a first end
 * than after many.
 *
 *   starting --it answers--> up --it ended--> down --after a pause--> starting
 *       |                    |                 |
 *       +------- stop() -----+-----------------+--> stopped
 */
import { setTimeout as pause } from "node:timers/promises";

export interface Running {
  readonly ended: Promise<unknown>;
  stop(): Promise<unknown>;
}

export type KeptState = "starting" | "up" | "down" | "stopped";

const firstPauseMs = 500;
const longestPauseMs = 10_000;
/** Who was up for so long may start again at once. */
const steadyMs = 60_000;

export class Kept<R extends Running> {
  readonly name: string;
  readonly #launch: () => Promise<R>;
  readonly #changed: () => void;
  readonly #stopping = new AbortController();
  #state: KeptState = "starting";
  #restarts = 0;
  #running: R | undefined;
  #life: Promise<void> | undefined;

  /** `changed` is called with every new state. */
  constructor(name: string, launch: () => Promise<R>, changed: () => void) {
    this.name = name;
    this.#launch = launch;
    this.#changed = changed;
  }

  get state(): KeptState {
    return this.#state;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** The process, while it runs. */
  get running(): R | undefined {
    return this.#running;
  }

  /** Starts it for the first time; throws when that fails. From then on it is kept. */
  async start(): Promise<R> {
    const first = this.#launch();
    this.#life = first.then(
      (running) => this.#keep(running),
      () => {},
    );
    return first;
  }

  /** Stops it for good, also while it starts. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running?.stop();
    await this.#life;
    this.#become("stopped");
  }

  async #keep(first: R): Promise<void> {
    let waitMs = firstPauseMs;
    let running: R | undefined = first;
    if (this.#stopping.signal.aborted) await first.stop();
    while (!this.#stopping.signal.aborted) {
      if (running !== undefined) {
        const since = performance.now();
        this.#running = running;
        this.#become("up");
        await running.ended;
        this.#running = undefined;
        if (performance.now() - since > steadyMs) waitMs = firstPauseMs;
      }
      if (this.#stopping.signal.aborted) return;
      this.#become("down");
      await pause(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
      waitMs = Math.min(waitMs * 2, longestPauseMs);
      if (this.#stopping.signal.aborted) return;
      this.#restarts += 1;
      this.#become("starting");
      running = await this.#launch().catch(() => undefined);
      if (this.#stopping.signal.aborted) await running?.stop();
    }
  }

  #become(state: KeptState): void {
    this.#state = state;
    this.#changed();
  }
}
