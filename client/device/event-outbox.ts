/**
 * Events on their way to the service: told in order, one after the other, until each is acknowledged; kept in a store meanwhile.
 *
 *   add -> store -> told -> acknowledged, or refused for good -> gone
 *                    ^  no answer: again, after a growing pause  |
 *                    +-------------------------------------------+
 *
 * Bound: `most` wait. When more come the oldest progress goes, or, when there is none, the oldest event.
 */
import { mayRepeat } from "../errors.ts";
import { retryDelayMs, wait, type Backoff } from "../playback/backoff.ts";
import type { PlaybackEvent } from "./playback-events.ts";

/** Where events are kept until they are acknowledged. Anything unreadable is as if nothing was kept. */
export interface EventStore {
  load(): readonly PlaybackEvent[];
  save(events: readonly PlaybackEvent[]): void;
}

export interface EventOutboxOptions {
  /** Tells one. Rejects with a status that says whether it is worth telling again (ApiError), or without one when no answer came. */
  readonly send: (event: PlaybackEvent) => Promise<unknown>;
  readonly store?: EventStore;
  readonly most?: number;
  readonly random?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Tried for ever; `retryNow` cuts a pause short. */
const backoff: Backoff = { attempts: Infinity, firstMs: 500, maxMs: 30_000 };

export function memoryEventStore(initial: readonly PlaybackEvent[] = []): EventStore {
  let kept = initial;
  return {
    load: () => kept,
    save: (events) => {
      kept = [...events];
    },
  };
}

export class EventOutbox {
  readonly #options: Required<EventOutboxOptions>;
  readonly #closed = new AbortController();
  #events: PlaybackEvent[];
  #sending = false;
  #pause = new AbortController();

  constructor(options: EventOutboxOptions) {
    this.#options = { store: memoryEventStore(), most: 500, random: Math.random, wait, ...options };
    this.#events = this.#options.store.load().slice(-this.#options.most);
    void this.#sendAll();
  }

  /** Events that are not acknowledged, oldest first. */
  get waiting(): readonly PlaybackEvent[] {
    return this.#events;
  }

  add(event: PlaybackEvent): void {
    this.#events.push(event);
    if (this.#events.length > this.#options.most) {
      // The first may be on its way.
      const progress = this.#events.findIndex(({ type }, index) => index > 0 && type === "progress");
      this.#events.splice(progress === -1 ? 1 : progress, 1);
    }
    this.#options.store.save(this.#events);
    void this.#sendAll();
  }

  /** The service can be reached again. */
  retryNow(): void {
    this.#pause.abort(new Error("retry now"));
  }

  /** Stops telling. What waits stays in the store. */
  close(): void {
    this.#closed.abort(new Error("the outbox is closed"));
    this.#pause.abort(this.#closed.signal.reason);
  }

  async #sendAll(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    let attempt = 0;
    for (let [first] = this.#events; first !== undefined && !this.#closed.signal.aborted; [first] = this.#events) {
      try {
        await this.#options.send(first);
        attempt = 0;
        this.#drop(first);
      } catch (error) {
        if (!mayRepeat(error)) {
          this.#drop(first);
          continue;
        }
        attempt += 1;
        await this.#rest(attempt, error);
      }
    }
    this.#sending = false;
  }

  #drop(event: PlaybackEvent): void {
    this.#events = this.#events.filter((one) => one !== event);
    this.#options.store.save(this.#events);
  }

  async #rest(attempt: number, error: unknown): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#pause = new AbortController();
    const { retryAfterMs = null } = (error ?? {}) as { retryAfterMs?: number | null };
    await this.#options.wait(retryDelayMs(backoff, Math.min(attempt, 10), this.#options.random(), retryAfterMs), this.#pause.signal).catch(() => undefined);
  }
}
