/** A day of the whole world: as a fluid, or a part of it event by event; the same service carries both. */
import type { RunResult } from "../run/index.ts";
import { baselineOf } from "./baseline.ts";
import { carry } from "./carry.ts";
import { courseOf } from "./course.ts";
import type { WorldDay } from "./description.ts";
import { fluidDemand } from "./fluid.ts";
import { resultOf, type DayOptions } from "./result.ts";

export interface FluidDayOptions extends Omit<DayOptions, "scale"> {
  /** Of the fluid, in s: a whole part of a day; 10 unless told. */
  readonly stepS?: number;
  /** Told now and then how much is done, 0 to 1. */
  readonly progress?: (done: number) => void;
}

/** Throws PlanRequestError for a `plan` that the planner does not know, and NoPlanError where there is none. */
export function fluidDay(day: WorldDay, { stepS = 10, progress, ...options }: FluidDayOptions): RunResult {
  const baseline = baselineOf(day, stepS);
  const course = courseOf(day, baseline);
  const demand = fluidDemand(day, baseline, course, progress === undefined ? {} : { progress });
  return resultOf(day, baseline, demand, carry(day, baseline, course, demand), { ...options, scale: 1 });
}
