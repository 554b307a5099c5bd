/**
 * One server for each key: an actor has one turn at a time however many nodes there are, so a popular key is a queue of its own. A turn
 * is either so many seconds (`enter`), or held while a job goes through other stations (`acquire`, `release`): a turn that runs on a
 * node's event loop acquires its key first. Keys cost memory only while they are held.
 */
import type { Stream } from "../random/index.ts";
import { InvalidOption, whole } from "./errors.ts";
import { Gauge, type GaugeOptions } from "./gauge.ts";
import { grownInts } from "./heap.ts";
import type { Sampler } from "./samplers.ts";
import type { Simulation } from "./simulation.ts";
import { Visits, type Done, type Target } from "./visits.ts";

export interface SerializersOptions<J> extends GaugeOptions {
  readonly keyOf: (job: J) => string | number;
  /** Seconds of a turn, for `enter`. */
  readonly service?: Sampler<J>;
  /** Jobs that may wait and be served at one key; one more is refused. */
  readonly capacityPerKey?: number;
  readonly visitsMax?: number;
}

export class Serializers<J> implements Target<J> {
  readonly name: string;
  /** `busy` counts keys that are held. */
  readonly gauge: Gauge;
  /** The longest queue that one key has had, and its key. */
  hottest: { readonly key: string | number; readonly inside: number } | undefined;
  readonly #simulation: Simulation;
  readonly #stream: Stream;
  readonly #keyOf: (job: J) => string | number;
  readonly #service: Sampler<J> | undefined;
  readonly #capacityPerKey: number;
  readonly #visits: Visits<J>;
  /** The visit that holds the key; behind it, linked by `next`, those that wait, and by `previous` of the holder the last of them. */
  readonly #holders = new Map<string | number, number>();
  /** By visit: who is told of the end of a turn that `enter` began. */
  readonly #dones: (Done<J> | undefined)[] = [];
  /** By holder: jobs at its key. */
  #lengths = new Int32Array(16);

  /** Through `simulation.serializers`. Throws InvalidOption. */
  constructor(simulation: Simulation, options: SerializersOptions<J>) {
    const { name, keyOf, service, capacityPerKey = Infinity, visitsMax = 2 ** 22 } = options;
    this.name = name;
    this.#simulation = simulation;
    this.#keyOf = keyOf;
    this.#service = service;
    this.#capacityPerKey = whole("capacityPerKey", capacityPerKey, 1, true);
    this.#stream = simulation.stream("station", name);
    this.gauge = new Gauge(simulation, options);
    this.#visits = new Visits(name, whole("visitsMax", visitsMax, 1));
  }

  get inside(): number {
    return this.#visits.inside;
  }

  /** Serves the job for `service` seconds when its key is free. */
  enter(job: J, done: Done<J>): void {
    if (this.#service === undefined) throw new InvalidOption("service", undefined, `a sampler: jobs enter ${this.name} for a turn of its own length`);
    this.#visit(job, this.#serve, done);
  }

  /** `granted` is told "served" when the job holds its key, which then is to be released; or "refused" at once. */
  acquire(job: J, granted: Done<J>): void {
    this.#visit(job, granted, undefined);
  }

  /** Ends the turn of the job that holds this job's key. */
  release(job: J): void {
    const key = this.#keyOf(job);
    const holder = this.#holders.get(key);
    if (holder === undefined) throw new InvalidOption("job", key, "a job whose key is held");
    this.#pass(key, holder);
  }

  readonly #serve: Done<J> = (job) => {
    const key = this.#keyOf(job);
    this.#simulation.after((this.#service as Sampler<J>)(this.#stream, job), this.#served, key);
  };

  readonly #served = (key: string | number): void => {
    const holder = this.#holders.get(key) as number;
    const job = this.#visits.jobOf(holder);
    const done = this.#dones[holder] as Done<J>;
    this.#dones[holder] = undefined;
    this.#pass(key, holder);
    done(job, "served");
  };

  #visit(job: J, granted: Done<J>, done: Done<J> | undefined): void {
    this.gauge.arrived();
    const key = this.#keyOf(job);
    const holder = this.#holders.get(key);
    if (holder !== undefined && (this.#lengths[holder] as number) >= this.#capacityPerKey) {
      this.gauge.ended("refused", 0);
      (done ?? granted)(job, "refused");
      return;
    }
    const visits = this.#visits;
    const visit = visits.add(job, granted, this.#simulation.nowS);
    if (visit >= this.#lengths.length) this.#lengths = grownInts(this.#lengths, visit + 1);
    visits.next[visit] = -1;
    this.#dones[visit] = done;
    if (holder === undefined) {
      this.#hold(key, visit, visit, 1);
      return;
    }
    visits.next[visits.previous[holder] as number] = visit;
    visits.previous[holder] = visit;
    const inside = (this.#lengths[holder] as number) + 1;
    this.#lengths[holder] = inside;
    if (inside > (this.hottest?.inside ?? 1)) this.hottest = { key, inside };
    this.#note();
  }

  #hold(key: string | number, visit: number, last: number, length: number): void {
    this.#holders.set(key, visit);
    this.#visits.previous[visit] = last;
    this.#lengths[visit] = length;
    this.gauge.started(this.#simulation.nowS - (this.#visits.enteredS[visit] as number));
    this.#note();
    this.#visits.tell(visit, "served");
  }

  #pass(key: string | number, holder: number): void {
    const visits = this.#visits;
    const next = visits.next[holder] as number;
    const last = visits.previous[holder] as number;
    this.gauge.ended("served", this.#simulation.nowS - (visits.enteredS[holder] as number));
    visits.free(holder);
    if (next >= 0) this.#hold(key, next, last, (this.#lengths[holder] as number) - 1);
    else {
      this.#holders.delete(key);
      this.#note();
    }
  }

  #note(): void {
    const { nowS } = this.#simulation;
    this.gauge.busy.set(nowS, this.#holders.size);
    this.gauge.waiting.set(nowS, this.inside - this.#holders.size);
  }
}
