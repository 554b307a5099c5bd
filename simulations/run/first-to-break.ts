/**
 * What breaks first (goal G17), the same for what was measured, what a model says and every kind of resource:
 *
 *   1. the one that is full at the smallest multiple of the load
 *   2. of those that are full now, first a part that makes up most of its whole: where one actor fills its node, further nodes do not help
 *   3. then the one for which ten times as many wait (queues of which nobody knows the length count as empty)
 */
import type { ResourceResult } from "./result.ts";

/** What it takes to rank a resource. `within`: name of the resource that it is a part of, as an actor is of its node's event loop. */
export type Rankable = Pick<ResourceResult, "name" | "meanUtilisation" | "meanQueue" | "headroom"> & { readonly within?: string };

/** What is measured of a full resource is a little below 1: of those that fill at 0.98 to 1.11 times the load the headroom alone does not tell which is full before another. */
const [fullFrom, fullTo] = [0.98, 1 / 0.9];
/** A part that uses so much of what its whole uses is what fills it. */
const mostOf = 0.7;
/** What uses less than this of its capacity is said to have a thousand times as much. */
const least = 0.001;

/** Of what grows with the load: at what multiple of it all is in use. */
export const headroomOf = (meanUtilisation: number): number => 1 / Math.max(least, meanUtilisation);

/** The generator, and the machine that it shares with what it drives, are not part of what is planned: that they fill is why a run is invalid. */
export const isOfService = ({ kind }: Pick<ResourceResult, "kind">): boolean => kind !== "generator" && kind !== "host";

/** What differs by less is chance. */
const magnitude = (queue: number): number => Math.floor(Math.log10(Math.max(1, queue)));

const fullAt = (headroom: number): number => (headroom >= fullFrom && headroom <= fullTo ? 1 : headroom);

/** The first to break first. */
export function firstToBreak<R extends Rankable>(resources: readonly R[]): R[] {
  const byName = new Map(resources.map((resource) => [resource.name, resource]));
  const ranked = resources.map((resource) => {
    const whole = resource.within === undefined ? undefined : byName.get(resource.within);
    const fills = whole !== undefined && fullAt(whole.headroom) <= 1 && resource.meanUtilisation >= mostOf * whole.meanUtilisation;
    return { resource, fills, fullAt: fullAt(fills ? whole.headroom : resource.headroom) };
  });
  return ranked
    .toSorted((one, other) =>
      one.fullAt - other.fullAt || Number(other.fills) - Number(one.fills) ||
      (one.fullAt <= 1 ? magnitude(other.resource.meanQueue) - magnitude(one.resource.meanQueue) : 0) ||
      one.resource.headroom - other.resource.headroom || (one.resource.name < other.resource.name ? -1 : 1))
    .map(({ resource }) => resource);
}
