/** Bounds how much of one kind of work runs at a time, and how much waits for it. */
import { Busy } from "./chunk-cache.ts";

export class Slots {
  #free: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];

  constructor(slots: number, maxWaiting: number) {
    this.#free = slots;
    this.#maxWaiting = maxWaiting;
  }

  /** Runs `work` when a slot is free. Throws Busy when too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else if (this.#waiting.length >= this.#maxWaiting) throw new Busy("too much waits for a slot");
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // A waiting one inherits the slot.
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
