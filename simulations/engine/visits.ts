/**
 * Visits of jobs to one station, in slots that are used again, so that a visit allocates nothing. A slot is in at most one list at a time:
 * the links of all lists of a station lie in the same two arrays.
 */
import { BoundExceeded } from "./errors.ts";
import { grown, grownInts } from "./heap.ts";

/** How a visit ended: served; refused at the door; lost with the server that held it. */
export type Outcome = "served" | "refused" | "lost";

/** Told once per visit. It may send the job on, or back, at once. Make it once per model, not per job: the job is what differs. */
export type Done<J> = (job: J, outcome: Outcome) => void;

/** Anything that a job can be sent to. */
export interface Target<J> {
  enter(job: J, done: Done<J>): void;
}

export class Visits<J> {
  enteredS = new Float64Array(16);
  startedS = new Float64Array(16);
  /** When the visit's service ends, or what the station keeps by visit in its place. */
  dueS = new Float64Array(16);
  timer = new Float64Array(16);
  next = new Int32Array(16);
  previous = new Int32Array(16);
  inside = 0;
  readonly #jobs: (J | undefined)[] = [];
  readonly #dones: (Done<J> | undefined)[] = [];
  readonly #max: number;
  readonly #station: string;
  #free = -1;

  constructor(station: string, max: number) {
    this.#station = station;
    this.#max = max;
  }

  add(job: J, done: Done<J>, nowS: number): number {
    let visit = this.#free;
    if (visit >= 0) this.#free = this.next[visit] as number;
    else visit = this.#newSlot();
    this.#jobs[visit] = job;
    this.#dones[visit] = done;
    this.enteredS[visit] = nowS;
    this.inside++;
    return visit;
  }

  jobOf(visit: number): J {
    return this.#jobs[visit] as J;
  }

  tell(visit: number, outcome: Outcome): void {
    (this.#dones[visit] as Done<J>)(this.#jobs[visit] as J, outcome);
  }

  free(visit: number): void {
    this.#jobs[visit] = undefined;
    this.#dones[visit] = undefined;
    this.next[visit] = this.#free;
    this.#free = visit;
    this.inside--;
  }

  /** Frees the slot, then tells: what is told may enter again and take the same slot. */
  end(visit: number, outcome: Outcome): void {
    const job = this.#jobs[visit] as J;
    const done = this.#dones[visit] as Done<J>;
    this.free(visit);
    done(job, outcome);
  }

  #newSlot(): number {
    const visit = this.#jobs.length;
    if (visit >= this.#max) throw new BoundExceeded("visitsMax", this.#max, `more jobs are in station ${this.#station} than it may hold in memory: it is overloaded, or its queue wants a limit`);
    this.#jobs.push(undefined);
    this.#dones.push(undefined);
    if (visit < this.next.length) return visit;
    this.enteredS = grown(this.enteredS, visit + 1);
    this.startedS = grown(this.startedS, visit + 1);
    this.dueS = grown(this.dueS, visit + 1);
    this.timer = grown(this.timer, visit + 1);
    this.next = grownInts(this.next, visit + 1);
    this.previous = grownInts(this.previous, visit + 1);
    return visit;
  }
}

/** A list of visits, linked through their slots. */
export class VisitList {
  length = 0;
  #first = -1;
  #last = -1;
  readonly #visits: { next: Int32Array; previous: Int32Array };

  constructor(visits: { next: Int32Array; previous: Int32Array }) {
    this.#visits = visits;
  }

  /** -1 of an empty list. */
  get first(): number {
    return this.#first;
  }

  append(visit: number): void {
    this.#visits.next[visit] = -1;
    this.#visits.previous[visit] = this.#last;
    if (this.#last < 0) this.#first = visit;
    else this.#visits.next[this.#last] = visit;
    this.#last = visit;
    this.length++;
  }

  prepend(visit: number): void {
    this.#visits.previous[visit] = -1;
    this.#visits.next[visit] = this.#first;
    if (this.#first < 0) this.#last = visit;
    else this.#visits.previous[this.#first] = visit;
    this.#first = visit;
    this.length++;
  }

  remove(visit: number): void {
    const next = this.#visits.next[visit] as number;
    const previous = this.#visits.previous[visit] as number;
    if (previous < 0) this.#first = next;
    else this.#visits.next[previous] = next;
    if (next < 0) this.#last = previous;
    else this.#visits.previous[next] = previous;
    this.length--;
  }

  /** Removes the first and answers it; -1 of an empty list. */
  shift(): number {
    const visit = this.#first;
    if (visit >= 0) this.remove(visit);
    return visit;
  }

  /** First to last; the list must not change meanwhile. */
  all(): number[] {
    const visits: number[] = [];
    for (let visit = this.#first; visit >= 0; visit = this.#visits.next[visit] as number) visits.push(visit);
    return visits;
  }
}
