/**
 * Milliseconds since 1970 with fractions, which no clock of Node has: the monotonic clock has fractions and drifts, the wall
 * clock is kept right and has none. Each reading is held between two ticks of the wall clock.
 */
export class WallClock {
  readonly #wall: () => number;
  readonly #monotonic: () => number;
  #offset: number;

  constructor(wall: () => number = Date.now, monotonic: () => number = () => performance.now()) {
    this.#wall = wall;
    this.#monotonic = monotonic;
    this.#offset = wall() - monotonic();
  }

  now(): number {
    const monotonic = this.#monotonic();
    const tick = this.#wall();
    const fine = monotonic + this.#offset;
    if (fine < tick) this.#offset = tick - monotonic;
    else if (fine >= tick + 1) this.#offset = tick + 0.999 - monotonic;
    return monotonic + this.#offset;
  }
}
