/** A job whose parts go to several stations at once and that is done when all of them are: one call to each of n actors. */
import { InvalidOption } from "./errors.ts";
import { Gauge, type GaugeOptions } from "./gauge.ts";
import type { Simulation } from "./simulation.ts";
import type { Done, Outcome, Target } from "./visits.ts";

export interface ForkOptions<J> extends GaugeOptions {
  /** Each gets the same `Part` of every job. Some may be the same station. */
  readonly branches: readonly Target<Part<J>>[];
}

/** What the branches see: `job` is what entered the fork. Parts are used again once the job is done. */
export interface Part<J> {
  readonly job: J;
}

interface Forked<J> {
  job: J;
  done: Done<J>;
  left: number;
  enteredS: number;
  worst: Outcome;
}

const badness: Readonly<Record<Outcome, number>> = { served: 0, refused: 1, lost: 2 };

export class Fork<J> implements Target<J> {
  readonly name: string;
  /** `busy` counts jobs of which a part is still out. */
  readonly gauge: Gauge;
  inside = 0;
  readonly #simulation: Simulation;
  readonly #branches: readonly Target<Part<J>>[];
  readonly #free: Forked<J>[] = [];

  /** Through `simulation.fork`. Throws InvalidOption. */
  constructor(simulation: Simulation, options: ForkOptions<J>) {
    if (options.branches.length === 0) throw new InvalidOption("branches", "empty", "at least one station");
    this.name = options.name;
    this.#simulation = simulation;
    this.#branches = options.branches;
    this.gauge = new Gauge(simulation, options);
  }

  /** The outcome is the worst of the parts': lost, then refused, then served. */
  enter(job: J, done: Done<J>): void {
    this.gauge.arrived();
    const forked = this.#free.pop() ?? { job, done, left: 0, enteredS: 0, worst: "served" };
    Object.assign(forked, { job, done, left: this.#branches.length, enteredS: this.#simulation.nowS, worst: "served" });
    this.gauge.busy.set(this.#simulation.nowS, ++this.inside);
    for (const branch of this.#branches) branch.enter(forked, this.#join);
  }

  readonly #join: Done<Part<J>> = (part, outcome) => {
    const forked = part as Forked<J>;
    if (badness[outcome] > badness[forked.worst]) forked.worst = outcome;
    if (--forked.left > 0) return;
    const { job, done, enteredS, worst } = forked;
    this.#free.push(forked);
    this.gauge.busy.set(this.#simulation.nowS, --this.inside);
    this.gauge.ended(worst, this.#simulation.nowS - enteredS);
    done(job, worst);
  };
}
