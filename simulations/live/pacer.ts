/**
 * When what a generator does is due: one timer for all of it, however much there is. What is due is run in order of time, and of equal
 * times the one that was asked for first.
 *
 * Node's timers come by the millisecond. At 10,000 calls a second that is ten calls a turn, each up to a millisecond late; who calls
 * `catchUp` whenever an answer wakes the process takes off part of that at the price of reading the clock. Nothing here spins: a generator's CPU
 * time is what its work costs.
 */
import { Heap } from "../engine/index.ts";

export interface Timers {
  /** Ms, monotonic. */
  now(): number;
  /** Runs once, after so many ms (at least 1) or a little later; answers what cancels it. */
  after(ms: number, run: () => void): () => void;
  /** Runs once what came in meanwhile was taken. */
  soon(run: () => void): void;
}

const nodeTimers: Timers = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  soon: (run) => void setImmediate(run),
};

/** A turn of a generator that has fallen behind: then answers are taken, which would wait for ever otherwise. */
const turnMs = 2;

export class Pacer {
  readonly #timers: Timers;
  readonly #heap = new Heap();
  readonly #acts: ((() => void) | undefined)[] = [];
  readonly #free: number[] = [];
  /** For when the timer is set; Infinity when it is not. */
  #setFor = Infinity;
  #cancel: (() => void) | undefined;
  #isRunning = false;
  #isSoon = false;

  constructor(timers: Timers = nodeTimers) {
    this.#timers = timers;
  }

  /** Acts that are still to come. */
  get pending(): number {
    return this.#heap.length;
  }

  /** Runs at that time, or soon when it is over; never before this returns. */
  at(ms: number, run: () => void): void {
    const slot = this.#free.pop() ?? this.#acts.length;
    this.#acts[slot] = run;
    this.#heap.push(ms, slot);
    if (!this.#isRunning) this.#set();
  }

  /** Runs what is due. */
  catchUp(): void {
    if (this.#isRunning || this.#heap.topKey > this.#timers.now()) return;
    this.#run();
  }

  /** Forgets everything. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#setFor = Infinity;
    while (this.#heap.length > 0) this.#acts[this.#heap.pop()] = undefined;
    this.#acts.length = 0;
    this.#free.length = 0;
  }

  #run(): void {
    this.#isRunning = true;
    const until = this.#timers.now() + turnMs;
    try {
      for (let now = until - turnMs; this.#heap.topKey <= now && now < until; now = this.#timers.now()) {
        const slot = this.#heap.pop();
        const act = this.#acts[slot];
        this.#acts[slot] = undefined;
        this.#free.push(slot);
        act?.();
      }
    } finally {
      this.#isRunning = false;
      this.#set();
    }
  }

  #set(): void {
    const dueMs = this.#heap.topKey;
    if (dueMs === Infinity) return;
    const waitMs = dueMs - this.#timers.now();
    if (waitMs <= 0) {
      if (this.#isSoon) return;
      this.#isSoon = true;
      this.#timers.soon(() => {
        this.#isSoon = false;
        this.catchUp();
      });
    } else if (dueMs < this.#setFor) {
      this.#cancel?.();
      this.#setFor = dueMs;
      this.#cancel = this.#timers.after(Math.max(1, waitMs), () => {
        this.#cancel = undefined;
        this.#setFor = Infinity;
        if (this.#heap.topKey > this.#timers.now()) this.#set();
        else this.#run();
      });
    }
  }
}
