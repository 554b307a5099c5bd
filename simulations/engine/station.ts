/**
 * A queue before one or more equal servers. One server is the event loop of an actor node; several are a pool; Infinity is a delay that
 * nobody waits in. Jobs start in the order of their class of priority, and of arrival within it; a start is never taken back for a
 * better class. A station can refuse (a bounded mailbox), be stopped as a killed node is, go slower, and change its size.
 */
import type { Stream } from "../random/index.ts";
import { above, InvalidOption, whole } from "./errors.ts";
import { Gauge, type GaugeOptions } from "./gauge.ts";
import type { Sampler } from "./samplers.ts";
import type { Simulation } from "./simulation.ts";
import { VisitList, Visits, type Done, type Outcome, type Target } from "./visits.ts";

export interface StationOptions<J> extends GaugeOptions {
  /** 1 unless told; Infinity for a delay. */
  readonly servers?: number;
  /** Seconds of work, drawn when a job starts. */
  readonly service: Sampler<J>;
  /** Jobs that may be in the station, in service or waiting; one more is refused. */
  readonly capacity?: number;
  /** How many classes of priority there are, and which a job has: 0 goes first. */
  readonly classes?: number;
  readonly classOf?: (job: J) => number;
  /** Bound on memory: a station that holds more throws BoundExceeded. */
  readonly visitsMax?: number;
}

export interface StopOptions {
  /** What becomes of the jobs inside: `lost`, or `retried` from the start when the station runs again (they were in a journal). */
  readonly inside: "lost" | "retried";
  /** Whether jobs that come meanwhile are refused or wait. */
  readonly arrivals: "refused" | "wait";
}

export class Station<J> implements Target<J> {
  readonly name: string;
  readonly gauge: Gauge;
  readonly #simulation: Simulation;
  readonly #stream: Stream;
  readonly #service: Sampler<J>;
  readonly #capacity: number;
  readonly #classOf: (job: J) => number;
  readonly #visits: Visits<J>;
  readonly #waiting: readonly VisitList[];
  readonly #serving: VisitList;
  #servers: number;
  #slowness = 1;
  #stopped: StopOptions | undefined;

  /** Through `simulation.station`. Throws InvalidOption. */
  constructor(simulation: Simulation, options: StationOptions<J>) {
    const { name, servers = 1, service, capacity = Infinity, classes = 1, classOf = () => 0, visitsMax = 2 ** 22 } = options;
    this.name = name;
    this.#simulation = simulation;
    this.#servers = whole("servers", servers, 1, true);
    this.#capacity = whole("capacity", capacity, 1, true);
    this.#service = service;
    this.#classOf = classOf;
    this.#stream = simulation.stream("station", name);
    this.gauge = new Gauge(simulation, options, whole("classes", classes, 1));
    this.#visits = new Visits(name, whole("visitsMax", visitsMax, 1));
    this.#waiting = Array.from({ length: classes }, () => new VisitList(this.#visits));
    this.#serving = new VisitList(this.#visits);
  }

  /** Jobs waiting and in service. */
  get inside(): number {
    return this.#visits.inside;
  }

  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  get servers(): number {
    return this.#servers;
  }

