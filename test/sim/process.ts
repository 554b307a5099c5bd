/**
 * A simulated process: it can be paused, and it can die at any moment. Whatever reaches its code from outside (timers,
 * messages, answers of the store) comes through `run`: held back while it is paused, never again when it is dead.
 */
import type { Clock } from "../../actors/runtime/ports.ts";
import type { Seeded } from "../chaos/random.ts";
import type { Timeline } from "./timeline.ts";

export interface ClockFaults {
  /** How much faster than true time its monotonic clock may run, or slower: 0.01 is one per cent. */
  readonly drift: number;
  /** How wrong its wall clock may be, ms; and it jumps. */
  readonly wallSkewMs: number;
}

export class SimProcess {
  readonly name: string;
  isAlive = true;
  isPaused = false;
  /** When it was last paused or resumed, simulated time. */
  pausedAt = -Infinity;
  diedAt = Infinity;
  /** When it was paused, up to now. */
  readonly pauses: { readonly from: number; to: number }[] = [];
  readonly clock: Clock;
  readonly random: Seeded;
  /** Dies at this many calls of a port from now on; 0: does not. */
  #doom = 0;
  #onDeath: (() => void) | undefined;
  #held: (() => void)[] = [];
  readonly #timeline: Timeline;

  constructor(name: string, timeline: Timeline, random: Seeded, faults: ClockFaults) {
    this.name = name;
    this.random = random;
    this.#timeline = timeline;
    const rate = 1 + faults.drift * (2 * random.next() - 1);
    const born = timeline.now;
    const offset = random.between(1, 1_000_000);
    let skew = faults.wallSkewMs * (2 * random.next() - 1);
    this.clock = {
      now: () => offset + rate * (timeline.now - born),
      wall: () => {
        if (faults.wallSkewMs > 0 && random.chance(0.01)) skew = faults.wallSkewMs * (2 * random.next() - 1);
        return Math.floor(1_700_000_000_000 + skew + timeline.now);
      },
      after: (ms, run) => {
        const scheduled = timeline.after(ms / rate + random.next() * 2, `${name} timer`, () => this.run(run));
        return () => (scheduled.run = undefined);
      },
      soon: (run) => void timeline.after(random.next() * 0.2, `${name} soon`, () => this.run(run)),
    };
  }

  /** Runs code of this process: now, after its pause, or never. */
  run(body: () => void): void {
    if (!this.isAlive) return;
    if (this.isPaused) this.#held.push(body);
    else body();
  }

  /** To be asked by every port at each call: false when the process is dead, and nothing must happen any more. */
  enter(): boolean {
    if (this.#doom > 0 && --this.#doom === 0) {
      this.die();
      this.#onDeath?.();
    }
    return this.isAlive;
  }

  /** Dies in the middle of what it does: at the n-th call of a port from now on. */
  dieAtCall(n: number, onDeath: () => void): void {
    this.#doom = n;
    this.#onDeath = onDeath;
  }

  die(): void {
    if (this.isAlive) this.diedAt = this.#timeline.now;
    this.isAlive = false;
    this.#held = [];
  }

  pause(): void {
    this.isPaused = true;
    this.pausedAt = this.#timeline.now;
    this.pauses.push({ from: this.pausedAt, to: Infinity });
  }

  /** Goes on; what came meanwhile comes now, in an order of its own for timers and messages alike. */
  resume(): void {
    this.isPaused = false;
    this.pausedAt = this.#timeline.now;
    const pause = this.pauses.at(-1);
    if (pause !== undefined) pause.to = this.pausedAt;
    for (const body of this.#held.splice(0)) this.#timeline.after(this.random.chance(0.8) ? 0 : this.random.next(), `${this.name} late`, () => this.run(body));
  }
}

/** What a call answers that a dead process made. */
export const never = <T>(): Promise<T> => new Promise<T>(() => {});
