/**
 * A link whose bandwidth all transfers share equally, none getting more than its own limit (processor sharing, as TCP flows of one round
 * trip time do at a bottleneck). A link that sends one packet after the other is a station with a server and `transmission` as service.
 *
 * Shares change at each arrival and end, but equally for all. So progress is counted once for the link, as the bits that one transfer
 * present from the start would have got; a transfer ends when that count reaches what it was at its start plus its own size. The next to
 * end is the least of these marks: one event is pending for any number of transfers.
 */
import { above, atLeast, whole } from "./errors.ts";
import { Gauge, type GaugeOptions } from "./gauge.ts";
import { Heap } from "./heap.ts";
import type { Sampler } from "./samplers.ts";
import type { Simulation } from "./simulation.ts";
import { Visits, type Done, type Target } from "./visits.ts";

export interface LinkOptions<J> extends GaugeOptions {
  readonly rateKbps: number;
  /** What one transfer gets at most; the link's rate unless told. */
  readonly transferMaxKbps?: number;
  /** Kilobits (1,000 bits) of a job's transfer. */
  readonly kilobits: (job: J) => number;
  /** Transfers at once; one more is refused. */
  readonly capacity?: number;
  readonly visitsMax?: number;
}

/** Service on a link that sends jobs one after the other. */
export function transmission<J>(rateKbps: number, kilobits: (job: J) => number): Sampler<J> {
  above("rateKbps", rateKbps, 0);
  return (_, job) => kilobits(job) / rateKbps;
}

export class Link<J> implements Target<J> {
  readonly name: string;
  /** `busy` is 1 while anything is sent; `waiting` counts transfers that get less than their limit. */
  readonly gauge: Gauge;
  readonly #simulation: Simulation;
  readonly #kilobits: (job: J) => number;
  readonly #capacity: number;
  readonly #transferMaxKbps: number;
  readonly #visits: Visits<J>;
  readonly #ends = new Heap();
  #rateKbps: number;
  /** Kilobits that each transfer has got since the link was last idle. */
  #sent = 0;
  #sinceS = 0;
  #timer = -1;

  /** Through `simulation.link`. Throws InvalidOption. */
  constructor(simulation: Simulation, options: LinkOptions<J>) {
    const { name, rateKbps, transferMaxKbps = Infinity, kilobits, capacity = Infinity, visitsMax = 2 ** 22 } = options;
    this.name = name;
    this.#simulation = simulation;
    this.#rateKbps = above("rateKbps", rateKbps, 0);
    this.#transferMaxKbps = transferMaxKbps === Infinity ? Infinity : above("transferMaxKbps", transferMaxKbps, 0);
    this.#kilobits = kilobits;
    this.#capacity = whole("capacity", capacity, 1, true);
    this.gauge = new Gauge(simulation, options);
    this.#visits = new Visits(name, whole("visitsMax", visitsMax, 1));
  }

  /** Transfers now. */
  get inside(): number {
    return this.#visits.inside;
  }

  enter(job: J, done: Done<J>): void {
    this.gauge.arrived();
    if (this.inside >= this.#capacity) {
      this.gauge.ended("refused", 0);
      done(job, "refused");
      return;
    }
    this.#progress();
    const visit = this.#visits.add(job, done, this.#simulation.nowS);
    this.gauge.started(0);
    this.#ends.push(this.#sent + atLeast("kilobits", this.#kilobits(job), 0), visit);
    this.#plan();
  }

  /** Another bandwidth from now on; 0 cuts the link, and what is on it waits. */
  setRate(rateKbps: number): void {
    this.#progress();
    this.#rateKbps = atLeast("rateKbps", rateKbps, 0);
    this.#plan();
  }

  #share(): number {
    return Math.min(this.#transferMaxKbps, this.#rateKbps / this.inside);
  }

  #progress(): void {
    const { nowS } = this.#simulation;
    // Begun anew when idle: the count stays small and exact.
    if (this.inside === 0) this.#sent = 0;
    else this.#sent += this.#share() * (nowS - this.#sinceS);
    this.#sinceS = nowS;
  }

  #plan(): void {
    if (this.#timer >= 0) this.#simulation.cancel(this.#timer);
    this.#timer = -1;
    const share = this.#share();
    if (this.inside > 0 && share > 0) this.#timer = this.#simulation.timer(Math.max(0, (this.#ends.topKey - this.#sent) / share), this.#end, undefined);
    const { nowS } = this.#simulation;
    this.gauge.busy.set(nowS, this.inside > 0 && share > 0 ? 1 : 0);
    this.gauge.waiting.set(nowS, share < Math.min(this.#transferMaxKbps, this.#rateKbps) ? this.inside : 0);
  }

  readonly #end = (): void => {
    this.#timer = -1;
    this.#progress();
    // The event says that it is time, whatever rounding left of the count.
    this.#sent = Math.max(this.#sent, this.#ends.topKey);
    const visit = this.#ends.pop();
    this.gauge.ended("served", this.#simulation.nowS - (this.#visits.enteredS[visit] as number));
    this.#visits.end(visit, "served");
    this.#plan();
  };
}
