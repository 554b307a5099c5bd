/**
 * A virtual clock and what happens by it. Time is in seconds from 0; an event fires at its time, and of events at one time the one that
 * was asked for first. Nothing here or below reads a clock or draws chance of its own: with the same seed and model, every event, figure
 * and byte of the result is the same. An action may ask for further events; it must not run the simulation.
 */
import { Stream } from "../random/index.ts";
import { AntitheticStream } from "./antithetic.ts";
import { atLeast, above, BoundExceeded, InvalidOption, whole } from "./errors.ts";
import { Events, type Action } from "./events.ts";
import type { Measured, Measurement } from "./measured.ts";
import { Fork, type ForkOptions } from "./fork.ts";
import { GroupCommit, type GroupCommitOptions } from "./commit.ts";
import { Link, type LinkOptions } from "./link.ts";
import { Serializers, type SerializersOptions } from "./serializers.ts";
import { Source, type SourceOptions } from "./source.ts";
import { Station, type StationOptions } from "./station.ts";

export interface SimulationOptions {
  readonly seed: number;
  /** Leads the names of all streams: replications of one model differ by it. */
  readonly name?: string;
  /** Reads every stream backwards (antithetic.ts). */
  readonly antithetic?: boolean;
  /** Statistics begin at this time; what happened before is forgotten (the rule of a known warm-up). */
  readonly warmUpS?: number;
  readonly eventsMax?: number;
  /** How many events may be pending: each takes 44 to 88 bytes beside its argument. */
  readonly pendingMax?: number;
}

export interface RunOptions {
  /** Stop when the clock reaches this time; later events stay pending. Without it, until nothing is left. */
  readonly untilS?: number;
  /** Told each `everyEvents` events; answering false stops the run. */
  readonly progress?: { readonly everyEvents: number; readonly clockMs: () => number; readonly tell: (progress: Progress) => boolean | void };
}

export interface Progress {
  readonly nowS: number;
  readonly events: number;
  /** Of this run, by the given clock. */
  readonly eventsPerS: number;
  /** Until `untilS` at the pace so far; undefined without an end. */
  readonly remainingS: number | undefined;
}

/** `time`: `untilS` is reached; `drained`: nothing is pending; `stopped`: by progress or `stop`. */
export type Ended = "time" | "drained" | "stopped";

/** What a station tells the simulation it belongs to. */
export interface Measurable {
  readonly name: string;
  /** Begins statistics anew. */
  reset(): void;
  measure(): Measurement;
}

export class Simulation {
  nowS = 0;
  events = 0;
  readonly seed: number;
  readonly name: string;
  readonly #events: Events;
  readonly #eventsMax: number;
  readonly #warmUpS: number;
  readonly #isAntithetic: boolean;
  readonly #parts = new Map<string, Measurable>();
  readonly #times = new Float64Array(1);
  readonly #timeBits = new Int32Array(this.#times.buffer);
  #hash = 0x811c9dc5;
  #isStopped = false;
  #ticks = 0;
  #measuredFromS = 0;

  constructor({ seed, name = "", antithetic = false, warmUpS = 0, eventsMax = Number.MAX_SAFE_INTEGER, pendingMax = 2 ** 24 }: SimulationOptions) {
    if (!Number.isSafeInteger(seed)) throw new InvalidOption("seed", seed, "a whole number");
    this.seed = seed;
    this.name = name;
    this.#isAntithetic = antithetic;
    this.#eventsMax = whole("eventsMax", eventsMax, 1);
    this.#events = new Events(whole("pendingMax", pendingMax, 1));
    this.#warmUpS = atLeast("warmUpS", warmUpS, 0);
    if (warmUpS > 0) this.at(warmUpS, reset, this);
  }

  get pending(): number {
    return this.#events.pending;
  }

  /** Of the time and slot of every event so far, in their order: equal of equal runs. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  /** A stream of its own for a part of the model. */
  stream(...names: readonly (string | number)[]): Stream {
    const all = [...(this.name === "" ? [] : [this.name]), ...names];
    return this.#isAntithetic ? new AntitheticStream(this.seed, ...all) : new Stream(this.seed, ...all);
  }

  /** `action` gets `argument` in `delayS` seconds: give it what it needs and no closure is made. */
  after<A>(delayS: number, action: Action<A>, argument: A): void {
    this.#add(this.nowS + delayS, action, argument);
  }

  at<A>(timeS: number, action: Action<A>, argument: A): void {
    this.#add(timeS, action, argument);
  }

  /** As `after`; answers an id for `cancel`. */
  timer<A>(delayS: number, action: Action<A>, argument: A): number {
    return this.#events.idOf(this.#add(this.nowS + delayS, action, argument));
  }

