/**
 * What breaks first (goal G17), from what was measured of each resource: how much of it was used, and how many waited for it. The same
 * for every kind of resource:
 *
 *   1. a resource that is full goes before one that is not; of two that are not, the fuller one
 *   2. of full ones, a part that makes up most of its whole goes before the whole: where one actor fills its node, further nodes do not help
 *   3. then the one for which more wait
 */

export interface UsedResource {
  readonly name: string;
  /** Mean part of its capacity that was used, 0 to 1; of a limit that must not be reached, how near it was. */
  readonly utilisation: number;
  /** Mean number that waited for it. */
  readonly queue: number;
  /** The resource that it is a part of: an actor of its node's event loop. */
  readonly within?: string;
}

export interface Ranked extends UsedResource {
  readonly isFull: boolean;
  /** By how much the load may grow until it is full. */
  readonly headroom: number;
}

/** From here on a resource is full: what is measured of a full one is a little below 1. */
const full = 0.9;
/** A part that uses so much of what its whole uses is what fills it. */
const mostOf = 0.7;
/** What uses less than this is said to have a thousand times as much. */
const least = 0.001;

/** The first to break first. */
export function firstToBreak(resources: readonly UsedResource[]): Ranked[] {
  const byName = new Map(resources.map((resource) => [resource.name, resource]));
  const ranked = resources.map((resource): Ranked & { readonly fills: boolean } => {
    const whole = resource.within === undefined ? undefined : byName.get(resource.within);
    const fills = whole !== undefined && whole.utilisation >= full && resource.utilisation >= mostOf * whole.utilisation;
    return { ...resource, fills, isFull: resource.utilisation >= full || fills, headroom: 1 / Math.max(least, fills ? whole.utilisation : resource.utilisation) };
  });
  return ranked
    .toSorted((one, other) =>
      Number(other.isFull) - Number(one.isFull) ||
      (one.isFull ? Number(other.fills) - Number(one.fills) || other.queue - one.queue : other.utilisation - one.utilisation) ||
      (one.name < other.name ? -1 : 1))
    .map(({ name, utilisation, queue, within, isFull, headroom }) => ({ name, utilisation, queue, ...(within === undefined ? {} : { within }), isFull, headroom }));
}
