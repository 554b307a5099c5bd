/**
 * A watched playlist: every event once, in order, whatever the network does. It listens first and reads then, so that
 * nothing falls between; it reads again after each gap, each reconnection and, since a push can be lost without a trace,
 * every few minutes.
 */
import { EventSequence, type VersionedEvent } from "./event-sequence.ts";

export interface WatchOptions<Event extends VersionedEvent> {
  /** What the caller has of the playlist: events after this version are given. */
  readonly fromVersion: number;
  /** Events after a version, oldest first, as many as one answer holds; none when there are none. */
  readonly read: (since: number) => Promise<readonly Event[]>;
  readonly onEvents: (events: readonly Event[]) => void;
  /** The watch is over: no access any more, or what happened since is not kept (read the whole playlist, then watch again). */
  readonly onEnd?: (error: unknown) => void;
  /** Longest time until a push that was lost without a trace is noticed. */
  readonly recheckMs?: number;
}

export interface WatchTimes {
  /** Waits; rejects when `signal` aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
}

/** After a gap many clients read at once: each waits up to this long. */
const gapSpreadMs = 500;
const retryMs = { first: 250, most: 15_000 };

export class Watch<Event extends VersionedEvent> {
  readonly #options: WatchOptions<Event>;
  readonly #times: WatchTimes;
  readonly #sequence: EventSequence<Event>;
  readonly #ended = new AbortController();
  #reading: Promise<void> | undefined;
  #readAgain = false;

  constructor(options: WatchOptions<Event>, times: WatchTimes) {
    this.#options = options;
    this.#times = times;
    this.#sequence = new EventSequence(options.fromVersion, options.onEvents);
    void this.#recheck();
  }

  /** Number of the last event that was given. */
  get version(): number {
    return this.#sequence.version;
  }

  /** A message of the topic. */
  push(message: unknown): void {
    const { ops } = message as { ops?: readonly Event[] };
    if (this.#ended.signal.aborted || ops === undefined) return;
    this.#sequence.take(ops);
    // A read that is under way may have begun before the missing events did.
    if (this.#sequence.hasGap) void this.refresh();
  }

  /** Messages may have been missed, on every client at once. */
  gap(): void {
    const { signal } = this.#ended;
    this.#times.wait(this.#times.random() * gapSpreadMs, signal).then(() => this.refresh(), () => undefined);
  }

  /** Reads until nothing is missing. Resolves then, or when the watch has ended. */
  refresh(): Promise<void> {
    this.#readAgain = true;
    return (this.#reading ??= this.#read().finally(() => (this.#reading = undefined)));
  }

  end(error?: unknown): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    if (error !== undefined) this.#options.onEnd?.(error);
  }

  async #read(): Promise<void> {
    const { signal } = this.#ended;
    for (let failures = 0; !signal.aborted && (this.#readAgain || this.#sequence.hasGap); ) {
      const before = this.#sequence.version;
      this.#readAgain = false;
      try {
        const events = await this.#options.read(before);
        if (signal.aborted) return;
        this.#sequence.take(events);
        failures = 0;
        // A page: what follows it is read next.
        if (events.length > 0 && this.#sequence.version > before) this.#readAgain = true;
        // Known to exist and not to be read: the store answers from before it, for a moment.
        else if (this.#sequence.hasGap) await this.#times.wait(retryMs.first, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!mayRetry(error)) return this.end(error);
        failures += 1;
        this.#readAgain = true;
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
