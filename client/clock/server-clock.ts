/** The service's clock: asks it for the time, often at first and every 30 s later, and says what time it is there. */
import { ClockFilter } from "./clock-filter.ts";

/** Asks the service: when the question came, and when the answer went, ms since 1970 with fractions. */
export type AskClock = () => Promise<{ readonly receivedAt: number; readonly sentAt: number }>;

export interface ServerClockOptions {
  readonly ask: AskClock;
  /** One's own clock, ms from anywhere; must not be set by anybody (`performance.now`). */
  readonly now?: () => number;
  /** Calls `run` once, in `ms`; the answered function cancels it. */
  readonly after?: (ms: number, run: () => void) => () => void;
}

/** At first as many samples as the filter keeps, so soon after each other. */
const firstSamples = 8;
const firstPauseMs = 100;
const pauseMs = 30_000;
const retryMs = 1_000;

export class ServerClock {
  readonly #ask: AskClock;
  readonly #now: () => number;
  readonly #after: (ms: number, run: () => void) => () => void;
  readonly #filter = new ClockFilter();
  readonly #ready = Promise.withResolvers<void>();
  #soon = firstSamples;
  #cancel: () => void = () => {};
  #asking = false;
  #ended = false;

  constructor({ ask, now = () => performance.now(), after = timer }: ServerClockOptions) {
    this.#ask = ask;
    this.#now = now;
    this.#after = after;
    void this.#sample();
  }

  /** Resolves with the first answer. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** The service's time, ms since 1970; undefined before the first answer. */
  now(): number | undefined {
    const here = this.#now();
    const best = this.#filter.best(here);
    return best === undefined ? undefined : here + best.offsetMs;
  }

  /** One's own time when it is `serverMs` there; undefined before the first answer. */
  toLocal(serverMs: number): number | undefined {
    const best = this.#filter.best(this.#now());
    return best === undefined ? undefined : serverMs - best.offsetMs;
  }

  /** How wrong it may be, ms. */
  get errorMs(): number {
    return this.#filter.errorMs(this.#now());
  }

  /** The page slept, or the connection is another: asks often again. */
  refresh(): void {
    this.#soon = firstSamples;
    this.#cancel();
    void this.#sample();
  }

  end(): void {
    this.#ended = true;
    this.#cancel();
  }

  async #sample(): Promise<void> {
    if (this.#asking || this.#ended) return;
    this.#asking = true;
    let waitMs = retryMs;
    try {
      const sentAt = this.#now();
      const answer = await this.#ask();
      this.#filter.add(sentAt, answer, this.#now());
      if (this.#filter.size > 0) this.#ready.resolve();
      this.#soon = Math.max(0, this.#soon - 1);
      waitMs = this.#soon > 0 ? firstPauseMs : pauseMs;
    } catch {
      // No connection at the moment: what is known stays good for a while.
    } finally {
      this.#asking = false;
    }
    if (!this.#ended) this.#cancel = this.#after(waitMs, () => void this.#sample());
  }
}

function timer(ms: number, run: () => void): () => void {
  const id = setTimeout(run, ms);
  return () => clearTimeout(id);
}