  /** `done` is told when the job has been served, or at once when it is refused. */
  enter(job: J, done: Done<J>): void {
    this.gauge.arrived();
    if (this.#visits.inside >= this.#capacity || this.#stopped?.arrivals === "refused") {
      this.gauge.ended("refused", 0);
      done(job, "refused");
      return;
    }
    const visit = this.#visits.add(job, done, this.#simulation.nowS);
    this.#visits.startedS[visit] = -1;
    if (this.#serving.length < this.#servers && this.#stopped === undefined) this.#start(visit);
    else this.#queueOf(visit).append(visit);
    if (this.#serving.length < this.inside) this.#noteWaiting();
  }

  /** Kills the station: see StopOptions. Without effect when it is stopped already. */
  stop(options: StopOptions): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = options;
    const waiting = this.#waiting.flatMap((queue) => queue.all());
    const serving = this.#serving.all();
    for (const visit of serving) this.#simulation.cancel(this.#visits.timer[visit] as number);
    for (const visit of serving.toReversed()) {
      this.#serving.remove(visit);
      if (options.inside === "lost") continue;
      this.gauge.retried();
      this.#queueOf(visit).prepend(visit);
    }
    this.#noteBusy();
    if (options.inside === "lost") {
      for (const visit of waiting) this.#queueOf(visit).remove(visit);
      this.#noteWaiting();
      for (const visit of [...serving, ...waiting]) this.#end(visit, "lost");
    } else this.#noteWaiting();
  }

  /** Serves again, from what waits. */
  restart(): void {
    this.#stopped = undefined;
    this.#startWaiting();
  }

  /** Work takes `factor` times as long from now on, also what is left of work that has begun; 1 is full speed. */
  slow(factor: number): void {
    above("factor", factor, 0);
    const ratio = factor / this.#slowness;
    this.#slowness = factor;
    const { nowS } = this.#simulation;
    for (const visit of this.#serving.all()) {
      this.#simulation.cancel(this.#visits.timer[visit] as number);
      this.#serveFor(visit, ((this.#visits.dueS[visit] as number) - nowS) * ratio);
    }
  }

  /** Servers that are to go finish the job that they have. */
  resize(servers: number): void {
    this.#servers = whole("servers", servers, 1, true);
    this.#startWaiting();
  }

  #startWaiting(): void {
    while (this.#serving.length < this.#servers && this.#stopped === undefined) {
      const visit = this.#nextWaiting();
      if (visit < 0) break;
      this.#start(visit);
    }
    this.#noteWaiting();
  }

  #start(visit: number): void {
    const { nowS } = this.#simulation;
    const visits = this.#visits;
    const job = visits.jobOf(visit);
    if (visits.startedS[visit] === -1) {
      visits.startedS[visit] = nowS;
      this.gauge.started(nowS - (visits.enteredS[visit] as number), this.#waiting.length === 1 ? 0 : this.#classOf(job));
    }
    this.#serving.append(visit);
    this.#noteBusy();
    this.#serveFor(visit, this.#service(this.#stream, job) * this.#slowness);
  }

  #serveFor(visit: number, seconds: number): void {
    this.#visits.dueS[visit] = this.#simulation.nowS + seconds;
    this.#visits.timer[visit] = this.#simulation.timer(seconds, this.#finish, visit);
  }

  readonly #finish = (visit: number): void => {
    this.#serving.remove(visit);
    // The next starts before the job is told: if it comes back, it is behind those that wait.
    const next = this.#serving.length < this.#servers ? this.#nextWaiting() : -1;
    if (next < 0) this.#noteBusy();
    else {
      this.#start(next);
      this.#noteWaiting();
    }
    this.#end(visit, "served");
  };

  #end(visit: number, outcome: Outcome): void {
    this.gauge.ended(outcome, this.#simulation.nowS - (this.#visits.enteredS[visit] as number));
    this.#visits.end(visit, outcome);
  }

  #nextWaiting(): number {
    for (const queue of this.#waiting) if (queue.length > 0) return queue.shift();
    return -1;
  }

  #queueOf(visit: number): VisitList {
    if (this.#waiting.length === 1) return this.#waiting[0] as VisitList;
    const priority = this.#classOf(this.#visits.jobOf(visit));
    const queue = this.#waiting[priority];
    if (queue === undefined) throw new InvalidOption("classOf", priority, `a whole number from 0 to ${this.#waiting.length - 1}`);
    return queue;
  }

  #noteBusy(): void {
    this.gauge.busy.set(this.#simulation.nowS, this.#serving.length);
  }

  #noteWaiting(): void {
    let waiting = 0;
    for (const queue of this.#waiting) waiting += queue.length;
    this.gauge.waiting.set(this.#simulation.nowS, waiting);
  }
}
