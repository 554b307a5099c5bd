/**
 * What is added while a statement is under way goes with the next one, everybody's together: group commit, and the same for reading. One
 * statement at a time.
 *
 * Every call ends within the deadline, counted from the call. Nothing is sent for a caller who was told no before its turn;
 * one who is told while its statement is under way does not know its outcome.
 */
import { StorageUnavailable } from "../errors.ts";

export interface BatchOptions<T> {
  /** Items of one statement. A call with more has one of its own. */
  readonly atOnce: number;
  /** Items that may wait for the one under way. */
  readonly waiting: number;
  readonly deadlineMs: number;
  /** Does what is to be done with them, or throws what every caller of this statement is told. */
  run(items: readonly T[]): Promise<void>;
}

interface Call<T> {
  readonly items: readonly T[];
  readonly settled: PromiseWithResolvers<void>;
  readonly timer: NodeJS.Timeout;
  isLate: boolean;
}

export class Batches<T> {
  readonly #options: BatchOptions<T>;
  #queue: Call<T>[] = [];
  #waiting = 0;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: BatchOptions<T>) {
    this.#options = options;
  }

  /** Resolves when that is done. Throws StorageUnavailable when too many wait, when it takes too long, and after `close`. */
  add(items: readonly T[]): Promise<void> {
    if (items.length === 0) return Promise.resolve();
    if (this.#isClosed) return Promise.reject(new StorageUnavailable("the database is closed"));
    if (this.#waiting + items.length > this.#options.waiting) return Promise.reject(new StorageUnavailable(`${this.#waiting} are waiting for the database`));
    const call: Call<T> = { items, settled: Promise.withResolvers(), timer: setTimeout(() => this.#late(call), this.#options.deadlineMs), isLate: false };
    this.#queue.push(call);
    this.#waiting += items.length;
    // In the same turn of the event loop others may follow: they go together.
    this.#running ??= Promise.resolve().then(() => this.#run());
    return call.settled.promise;
  }

  /** Resolves when everything that was added is done, or its callers were told no. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let calls = this.#next(); calls.length > 0; calls = this.#next()) {
      try {
        const [only] = calls;
        await this.#options.run(calls.length === 1 && only !== undefined ? only.items : calls.flatMap(({ items }) => items));
        for (const { timer, settled } of calls) {
          clearTimeout(timer);
          settled.resolve();
        }
      } catch (error) {
        for (const { timer, settled } of calls) {
          clearTimeout(timer);
          settled.reject(error);
        }
      }
    }
    // In the same turn as the look at the empty queue: whoever comes next starts anew.
    this.#running = undefined;
  }

  /** The calls of the next statement, in the order in which they were made. */
  #next(): Call<T>[] {
    let items = 0;
    let calls = 0;
    for (const call of this.#queue) {
      if (calls > 0 && items + call.items.length > this.#options.atOnce) break;
      items += call.items.length;
      calls += 1;
    }
    const next = this.#queue.slice(0, calls);
    this.#queue = this.#queue.slice(calls);
    this.#waiting -= items;
    return next.filter(({ isLate }) => !isLate);
  }

  #late(call: Call<T>): void {
    call.isLate = true;
    call.settled.reject(new StorageUnavailable(`the database gave no answer within ${this.#options.deadlineMs} ms`));
  }
}
