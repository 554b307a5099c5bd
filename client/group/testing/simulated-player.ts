/**
 * A player in simulated time: a sound card whose clock is a little off, audio that takes a while to come, and starts that miss their
 * time as a bad audio stack makes them.
 */
import type { SimulatedTime } from "../../clock/testing/simulated-time.ts";
import type { GroupPlayer, HeardNow, Played } from "../player.ts";

export interface Faults {
  /** What its clock shows more than true time, ms. */
  readonly skewMs: number;
  /** Its sound card plays so much too fast. */
  readonly drift: number;
  /** How long each start takes to be ready. */
  readonly loadMs: () => number;
  /** How far from its time each start is. */
  readonly missMs: () => number;
}

interface Course {
  /** What sounds, and what follows. */
  chain: Played[];
  readonly positionMs: number;
  /** True time at which the first is at `positionMs`. */
  readonly at: number;
  readonly readyAt: number;
}

export class SimulatedPlayer implements GroupPlayer {
  readonly starts: number[] = [];
  readonly refused = new Set<string>();
  readonly #time: SimulatedTime;
  readonly #faults: Faults;
  #course: Course | null = null;

  constructor(time: SimulatedTime, faults: Faults) {
    this.#time = time;
    this.#faults = faults;
  }

  heard(): HeardNow | null {
    const { now } = this.#time;
    const course = this.#course;
    if (course === null || now < course.at || now < course.readyAt) return null;
    let positionMs = course.positionMs + (now - course.at) * (1 + this.#faults.drift);
    for (const { itemId, durationMs } of course.chain) {
      if (this.refused.has(itemId)) return null;
      if (positionMs < durationMs) return { itemId, positionMs };
      positionMs -= durationMs;
    }
    return null;
  }

  trouble(itemId: string): "refused" | null {
    return this.refused.has(itemId) ? "refused" : null;
  }

  start(item: Played, positionMs: number, atMs: number, next: Played | null): void {
    this.starts.push(this.#time.now);
    this.#course = { chain: next === null ? [item] : [item, next], positionMs, at: atMs - this.#faults.skewMs + this.#faults.missMs(), readyAt: this.#time.now + this.#faults.loadMs() };
  }

  setNext(after: string, next: Played | null): void {
    const course = this.#course;
    const at = course?.chain.findIndex(({ itemId }) => itemId === after) ?? -1;
    if (course !== null && at >= 0) course.chain = [...course.chain.slice(0, at + 1), ...(next === null ? [] : [next])];
  }

  hold(): void {
    this.#course = null;
  }

  stop(): void {
    this.#course = null;
  }
}
