/**
 * The events of one playlist in the order of their versions, each once, put together from pushes (which may be late,
 * repeated or missing) and from reads of what happened since a version. Pure of sockets and time: watch.ts feeds it.
 *
 *   push      next in order: deliver · already delivered: drop · later: keep, and read what is between
 *   read      as a push; more is there when the answer says so or a kept event still waits
 */

/** At least its number; the rest is the reader's to know. */
export interface VersionedEvent {
  readonly version: number;
}

/** Pushed events that wait for earlier ones; beyond, they are read later with those. */
const keptEvents = 1_000;

export class EventSequence<Event extends VersionedEvent> {
  readonly #deliver: (events: readonly Event[]) => void;
  readonly #kept = new Map<number, Event>();
  #version: number;
  /** Later than this something is known to exist. */
  #known: number;

  /** `fromVersion` is what the reader has already; `deliver` gets runs of events without gaps. */
  constructor(fromVersion: number, deliver: (events: readonly Event[]) => void) {
    this.#version = fromVersion;
    this.#known = fromVersion;
    this.#deliver = deliver;
  }

  /** Number of the last event that was delivered. */
  get version(): number {
    return this.#version;
  }

  /** Whether events between are known to be missing. */
  get hasGap(): boolean {
    return this.#known > this.#version;
  }

  /** Takes events, however they came. */
  take(events: readonly Event[]): void {
    for (const event of events) {
      if (event.version <= this.#version) continue;
      this.#known = Math.max(this.#known, event.version);
      if (this.#kept.size < keptEvents || event.version === this.#version + 1) this.#kept.set(event.version, event);
    }
    const run: Event[] = [];
    for (let next = this.#kept.get(this.#version + 1); next !== undefined; next = this.#kept.get(this.#version + run.length + 1)) {
      run.push(next);
      this.#kept.delete(next.version);
    }
    if (run.length === 0) return;
    this.#version += run.length;
    this.#deliver(run);
  }
}
