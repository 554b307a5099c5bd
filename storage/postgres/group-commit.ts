/**
 * Group commit: what is added while a write is under way goes with the next one, everybody's together. One write at a time.
 *
 * Every call ends within the deadline, counted from the call. Nothing is written for a caller who was told no before its turn;
 * one who is told while its write is under way does not know its outcome.
 */
import { StorageUnavailable } from "../errors.ts";

export interface GroupCommitOptions<T> {
  /** Items of one write. A call with more is one write. */
  readonly atOnce: number;
  /** Items that may wait for the write under way. */
  readonly waiting: number;
  readonly deadlineMs: number;
  /** Writes them all, or throws what every caller of this write is told. */
  write(items: readonly T[]): Promise<void>;
}

interface Call<T> {
  readonly items: readonly T[];
  readonly settled: PromiseWithResolvers<void>;
  readonly timer: NodeJS.Timeout;
  isLate: boolean;
}

export class GroupCommit<T> {
  readonly #options: GroupCommitOptions<T>;
  #queue: Call<T>[] = [];
  #waiting = 0;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: GroupCommitOptions<T>) {
    this.#options = options;
  }

  /** Resolves when they are written. Throws StorageUnavailable when too many wait, when it takes too long, and after `close`. */
  add(items: readonly T[]): Promise<void> {
    if (items.length === 0) return Promise.resolve();
    if (this.#isClosed) return Promise.reject(new StorageUnavailable("the database is closed"));
    if (this.#waiting + items.length > this.#options.waiting) return Promise.reject(new StorageUnavailable(`${this.#waiting} are waiting for the database`));
    const call: Call<T> = { items, settled: Promise.withResolvers(), timer: setTimeout(() => this.#late(call), this.#options.deadlineMs), isLate: false };
    this.#queue.push(call);
    this.#waiting += items.length;
    // In the same turn of the event loop others may follow: they go together.
    this.#writing ??= Promise.resolve().then(() => this.#write());
    return call.settled.promise;
  }

  /** Resolves when everything that was added is written, or its callers were told no. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
  }

  async #write(): Promise<void> {
    for (let calls = this.#next(); calls.length > 0; calls = this.#next()) {
      try {
        const [only] = calls;
        await this.#options.write(calls.length === 1 && only !== undefined ? only.items : calls.flatMap(({ items }) => items));
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
    this.#writing = undefined;
  }

  /** The calls of the next write, in the order in which they were made. */
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
