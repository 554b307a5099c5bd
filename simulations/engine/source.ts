/** Arrivals, one after the other: gaps from a sampler, each telling the number of the arrival from 0. */
import type { Stream } from "../random/index.ts";
import { atLeast, whole } from "./errors.ts";
import type { Sampler } from "./samplers.ts";
import type { Simulation } from "./simulation.ts";

export interface SourceOptions {
  /** Leads the stream of the gaps. */
  readonly name: string;
  /** Seconds from one arrival to the next; the first comes after a gap too. */
  readonly gap: Sampler<number>;
  readonly arrive: (number: number) => void;
  readonly count?: number;
  readonly fromS?: number;
  /** No arrival after this time. */
  readonly untilS?: number;
}

export class Source {
  arrived = 0;
  readonly #simulation: Simulation;
  readonly #options: SourceOptions;
  readonly #stream: Stream;
  readonly #count: number;
  readonly #untilS: number;
  #isStopped = false;

  /** Through `simulation.source`. Throws InvalidOption. */
  constructor(simulation: Simulation, options: SourceOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.#count = whole("count", options.count ?? Infinity, 0, true);
    this.#untilS = options.untilS ?? Infinity;
    this.#stream = simulation.stream("source", options.name);
    this.#next(atLeast("fromS", options.fromS ?? simulation.nowS, simulation.nowS));
  }

  stop(): void {
    this.#isStopped = true;
  }

  #next(fromS: number): void {
    if (this.arrived >= this.#count) return;
    const atS = fromS + this.#options.gap(this.#stream, this.arrived);
    if (atS <= this.#untilS) this.#simulation.at(atS, this.#arrive, undefined);
  }

  readonly #arrive = (): void => {
    if (this.#isStopped) return;
    const number = this.arrived++;
    this.#next(this.#simulation.nowS);
    this.#options.arrive(number);
  };
}
