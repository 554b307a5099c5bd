/**
 * A watched playlist: every event once, in order, whatever the network does. It listens first and reads then, so that
 * nothing falls between, and reads again whenever something may be missing (reading.ts).
 */
import { EventSequence, type VersionedEvent } from "./event-sequence.ts";
import { Reading, type ReadingTimes } from "./reading.ts";

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

export class Watch<Event extends VersionedEvent> {
  readonly #options: WatchOptions<Event>;
  readonly #sequence: EventSequence<Event>;
  readonly #reading: Reading;

  constructor(options: WatchOptions<Event>, times: ReadingTimes) {
    this.#options = options;
    this.#sequence = new EventSequence(options.fromVersion, options.onEvents);
    this.#reading = new Reading({ read: (signal) => this.#read(signal), onEnd: options.onEnd, recheckMs: options.recheckMs }, times);
  }

  /** Number of the last event that was given. */
  get version(): number {
    return this.#sequence.version;
  }

  /** A message of the topic. */
  push(message: unknown): void {
    const { ops } = message as { ops?: readonly Event[] };
    if (this.#reading.hasEnded || ops === undefined) return;
    this.#sequence.take(ops);
    if (this.#sequence.hasGap) void this.refresh();
  }

  /** Messages may have been missed, on every client at once. */
  gap(): void {
    this.#reading.gap();
  }

  /** Reads until nothing is missing. Resolves then, or when the watch has ended. */
  refresh(): Promise<void> {
    return this.#reading.refresh();
  }

  end(error?: unknown): void {
    this.#reading.end(error);
  }

  async #read(signal: AbortSignal): Promise<"all" | "more" | "later"> {
    const before = this.#sequence.version;
    const events = await this.#options.read(before);
    if (signal.aborted) return "all";
    this.#sequence.take(events);
    // A page: what follows it is read next.
    if (events.length > 0 && this.#sequence.version > before) return "more";
    // Known to exist and not to be read: the store answers from before it, for a moment.
    return this.#sequence.hasGap ? "later" : "all";
  }
}
