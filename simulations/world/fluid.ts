/**
 * The day as a fluid: expected listeners, in steps. Sessions are kept by the step in which they began and by home and server (a cohort), for what
 * becomes of them hangs on their age alone; so a region's listeners move to others, cohort by cohort, and age on.
 *
 *   arrivals -> cohorts of a region -- kernel --> sessions, playing, plays
 *                  |  cut off                        ^
 *                  +----------> away ---- comes back, elsewhere or here
 */
import type { Baseline } from "./baseline.ts";
import type { Course, CutOff } from "./course.ts";
import { noDemand, type Demand, type RegionDemand } from "./demand.ts";
import type { WorldDay } from "./description.ts";
import type { Kernels } from "./kernels.ts";

/** Those who were cut off, by home, as they were then. */
interface Away {
  readonly cut: CutOff;
  readonly cohorts: readonly (Float64Array | undefined)[];
  back: number;
}

export interface FluidOptions {
  /** Told now and then how much of the day is done, 0 to 1. */
  readonly progress?: (done: number) => void;
}

const toldTimes = 50;

export function fluidDemand(day: WorldDay, baseline: Baseline, course: Course, { progress }: FluidOptions = {}): Demand {
  const { stepS, kernels, daySteps } = baseline;
  const steps = Math.ceil((day.hours * 3_600) / stepS);
  const before = kernels.inSession.length;
  const demand = noDemand(day, stepS, steps);
  const regions = day.regions.map((_, n) => n);
  const cohorts: (Float64Array | undefined)[][] = regions.map(() => regions.map(() => undefined));
  const cohortOf = (region: number, home: number): Float64Array => {
    const row = cohorts[region] ?? [];
    return (row[home] ??= new Float64Array(before + steps));
  };
  for (const region of regions) {
    const arrivals = baseline.regions[region]?.arrivals ?? new Float64Array();
    const cohort = cohortOf(region, region);
    for (let n = 0; n < before; n++) cohort[n] = arrivals[(((n - before) % daySteps) + daySteps) % daySteps] ?? 0;
  }
  const away: Away[] = [];
  const pending = [...course.cutOffs];
  for (let step = 0; step < steps; step++) {
    const atS = step * stepS;
    while (pending[0] !== undefined && pending[0].atS < atS + stepS / 2) {
      const cut = pending.shift() as CutOff;
      away.push({ cut, back: 0, cohorts: (cohorts[cut.region] ?? []).map((cohort) => (cohort === undefined ? undefined : taken(cohort, cut.share))) });
    }
    for (const home of regions) {
      const begin = (baseline.regions[home]?.arrivals[step % daySteps] ?? 0) + course.extraArrivals(home, step);
      for (const [region, share] of course.routes(home, atS).entries()) {
        if (share === 0) continue;
        const cohort = cohortOf(region, home);
        cohort[before + step] = (cohort[before + step] ?? 0) + begin * share;
        add(demand.regions[region]?.joins, step, (begin * share) / stepS);
      }
    }
    for (const group of away) comeBack(group, step, { kernels, before, demand, cohortOf });
    for (const region of regions) {
      const into = demand.regions[region];
      if (into !== undefined) measure(cohorts[region] ?? [], before + step, kernels, into, step);
    }
    if (progress !== undefined && step % Math.ceil(steps / toldTimes) === 0) progress(step / steps);
  }
  return demand;
}

function taken(cohort: Float64Array, share: number): Float64Array {
  const gone = cohort.map((count) => count * share);
  for (let n = 0; n < cohort.length; n++) cohort[n] = (cohort[n] as number) * (1 - share);
  return gone;
}

interface Returning {
  readonly kernels: Kernels;
  readonly before: number;
  readonly demand: Demand;
  cohortOf(region: number, home: number): Float64Array;
}

/** A socket is opened anew by all who still listen, and by those to whom something played, a play. */
function comeBack(group: Away, step: number, { kernels, before, demand, cohortOf }: Returning): void {
  const { cut } = group;
  const sinceS = (step + 1) * demand.stepS - cut.atS - cut.backAfterS;
  if (sinceS <= 0 || group.back >= 1 - cut.lost) return;
  const left = Math.exp(-sinceS / cut.backMeanS);
  const back = (1 - cut.lost) * (left < 1e-4 ? 1 : 1 - left);
  const part = back - group.back;
  group.back = back;
  for (const [home, gone] of group.cohorts.entries()) {
    if (gone === undefined) continue;
    const there = valueAt(gone, before + step, kernels);
    for (const [region, share] of cut.to.entries()) {
      if (share === 0) continue;
      const cohort = cohortOf(region, home);
      for (let n = 0; n <= before + step; n++) cohort[n] = (cohort[n] as number) + part * share * (gone[n] as number);
      const into = demand.regions[region];
      add(into?.joins, step, (part * share * there.sessions) / demand.stepS);
      add(into?.plays, step, (part * share * there.playing) / demand.stepS);
      add(into?.restarts, step, (part * share * there.playing) / demand.stepS);
      if (cut.isStorm) add(into?.returns, step, (part * share * there.sessions) / demand.stepS);
    }
  }
}

function add(into: Float64Array | undefined, at: number, value: number): void {
  if (into !== undefined) into[at] = (into[at] ?? 0) + value;
}

function measure(cohorts: readonly (Float64Array | undefined)[], at: number, kernels: Kernels, into: RegionDemand, step: number): void {
  for (const [home, cohort] of cohorts.entries()) {
    if (cohort === undefined) continue;
    const { sessions, playing, starts } = valueAt(cohort, at, kernels);
    add(into.sessions, step, sessions);
    add(into.playing[home], step, playing);
    add(into.plays, step, starts / kernels.stepS);
  }
}

/** What is there of a cohort at a step, and the plays that start in it. */
export function valueAt(cohort: Float64Array, at: number, { inSession, playing, starts }: Pick<Kernels, "inSession" | "playing" | "starts">): { readonly sessions: number; readonly playing: number; readonly starts: number } {
  let [sessions, sounding, begun] = [0, 0, 0];
  const most = Math.min(inSession.length, at + 1);
  for (let age = 0; age < most; age++) {
    const count = cohort[at - age] as number;
    sessions += count * (inSession[age] as number);
    sounding += count * (playing[age] as number);
    begun += count * (starts[age] as number);
  }
  return { sessions, playing: sounding, starts: begun };
}
