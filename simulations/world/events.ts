/**
 * A part of the world event by event: each of its sessions from arrival to end, an event for each beginning and end of a play. What plays ask for
 * besides (chunks, reports, searches) is as fluid as in fluid.ts, of which this is the sample: the same law of sessions, the same course.
 *
 *   arrives -> plays -> [pauses ->] plays -> ... -> leaves
 *                 cut off, away, comes back: beside that, for he goes on listening or waits
 *
 * A session takes seven bytes of typed arrays and one pending event of the engine.
 */
import { numberOf } from "../description/index.ts";
import { Simulation, type Action } from "../engine/index.ts";
import { sessionTracks } from "../listener/index.ts";
import type { Baseline } from "./baseline.ts";
import type { Course, CutOff } from "./course.ts";
import { noDemand, type Demand } from "./demand.ts";
import type { WorldDay } from "./description.ts";
import { drawPauseS } from "./lengths.ts";
import { Levels } from "./levels.ts";
import { SessionLibrary } from "./library.ts";

export interface EventOptions {
  readonly seed: number;
  /** Part of the world. */
  readonly scale: number;
  /** Part of the day, in s; all of it unless told. Whole steps of the baseline. */
  readonly fromS?: number;
  readonly untilS?: number;
  readonly progress?: (done: number) => void;
}

const nowhere = 255;
const librarySize = 50_000;
const maxSessions = 2 ** 23;
const toldTimes = 20;
/** Of a session's state. */
const [paused, playing, ended] = [0, 1, 2] as const;

/** Throws DescriptionError for a part that is none, BoundExceeded beyond 8 M sessions at one time. */
export function eventDemand(day: WorldDay, baseline: Baseline, course: Course, options: EventOptions): { readonly demand: Demand; readonly events: number; readonly hash: string } {
  const run = new EventRun(day, baseline, course, options);
  run.begin();
  const demand = run.finish();
  return { demand, events: run.events, hash: run.hash };
}

export class EventRun {
  readonly #day: WorldDay;
  readonly #baseline: Baseline;
  readonly #course: Course;
  readonly #scale: number;
  readonly #fromS: number;
  readonly #steps: number;
  readonly #simulation: Simulation;
  readonly #demand: Demand;
  readonly #sessions;
  readonly #lengths;
  readonly #progress: ((done: number) => void) | undefined;
  /** Plays after the present one; what it does; home; who serves it; whether it is awaited though it ended. */
  #left = new Uint32Array(1_024);
  #state = new Uint8Array(1_024);
  #home = new Uint8Array(1_024);
  #server = new Uint8Array(1_024);
  #isAwaited = new Uint8Array(1_024);
  #free: number[] = [];
  #used = 0;
  readonly #levels: Levels;

  constructor(day: WorldDay, baseline: Baseline, course: Course, { seed, scale, fromS = 0, untilS = day.hours * 3_600, progress }: EventOptions) {
    numberOf("scale", scale, { above: 0, most: 1 });
    numberOf("untilS", untilS, { above: 0, most: day.hours * 3_600 });
    numberOf("fromS", fromS, { least: 0, most: untilS - baseline.stepS });
    this.#day = day;
    this.#baseline = baseline;
    this.#course = course;
    this.#scale = scale;
    this.#fromS = Math.floor(fromS / baseline.stepS) * baseline.stepS;
    this.#steps = Math.ceil((untilS - this.#fromS) / baseline.stepS);
    this.#simulation = new Simulation({ seed, name: day.name });
    this.#demand = noDemand(day, baseline.stepS, this.#steps, this.#fromS);
    this.#sessions = this.#simulation.stream("sessions");
    this.#lengths = this.#simulation.stream("lengths");
    this.#progress = progress;
    this.#levels = new Levels(day.regions.length, baseline.stepS, scale, this.#demand, () => this.#simulation.nowS);
  }

  get events(): number {
    return this.#simulation.events;
  }

  get hash(): string {
    return this.#simulation.hash;
  }

  /** Sessions at this time. */
  get sessions(): number {
    return this.#used - this.#free.length;
  }