  /** False when the timer has fired or was cancelled. */
  cancel(timer: number): boolean {
    return this.#events.cancel(timer);
  }

  /** `action` at every multiple of `periodS` from now. A run without an end ends when nothing but such ticks is left. */
  every(periodS: number, action: () => void): void {
    above("periodS", periodS, 0);
    this.#ticks++;
    const tick = () => {
      action();
      this.after(periodS, tick, undefined);
    };
    this.after(periodS, tick, undefined);
  }

  station<J>(options: StationOptions<J>): Station<J> {
    return new Station(this, options);
  }

  groupCommit<J>(options: GroupCommitOptions): GroupCommit<J> {
    return new GroupCommit(this, options);
  }

  link<J>(options: LinkOptions<J>): Link<J> {
    return new Link(this, options);
  }

  serializers<J>(options: SerializersOptions<J>): Serializers<J> {
    return new Serializers(this, options);
  }

  fork<J>(options: ForkOptions<J>): Fork<J> {
    return new Fork(this, options);
  }

  source(options: SourceOptions): Source {
    return new Source(this, options);
  }

  /** Ends the run after the event of now. */
  stop(): void {
    this.#isStopped = true;
  }

  /** May be called again to go on. Throws BoundExceeded with the clock where it was at the bound. */
  run({ untilS = Infinity, progress }: RunOptions = {}): Ended {
    if (!(untilS >= this.nowS)) throw new InvalidOption("untilS", untilS, `a time from now (${this.nowS}) on`);
    const everyEvents = progress === undefined ? Infinity : whole("progress.everyEvents", progress.everyEvents, 1);
    const [begunMs, begunS, begunEvents] = [progress?.clockMs() ?? 0, this.nowS, this.events];
    let tellAt = this.events + everyEvents;
    this.#isStopped = false;
    const events = this.#events;
    for (;;) {
      const nextS = events.nextS;
      if (untilS === Infinity && events.pending === this.#ticks) return "drained";
      if (nextS > untilS) {
        this.nowS = untilS;
        return events.pending === this.#ticks ? "drained" : "time";
      }
      if (this.events >= this.#eventsMax) throw new BoundExceeded("eventsMax", this.#eventsMax, "the run has had more events than it may");
      const slot = events.top;
      const action = events.actionOf(slot);
      const argument = events.argumentOf(slot);
      events.drop();
      this.nowS = nextS;
      this.events++;
      this.#note(nextS, slot);
      action(argument);
      if (this.#isStopped) return "stopped";
      if (this.events >= tellAt && progress !== undefined) {
        tellAt += everyEvents;
        const tookS = Math.max(progress.clockMs() - begunMs, 1e-6) / 1000;
        const remainingS = untilS === Infinity ? undefined : (tookS * (untilS - this.nowS)) / Math.max(this.nowS - begunS, 1e-12);
        if (progress.tell({ nowS: this.nowS, events: this.events, eventsPerS: (this.events - begunEvents) / tookS, remainingS }) === false) return "stopped";
      }
    }
  }

  /** Takes a station's figures into the result. Throws InvalidOption when the name is taken. */
  register(part: Measurable): void {
    if (part.name === "" || this.#parts.has(part.name)) throw new InvalidOption("name", part.name, "a name that no other station has");
    this.#parts.set(part.name, part);
  }

  /** Everything from the end of the warm-up to now, in plain data: it crosses threads and merges. */
  measure(): Measured {
    const stations: Record<string, Measurement> = {};
    for (const [name, part] of this.#parts) stations[name] = part.measure();
    return { runs: 1, seed: this.seed, events: this.events, hash: this.hash, spanS: this.nowS - this.#measuredFromS, warmUpS: this.#warmUpS, stations };
  }

  /** Forgets what was measured: from here on it is counted anew. */
  resetStatistics(): void {
    this.#measuredFromS = this.nowS;
    for (const part of this.#parts.values()) part.reset();
  }

  #add<A>(timeS: number, action: Action<A>, argument: A): number {
    // A NaN would never compare and stay in the heap for good.
    if (!(timeS >= this.nowS && timeS < Infinity)) throw new InvalidOption("timeS", timeS, `a finite time from now (${this.nowS}) on`);
    return this.#events.add(timeS, action, argument);
  }

  #note(timeS: number, slot: number): void {
    this.#times[0] = timeS;
    const bits = this.#timeBits;
    let hash = Math.imul(this.#hash ^ (bits[0] as number), 0x01000193);
    hash = Math.imul(hash ^ (bits[1] as number), 0x01000193);
    hash = Math.imul(hash ^ slot, 0x01000193);
    this.#hash = hash ^ (hash >>> 15);
  }
}

const reset: Action<Simulation> = (simulation) => simulation.resetStatistics();
