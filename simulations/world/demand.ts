/**
 * What listeners ask for in the course of a day, by region and step: what the fluid and the events both end in, and what is carried
 * further. All are of the whole world, whatever part of it was followed.
 */
import type { WorldDay } from "./description.ts";

export interface Demand {
  readonly stepS: number;
  readonly steps: number;
  /** Of the day, at which the first step begins. */
  readonly fromS: number;
  readonly regions: readonly RegionDemand[];
}

/** Means over a step, for what the region serves. */
export interface RegionDemand {
  /** Listeners with a socket, pauses included. */
  readonly sessions: Float64Array;
  /** Of them those to whom something plays, by the region that is their home: tastes go with them. */
  readonly playing: readonly Float64Array[];
  /** Per s, those among them that only go on elsewhere included. */
  readonly plays: Float64Array;
  readonly restarts: Float64Array;
  readonly joins: Float64Array;
  /** Devices that come back with what they kept while they were away, per s. */
  readonly returns: Float64Array;
}

export function noDemand(day: WorldDay, stepS: number, steps: number, fromS = 0): Demand {
  const zero = () => new Float64Array(steps);
  return { stepS, steps, fromS, regions: day.regions.map(() => ({ sessions: zero(), playing: day.regions.map(zero), plays: zero(), restarts: zero(), joins: zero(), returns: zero() })) };
}

/** To whom something plays in a region, wherever at home. */
export const playingIn = ({ playing }: RegionDemand, step: number): number => playing.reduce((sum, home) => sum + (home[step] ?? 0), 0);
