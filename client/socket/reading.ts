/**
 * Keeps reading what a topic says has changed, whatever the network does: again after each gap, each reconnection and, since
 * a push can be lost without a trace, every few minutes; one read at a time; after a failure that passes, later.
 */

export interface ReadingTimes {
  /** Waits; rejects when `signal` aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
}

export interface ReadingOptions {
  /** Reads once and takes what it got, unless `signal` has aborted. "more": something is left to read; "later": what was to be read is not there yet. */
  readonly read: (signal: AbortSignal) => Promise<"all" | "more" | "later">;
  /** It is over, for a reason that stays. */
  readonly onEnd?: ((error: unknown) => void) | undefined;
  /** Longest time until a push that was lost without a trace is noticed. */
  readonly recheckMs?: number | undefined;
}

/** After a gap many clients read at once: each waits up to this long. */
const gapSpreadMs = 500;
const retryMs = { first: 250, most: 15_000 };

export class Reading {
  readonly #options: ReadingOptions;
  readonly #times: ReadingTimes;
  readonly #ended = new AbortController();
  #reading: Promise<void> | undefined;
  #isWanted = false;

  constructor(options: ReadingOptions, times: ReadingTimes) {
    this.#options = options;
    this.#times = times;
    void this.#recheck();
  }

  get hasEnded(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Something may have been missed, by every client at once. */
  gap(): void {
    this.#times.wait(this.#times.random() * gapSpreadMs, this.#ended.signal).then(() => this.refresh(), () => undefined);
  }

  /** Reads until nothing is missing. A read under way may have begun too early: another follows. Resolves then, or when it has ended. */
  refresh(): Promise<void> {
    this.#isWanted = true;
    return (this.#reading ??= this.#read().finally(() => (this.#reading = undefined)));
  }

  end(error?: unknown): void {
    if (this.hasEnded) return;
    this.#ended.abort();
    if (error !== undefined) this.#options.onEnd?.(error);
  }

  async #read(): Promise<void> {
    const { signal } = this.#ended;
    let failures = 0;
    while (!signal.aborted && this.#isWanted) {
      this.#isWanted = false;
      try {
        const left = await this.#options.read(signal);
        failures = 0;
        if (left === "all") continue;
        this.#isWanted = true;
        if (left === "later") await this.#times.wait(retryMs.first, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!mayRetry(error)) return this.end(error);
        failures += 1;
        this.#isWanted = true;
        await this.#times.wait(Math.min(retryMs.most, retryMs.first * 2 ** Math.min(failures, 10)) * (0.5 + this.#times.random() / 2), signal).catch(() => undefined);
      }
    }
  }

  async #recheck(): Promise<void> {
    const { recheckMs = 5 * 60_000 } = this.#options;
    try {
      for (;;) {
        await this.#times.wait(recheckMs * (0.75 + this.#times.random() / 2), this.#ended.signal);
        await this.refresh();
      }
    } catch {
      // Ended.
    }
  }
}

/** What has no word on it came from the network. */
function mayRetry(error: unknown): boolean {
  const { retryable } = error as { retryable?: unknown };
  return retryable !== false;
}
