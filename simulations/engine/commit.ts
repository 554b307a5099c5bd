/**
 * Commits in groups, as the journal's: while one batch is written all others wait, and the next batch takes what waits then, up to a
 * bound. The cost of a batch is for the batch, so throughput rises with load until batches are full: beyond batchMax / service(batchMax)
 * the queue grows.
 */
import type { Stream } from "../random/index.ts";
import { whole } from "./errors.ts";
import { Gauge, type GaugeOptions } from "./gauge.ts";
import type { Chance } from "./samplers.ts";
import type { Simulation } from "./simulation.ts";
import { VisitList, Visits, type Done, type Outcome, type Target } from "./visits.ts";
import type { StopOptions } from "./station.ts";

export interface GroupCommitOptions extends GaugeOptions {
  readonly batchMax: number;
  /** Seconds that a batch of this size takes; `perBatch` makes one. */
  readonly service: (chance: Chance, batch: number) => number;
  /** Jobs waiting and being written; one more is refused. */
  readonly capacity?: number;
  readonly visitsMax?: number;
}

/** a + b x batch seconds: the sync of the log, and the rows. */
export const perBatch =
  (batchS: number, jobS: number): GroupCommitOptions["service"] =>
  (_, batch) =>
    batchS + jobS * batch;

export class GroupCommit<J> implements Target<J> {
  readonly name: string;
  readonly gauge: Gauge;
  /** Batches begun since the simulation did. */
  batches = 0;
  readonly #simulation: Simulation;
  readonly #stream: Stream;
  readonly #options: GroupCommitOptions;
  readonly #capacity: number;
  readonly #visits: Visits<J>;
  readonly #waiting: VisitList;
  readonly #writing: VisitList;
  #timer = -1;
  #stopped: StopOptions | undefined;

  /** Through `simulation.groupCommit`. Throws InvalidOption. */
  constructor(simulation: Simulation, options: GroupCommitOptions) {
    const { name, batchMax, capacity = Infinity, visitsMax = 2 ** 22 } = options;
    whole("batchMax", batchMax, 1);
    this.name = name;
    this.#simulation = simulation;
    this.#options = options;
    this.#capacity = whole("capacity", capacity, 1, true);
    this.#stream = simulation.stream("station", name);
    this.gauge = new Gauge(simulation, options);
    this.#visits = new Visits(name, whole("visitsMax", visitsMax, 1));
    this.#waiting = new VisitList(this.#visits);
    this.#writing = new VisitList(this.#visits);
  }

  get inside(): number {
    return this.#visits.inside;
  }

  enter(job: J, done: Done<J>): void {
    this.gauge.arrived();
    if (this.#visits.inside >= this.#capacity || this.#stopped?.arrivals === "refused") {
      this.gauge.ended("refused", 0);
      done(job, "refused");
      return;
    }
    const visit = this.#visits.add(job, done, this.#simulation.nowS);
    this.#visits.startedS[visit] = -1;
    this.#waiting.append(visit);
    if (this.#writing.length === 0) this.#write();
    else this.#note();
  }

  /** A batch that was being written is lost or retried as a whole. */
  stop(options: StopOptions): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = options;
    this.#simulation.cancel(this.#timer);
    const [writing, waiting] = [this.#writing.all(), this.#waiting.all()];
    for (const visit of writing.toReversed()) {
      this.#writing.remove(visit);
      if (options.inside === "lost") continue;
      this.gauge.retried();
      this.#waiting.prepend(visit);
    }
    if (options.inside === "lost") for (const visit of waiting) this.#waiting.remove(visit);
    this.#note();
    if (options.inside === "lost") for (const visit of [...writing, ...waiting]) this.#end(visit, "lost");
  }

  restart(): void {
    this.#stopped = undefined;
    this.#write();
  }

  #write(): void {
    const batch = Math.min(this.#waiting.length, this.#options.batchMax);
    if (batch > 0 && this.#writing.length === 0 && this.#stopped === undefined) {
      const { nowS } = this.#simulation;
      for (let taken = 0; taken < batch; taken++) {
        const visit = this.#waiting.shift();
        this.#writing.append(visit);
        if (this.#visits.startedS[visit] !== -1) continue;
        this.#visits.startedS[visit] = nowS;
        this.gauge.started(nowS - (this.#visits.enteredS[visit] as number));
      }
      this.batches++;
      this.#timer = this.#simulation.timer(this.#options.service(this.#stream, batch), this.#written, undefined);
    }
    this.#note();
  }

  readonly #written = (): void => {
    // Told one by one after the next batch has begun, so that a job which comes back is not in it.
    const written = this.#writing.all();
    for (const visit of written) this.#writing.remove(visit);
    this.#write();
    for (const visit of written) this.#end(visit, "served");
  };

  #end(visit: number, outcome: Outcome): void {
    this.gauge.ended(outcome, this.#simulation.nowS - (this.#visits.enteredS[visit] as number));
    this.#visits.end(visit, outcome);
  }

  #note(): void {
    const { nowS } = this.#simulation;
    this.gauge.busy.set(nowS, this.#writing.length > 0 ? 1 : 0);
    this.gauge.waiting.set(nowS, this.#waiting.length);
  }
}
