/**
 * A machine and the processes on it, in virtual time. A process is an event loop: one piece of work after the other, in the order in which
 * they came; to work it needs one of the machine's cores, for which processes wait in the order in which they ask. Work is never taken
 * from a core: pieces are far shorter than the system's time slice.
 */
import type { Simulation, Station } from "../engine/index.ts";

interface Piece {
  readonly workS: number;
  readonly process: Process | undefined;
  readonly done: (isDone: boolean) => void;
}

export class Machine {
  readonly #cores: Station<Piece>;
  readonly cores: number;
  /** CPU in use so far, of everything on it. */
  usedS = 0;

  /** `cores`: Infinity for processes that have a machine each. */
  constructor(simulation: Simulation, name: string, cores: number) {
    this.cores = cores;
    this.#cores = simulation.station<Piece>({ name, servers: cores, service: (_chance, { workS }) => workS, latencies: false });
  }

  /** Work of whoever is not told apart: nobody but the cores is waited for. */
  work(workS: number, done: () => void): void {
    this.run({ workS, process: undefined, done });
  }

  run(piece: Piece): void {
    if (piece.workS === 0) return ended(piece);
    this.#cores.enter(piece, ended);
    this.usedS += piece.workS;
  }
}

const ended = (piece: Piece): void => (piece.process === undefined ? piece.done(true) : piece.process.ended(piece));

export class Process {
  readonly name: string;
  readonly #machine: Machine;
  #queue: Piece[] = [];
  #first = 0;
  #running: Piece | undefined;
  #stands: "running" | "paused" | "killed" = "running";
  usedS = 0;

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
    const piece: Piece = { workS, process: this, done };
    if (this.#running === undefined && this.#stands === "running") this.#run(piece);
    else this.#queue.push(piece);
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
    if (this.#running === undefined) this.#next();
  }

  /** The machine has done a piece of work. */
  ended(piece: Piece): void {
    if (this.#running !== piece) return;
    this.#running = undefined;
    this.usedS += piece.workS;
    piece.done(true);
    if (this.#running === undefined && this.#stands === "running") this.#next();
  }

  #next(): void {
    const piece = this.#queue[this.#first];
    if (piece === undefined) return;
    this.#first += 1;
    if (this.#first > 1_024 && this.#first * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    this.#run(piece);
  }

  #run(piece: Piece): void {
    this.#running = piece;
    this.#machine.run(piece);
  }
}
