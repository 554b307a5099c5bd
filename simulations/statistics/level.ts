/** A level that holds for a time: servers busy, calls waiting. Its mean is weighted by how long it held. */

export interface LevelFigures {
  /** Integral over the measured span: level x s. */
  readonly area: number;
  readonly greatest: number;
}

export class Level {
  #now = 0;
  #greatest = 0;
  #area = 0;
  #sinceS = 0;

  set(nowS: number, level: number): void {
    this.#area += this.#now * (nowS - this.#sinceS);
    this.#sinceS = nowS;
    this.#now = level;
    if (level > this.#greatest) this.#greatest = level;
  }

  /** Keeps the level and forgets its past. */
  reset(nowS: number): void {
    this.#area = 0;
    this.#sinceS = nowS;
    this.#greatest = this.#now;
  }

  figures(nowS: number): LevelFigures {
    return { area: this.#area + this.#now * (nowS - this.#sinceS), greatest: this.#greatest };
  }
}
