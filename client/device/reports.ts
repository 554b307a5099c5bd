/**
 * Reports of a device: at each change of what it does, and now and then without one. One is under way at a time; what was offered
 * meanwhile follows it. Pure of clocks: `tick` is called about once a second.
 */
import type { Seen } from "./playback-events.ts";
import type { DeviceReport, Reported, SessionPlayback } from "./shapes.ts";

/** A device that plays and is silent for 20 s is taken for dead: one report may be lost, and the next late. */
const playingMs = 8_000;
/** It counts as offline after 45 s. */
const idleMs = 20_000;
const retryMs = 2_000;

export interface Offered {
  /** What it does, as one word. */
  readonly does: string;
  readonly report: DeviceReport;
}

type Alive = Pick<DeviceReport, "deviceId" | "seen">;

const named = (playbackId: string | null) => (playbackId === null ? {} : { playbackId });

/** What plays of the session's queue. */
export function offer(alive: Alive, { itemId, trackId, positionMs, isPlaying, at }: SessionPlayback, playbackId: string | null, does: string): Offered {
  return { does, report: { ...alive, itemId, trackId, positionMs: Math.max(0, Math.round(positionMs)), isPlaying, at: Math.round(at), ...named(playbackId) } };
}

/** What a group plays is no item of the queue: the session takes it by its track. */
export function offerHeld(alive: Alive, seen: Seen | null, playbackId: string | null, now: number): Offered {
  if (seen === null) return { does: "", report: alive };
  const { itemId, trackId, positionMs, phase } = seen;
  const isPlaying = phase === "sounding" || phase === "waiting";
  return { does: `${itemId} ${phase}`, report: { ...alive, trackId, positionMs: Math.max(0, Math.round(positionMs)), isPlaying, at: Math.round(now), ...named(playbackId) } };
}

export interface ReportsOptions {
  readonly send: (report: DeviceReport) => Promise<Reported>;
  readonly answered: (answer: Reported) => void;
  readonly failed: (error: unknown) => void;
  readonly now: () => number;
}

export class Reports {
  readonly #options: ReportsOptions;
  #told: string | null = null;
  #dueAt = 0;
  #isSending = false;
  #next: Offered | null = null;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  /** Told if it does something else than was told last. */
  offer(offered: Offered): void {
    if (offered.does !== this.#told) this.now(offered);
  }

  /** Told if it is due. */
  tick(offered: Offered): void {
    if (offered.does !== this.#told || this.#options.now() >= this.#dueAt) this.now(offered);
  }

  /** What was told is not known any more: the next offer is told. */
  forget(): void {
    this.#told = null;
  }

  now(offered: Offered): void {
    this.#next = offered;
    if (!this.#isSending) void this.#send();
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    for (let next = this.#next; next !== null; next = this.#next) {
      this.#next = null;
      this.#told = next.does;
      this.#dueAt = this.#options.now() + (next.report.isPlaying === true ? playingMs : idleMs);
      try {
        this.#options.answered(await this.#options.send(next.report));
      } catch (error) {
        this.#dueAt = this.#options.now() + retryMs;
        this.#options.failed(error);
      }
    }
    this.#isSending = false;
  }
}
