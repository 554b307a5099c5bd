/** A day of the whole world: as a fluid, or a part of it event by event; the same service carries both. */
import type { RunResult } from "../run/index.ts";
import { baselineOf } from "./baseline.ts";
import { carry } from "./carry.ts";
import { courseOf } from "./course.ts";
import type { WorldDay } from "./description.ts";
import { eventDemand, EventRun, type EventOptions } from "./events.ts";
import { fluidDemand } from "./fluid.ts";
import { resultOf, type DayOptions } from "./result.ts";

interface Steps {
  /** In s, a whole part of a day. */
  readonly stepS?: number;
  /** Told now and then how much is done, 0 to 1. */
  readonly progress?: (done: number) => void;
}

export type FluidDayOptions = Omit<DayOptions, "scale"> & Steps;
export type EventDayOptions = DayOptions & Steps & Pick<EventOptions, "fromS" | "untilS">;

/** In steps of 10 s unless told. Throws DescriptionError for a `plan` that the planner does not know, and NoPlanError where there is none. */
export function fluidDay(day: WorldDay, { stepS = 10, progress, ...options }: FluidDayOptions): RunResult {
  const baseline = baselineOf(day, stepS);
  const course = courseOf(day, baseline);
  const demand = fluidDemand(day, baseline, course, progress === undefined ? {} : { progress });
  return resultOf(day, baseline, demand, carry(day, baseline, course, demand), { ...options, scale: 1 });
}

/** Counted in steps of a minute unless told. Throws as `fluidDay`, and DescriptionError for a part that is none. */
export function eventDay(day: WorldDay, { stepS = 60, fromS, untilS, progress, ...options }: EventDayOptions): RunResult & { readonly events: number } {
  const baseline = baselineOf(day, stepS);
  const course = courseOf(day, baseline);
  const { demand, events } = eventDemand(day, baseline, course, { seed: options.seed, scale: options.scale, ...(fromS === undefined ? {} : { fromS }), ...(untilS === undefined ? {} : { untilS }), ...(progress === undefined ? {} : { progress }) });
  return { ...resultOf(day, baseline, demand, carry(day, baseline, course, demand), options), events };
}

/** A run of events that has not begun. */
export function eventRun(day: WorldDay, { stepS = 60, ...options }: EventOptions & Pick<Steps, "stepS">): EventRun {
  const baseline = baselineOf(day, stepS);
  return new EventRun(day, baseline, courseOf(day, baseline), options);
}