  /** Those who are there already, and everything that is known beforehand. */
  begin(): void {
    const library = new SessionLibrary(librarySize, this.#day.listener, this.#baseline.playLengthsS, this.#simulation.stream("library"));
    for (const home of this.#day.regions.keys()) this.#join(home, library);
    for (const home of this.#day.regions.keys()) this.#nextArrival({ home, step: 0, inStep: 0 });
    for (const cut of this.#course.cutOffs) {
      const atS = cut.atS - this.#fromS;
      if (atS >= 0) this.#simulation.at(atS, this.#cutOff, cut);
    }
    const { stepS } = this.#baseline;
    const each = Math.max(1, Math.ceil(this.#steps / toldTimes));
    this.#simulation.every(stepS, () => {
      const done = this.#levels.close();
      if (done % each === 0) this.#progress?.(done / this.#steps);
    });
  }

  finish(): Demand {
    this.#simulation.run({ untilS: this.#steps * this.#baseline.stepS });
    return this.#demand;
  }

  /** Those who began before and are still there: a Poisson number of each step's arrivals, thinned by the chance to be that old. */
  #join(home: number, library: SessionLibrary): void {
    const { stepS, daySteps, regions } = this.#baseline;
    const arrivals = regions[home]?.arrivals ?? new Float64Array();
    const stream = this.#simulation.stream("joining", home);
    const first = Math.floor(this.#fromS / stepS);
    let due = stream.exponential(1);
    for (let back = 0; back * stepS < library.longestS; back++) {
      const survival = library.survival(back * stepS);
      let expected = (arrivals[(((first - 1 - back) % daySteps) + daySteps) % daySteps] ?? 0) * this.#scale * survival;
      for (; due <= expected; due = stream.exponential(1)) {
        expected -= due;
        const ageS = (back + stream.next()) * stepS;
        if (!stream.chance(library.survival(ageS) / survival)) continue;
        const { isPlaying, nextS, left } = library.at(ageS, stream);
        const slot = this.#newSlot(home, this.#serverOf(home));
        this.#left[slot] = left;
        this.#state[slot] = isPlaying ? playing : paused;
        this.#levels.session(this.#server[slot] as number, 1);
        if (isPlaying) this.#levels.playing(this.#server[slot] as number, home, 1);
        this.#simulation.after(nextS, isPlaying ? this.#playEnds : this.#playBegins, slot);
      }
      due -= expected;
    }
  }

  /** The arrival after the last: the time at which so much more is expected as an exponential draw says. */
  #nextArrival(at: { readonly home: number; readonly step: number; readonly inStep: number }): void {
    const { stepS, daySteps, regions } = this.#baseline;
    let { step, inStep } = at;
    let due = this.#sessions.exponential(1);
    for (; step < this.#steps; step++, inStep = 0) {
      const ofDay = step + Math.floor(this.#fromS / stepS);
      const expected = ((regions[at.home]?.arrivals[ofDay % daySteps] ?? 0) + this.#course.extraArrivals(at.home, ofDay)) * this.#scale;
      const left = expected * (1 - inStep);
      if (due > left) {
        due -= left;
        continue;
      }
      inStep += due / expected;
      this.#simulation.at(Math.max(this.#simulation.nowS, (step + inStep) * stepS), this.#arrives, { home: at.home, step, inStep });
      return;
    }
  }

  readonly #arrives: Action<{ readonly home: number; readonly step: number; readonly inStep: number }> = (at) => {
    const server = this.#serverOf(at.home);
    const slot = this.#newSlot(at.home, server);
    this.#left[slot] = sessionTracks(this.#day.listener.sessions, this.#sessions);
    this.#levels.session(server, 1);
    this.#levels.count("joins", server);
    this.#playBegins(slot);
    this.#nextArrival(at);
  };

  readonly #playBegins: Action<number> = (slot) => {
    this.#left[slot] = (this.#left[slot] as number) - 1;
    this.#state[slot] = playing;
    const server = this.#server[slot] as number;
    this.#levels.playing(server, this.#home[slot] as number, 1);
    this.#levels.count("plays", server);
    const lengths = this.#baseline.playLengthsS;
    this.#simulation.after(lengths[this.#lengths.index(lengths.length)] as number, this.#playEnds, slot);
  };

  readonly #playEnds: Action<number> = (slot) => {
    const server = this.#server[slot] as number;
    this.#levels.playing(server, this.#home[slot] as number, -1);
    if (this.#left[slot] === 0) {
      this.#levels.session(server, -1);
      this.#state[slot] = ended;
      if (this.#isAwaited[slot] === 0) this.#free.push(slot);
      return;
    }
    this.#state[slot] = paused;
    const pauseS = drawPauseS(this.#day.listener.pauses, this.#lengths);
    if (pauseS > 0) this.#simulation.after(pauseS, this.#playBegins, slot);
    else this.#playBegins(slot);
  };

  readonly #cutOff: Action<CutOff> = (cut) => {
    for (let slot = 0; slot < this.#used; slot++) {
      const state = this.#state[slot];
      if (state === ended || this.#server[slot] !== cut.region || !this.#sessions.chance(cut.share)) continue;
      this.#levels.session(cut.region, -1);
      if (state === playing) this.#levels.playing(cut.region, this.#home[slot] as number, -1);
      this.#server[slot] = nowhere;
      if (this.#sessions.chance(cut.lost)) continue;
      this.#isAwaited[slot] = 1;
      this.#simulation.after(cut.backAfterS + this.#sessions.exponential(cut.backMeanS), this.#comesBack, { slot, cut });
    }
  };

  readonly #comesBack: Action<{ readonly slot: number; readonly cut: CutOff }> = ({ slot, cut }) => {
    this.#isAwaited[slot] = 0;
    if (this.#state[slot] === ended) {
      this.#free.push(slot);
      return;
    }
    const server = drawn(cut.to, this.#sessions.next());
    this.#server[slot] = server;
    this.#levels.session(server, 1);
    this.#levels.count("joins", server);
    if (cut.isStorm) this.#levels.count("returns", server);
    if (this.#state[slot] !== playing) return;
    this.#levels.playing(server, this.#home[slot] as number, 1);
    this.#levels.count("plays", server);
    this.#levels.count("restarts", server);
  };

  #serverOf(home: number): number {
    const routes = this.#course.routes(home, this.#fromS + this.#simulation.nowS);
    return routes[home] === 1 ? home : drawn(routes, this.#sessions.next());
  }

  #newSlot(home: number, server: number): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= maxSessions) throw new RangeError(`there are ${slot} sessions at one time; allowed: up to ${maxSessions}`);
    if (slot === this.#left.length) this.#grow();
    this.#home[slot] = home;
    this.#server[slot] = server;
    this.#isAwaited[slot] = 0;
    return slot;
  }

  #grow(): void {
    const length = this.#left.length * 2;
    const left = new Uint32Array(length);
    left.set(this.#left);
    this.#left = left;
    [this.#state, this.#home, this.#server, this.#isAwaited] = [this.#state, this.#home, this.#server, this.#isAwaited].map((old) => {
      const larger = new Uint8Array(length);
      larger.set(old);
      return larger;
    }) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
  }
}

/** An index by its share. */
function drawn(shares: Float64Array, u: number): number {
  let left = u;
  for (let n = 0; n < shares.length; n++) {
    left -= shares[n] as number;
    if (left < 0) return n;
  }
  return shares.findLastIndex((share) => share > 0);
}
