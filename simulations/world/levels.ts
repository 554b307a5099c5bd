/** Counts of an event by event run, as means over steps: each change adds what is left of its step. */
import type { Demand } from "./demand.ts";

/** Sessions that nobody serves are in no region, and not counted. */
export class Levels {
  readonly #regions: number;
  readonly #stepS: number;
  readonly #scale: number;
  readonly #demand: Demand;
  readonly #now: () => number;
  /** Of regions, then of regions by home: what is there, and this step's area above what was there when it began. */
  readonly #levels: Float64Array;
  readonly #atStart: Float64Array;
  readonly #areas: Float64Array;
  #step = 0;

  constructor(regions: number, stepS: number, scale: number, demand: Demand, now: () => number) {
    this.#regions = regions;
    this.#stepS = stepS;
    this.#scale = scale;
    this.#demand = demand;
    this.#now = now;
    const size = regions + regions * regions;
    [this.#levels, this.#atStart, this.#areas] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  }

  session(region: number, by: 1 | -1): void {
    if (region < this.#regions) this.#change(region, by);
  }

  playing(region: number, home: number, by: 1 | -1): void {
    if (region < this.#regions) this.#change(this.#regions * (1 + region) + home, by);
  }

  count(what: "plays" | "restarts" | "joins" | "returns", region: number): void {
    const into = this.#demand.regions[region]?.[what];
    if (into !== undefined && this.#step < into.length) into[this.#step] = (into[this.#step] as number) + 1 / (this.#scale * this.#stepS);
  }

  /** Ends a step; answers how many there were. */
  close(): number {
    const meanOf = (at: number): number => ((this.#atStart[at] as number) + (this.#areas[at] as number) / this.#stepS) / this.#scale;
    for (const [region, { sessions, playing }] of this.#demand.regions.entries()) {
      if (this.#step >= sessions.length) break;
      sessions[this.#step] = meanOf(region);
      for (const [home, into] of playing.entries()) into[this.#step] = meanOf(this.#regions * (1 + region) + home);
    }
    this.#atStart.set(this.#levels);
    this.#areas.fill(0);
    return ++this.#step;
  }

  #change(at: number, by: 1 | -1): void {
    this.#levels[at] = (this.#levels[at] as number) + by;
    this.#areas[at] = (this.#areas[at] as number) + by * ((this.#step + 1) * this.#stepS - this.#now());
  }
}
