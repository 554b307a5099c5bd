/** A process in virtual time: an event loop, which does one piece of work after the other, in the order in which they came. */
import type { Simulation } from "../engine/index.ts";

interface Piece {
  readonly workS: number;
  readonly done: (isDone: boolean) => void;
}

export class Process {
  readonly name: string;
  usedS = 0;
  readonly #sim: Simulation;
  #queue: Piece[] = [];
  #first = 0;
  #running: Piece | undefined;
  #stands: "running" | "paused" | "killed" = "running";

  constructor(sim: Simulation, name: string) {
    this.#sim = sim;
    this.name = name;
  }

  /** Pieces waiting and under way. */
  get inside(): number {
    return this.#queue.length - this.#first + (this.#running === undefined ? 0 : 1);
  }

  get isKilled(): boolean {
    return this.#stands === "killed";
  }

  /** `done` is told false when the process is killed before the work is done. */
  enter(workS: number, done: (isDone: boolean) => void): void {
    if (this.isKilled) return done(false);
    if (workS === 0 && this.inside === 0 && this.#stands === "running") return done(true);
    this.#queue.push({ workS, done });
    this.#next();
  }

  /** Stands still: what it does now is done in the moment, what comes waits. */
  pause(): void {
    if (this.#stands === "running") this.#stands = "paused";
  }

  /** Everything in it is lost. */
  kill(): void {
    this.#stands = "killed";
    const lost = [...(this.#running === undefined ? [] : [this.#running]), ...this.#queue.slice(this.#first)];
    this.#running = undefined;
    this.#queue = [];
    this.#first = 0;
    for (const { done } of lost) done(false);
  }

  /** After a pause or a kill. */
  resume(): void {
    this.#stands = "running";
    this.#next();
  }

  #next(): void {
    const piece = this.#queue[this.#first];
    if (piece === undefined || this.#running !== undefined || this.#stands !== "running") return;
    this.#first += 1;
    if (this.#first > 1_024 && this.#first * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    this.#running = piece;
    this.#sim.after(piece.workS, run, () => this.#ended(piece));
  }

  #ended(piece: Piece): void {
    // It was killed meanwhile.
    if (this.#running !== piece) return;
    this.#running = undefined;
    this.usedS += piece.workS;
    piece.done(true);
    this.#next();
  }
}

const run = (act: () => void): void => act();
