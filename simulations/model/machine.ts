/**
 * A machine and the processes on it, in virtual time. A process is an event loop: one piece of work after the other, in the order in which
 * they came. To work it needs one of the machine's cores, and keeps it until it has nothing to do, or for a slice when others wait for one;
 * cores are given in the order in which they are asked for.
 */
import type { Simulation } from "../engine/index.ts";

/** Linux looks at its clock so often whether another process should have the core (CONFIG_HZ 250, as Debian has it). */
const sliceS = 0.004;

export class Machine {
  readonly cores: number;
  /** CPU in use so far, of everything on it. */
  usedS = 0;
  readonly #sim: Simulation;
  #free: number;
  #waiting: (() => void)[] = [];
  #first = 0;

  /** `cores`: Infinity for processes that have a machine each. */
  constructor(sim: Simulation, cores: number) {
    this.#sim = sim;
    this.cores = cores;
    this.#free = cores;
  }

  get nowS(): number {
    return this.#sim.nowS;
  }

  get isAwaited(): boolean {
    return this.#first < this.#waiting.length;
  }

  /** `has`: there is a core, until `release`. */
  ask(has: () => void): void {
    if (this.#free > 0) {
      this.#free -= 1;
      has();
    } else this.#waiting.push(has);
  }

  release(): void {
    const has = this.#waiting[this.#first];
    if (has === undefined) {
      this.#free += 1;
      return;
    }
    this.#first += 1;
    if (this.#first > 1_024 && this.#first * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    has();
  }

  /** By whoever has a core. */
  spend(workS: number, done: () => void): void {
    this.usedS += workS;
    this.#sim.after(workS, run, done);
  }

  /** Work of whoever is not told apart: nobody but the cores is waited for. */
  work(workS: number, done: () => void): void {
    if (workS === 0) return done();
    this.ask(() => this.spend(workS, () => {
      this.release();
      done();
    }));
  }
}

const run = (act: () => void): void => act();

interface Piece {
  readonly workS: number;
  readonly done: (isDone: boolean) => void;
}

export class Process {
  readonly name: string;
  usedS = 0;
  readonly #machine: Machine;
  #queue: Piece[] = [];
  #first = 0;
  #running: Piece | undefined;
  /** Has a core, or waits for one. */
  #isAwake = false;
  #sliceEndsS = 0;
  #stands: "running" | "paused" | "killed" = "running";

  constructor(name: string, machine: Machine) {
    this.name = name;
    this.#machine = machine;
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
    if (workS === 0 && !this.#isAwake && this.#stands === "running") return done(true);
    this.#queue.push({ workS, done });
    this.#wake();
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
    this.#wake();
  }

  #wake(): void {
    if (this.#isAwake || this.#stands !== "running" || this.#first === this.#queue.length) return;
    this.#isAwake = true;
    this.#machine.ask(() => {
      this.#sliceEndsS = this.#machine.nowS + sliceS;
      this.#next();
    });
  }

  /** Has a core. */
  #next(): void {
    const piece = this.#stands === "running" ? this.#queue[this.#first] : undefined;
    if (piece === undefined || (this.#machine.isAwaited && this.#machine.nowS >= this.#sliceEndsS)) {
      this.#isAwake = false;
      this.#machine.release();
      return this.#wake();
    }
    this.#first += 1;
    if (this.#first > 1_024 && this.#first * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    this.#running = piece;
    this.#machine.spend(piece.workS, () => this.#ended(piece));
  }

  #ended(piece: Piece): void {
    // Not when it was killed meanwhile.
    if (this.#running === piece) {
      this.#running = undefined;
      this.usedS += piece.workS;
      piece.done(true);
    }
    this.#next();
  }
}
