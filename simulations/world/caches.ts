/**
 * An LRU whose requests change with time, by Che's approximation: an object is there when it was asked for since the frontier, the last request
 * of what is next to be evicted; its chance is 1 - exp(-requests for it since then). The frontier moves forward only, so that the expected bytes
 * asked for since it just fill the cache. At steady rates this is cache/'s characteristic time; beside it, it tells how new objects
 * come in, how strangers' tastes push out one's own, and how long that lasts.
 *
 * Objects come in classes, each asked for by a crowd of its own: tracks that all play, tracks that a region's listeners alone play, new
 * tracks. All of a class are known by two curves over the requests x of its crowd: bytes asked for at least once, and the share of
 * requests at x that are for such.
 */
import type { CachedObjects } from "../cache/index.ts";

/** A class's curves, tabled over ln x. */
export interface ObjectClass {
  bytes(requests: number): number;
  hit(requests: number): number;
}

/** To 1e15 requests; straight lines between so many points are within 0.0001 of the hit ratios. */
const [fromLog, toLog, perLog] = [-2, 35, 8] as const;
const points = (toLog - fromLog) * perLog + 1;

export function objectClass({ count, rate, bytes }: CachedObjects): ObjectClass {
  const [held, hits] = [new Float64Array(points), new Float64Array(points)];
  const all = rate.reduce((sum, one, row) => sum + one * (count[row] as number), 0);
  const { expm1 } = Math;
  for (let point = 0; point < points; point++) {
    const requests = Math.exp(fromLog + point / perLog);
    let [heldBytes, hit] = [0, 0];
    for (let row = 0; row < count.length; row++) {
      const present = -expm1(-((rate[row] as number) * requests) / all);
      heldBytes += (count[row] as number) * (bytes[row] as number) * present;
      hit += ((count[row] as number) * (rate[row] as number) * present) / all;
    }
    held[point] = heldBytes;
    hits[point] = hit;
  }
  return { bytes: (requests) => between(held, requests), hit: (requests) => between(hits, requests) };
}

/** Below the table both curves are straight through 0. */
function between(table: Float64Array, requests: number): number {
  if (requests <= 0) return 0;
  const at = (Math.log(requests) - fromLog) * perLog;
  if (at <= 0) return ((table[0] as number) * requests) / Math.exp(fromLog);
  if (at >= points - 1) return table[points - 1] as number;
  const below = Math.floor(at);
  return (table[below] as number) + ((table[below + 1] as number) - (table[below] as number)) * (at - below);
}

/** Part `share` of a class's objects, asked for by one crowd: its requests until the end of each step, from long before the day begins. */
export interface Crowd {
  readonly objects: ObjectClass;
  readonly share: number;
  readonly requests: Float64Array;
}

/** Follows one cache from step to step. */
export class TimedCache {
  readonly #crowds: readonly Crowd[];
  readonly #capacityBytes: number;
  #frontier = 0;
  #step = 0;
  /** The frontier a step before, where that was gone to. */
  #before: number | undefined;

  /** A cache that is empty before the first step of the crowds. */
  constructor(crowds: readonly Crowd[], capacityBytes: number) {
    this.#crowds = crowds;
    this.#capacityBytes = capacityBytes;
  }

  /** Where the frontier is, in steps. */
  get frontier(): number {
    return this.#frontier;
  }

  /** Goes on to the end of a step, which is not before the last one asked for. */
  advance(step: number): void {
    this.#before = step === this.#step + 1 ? this.#frontier : undefined;
    this.#step = step;
    let low = this.#frontier;
    if (this.#heldSince(low, step) <= this.#capacityBytes) return;
    while (low + 1 <= step && this.#heldSince(Math.floor(low) + 1, step) > this.#capacityBytes) low = Math.floor(low) + 1;
    let high = Math.min(step, Math.floor(low) + 1);
    for (let bisection = 0; bisection < 30; bisection++) {
      const middle = (low + high) / 2;
      if (this.#heldSince(middle, step) > this.#capacityBytes) low = middle;
      else high = middle;
    }
    this.#frontier = high;
  }

  /** Of a crowd's requests during the step last gone to, those that are hits (Simpson's rule); at its end, where several steps were gone at once. */
  hit({ objects, requests }: Crowd): number {
    const [end, before] = [objects.hit(since(requests, this.#frontier, this.#step)), this.#before];
    if (before === undefined) return end;
    const [begin, middle] = [objects.hit(since(requests, before, this.#step - 1)), objects.hit(since(requests, (before + this.#frontier) / 2, this.#step - 0.5))];
    return (begin + 4 * middle + end) / 6;
  }

  #heldSince(frontier: number, step: number): number {
    return this.#crowds.reduce((sum, { objects, share, requests }) => (share === 0 ? sum : sum + share * objects.bytes(since(requests, frontier, step))), 0);
  }
}

const since = (requests: Float64Array, from: number, to: number): number => until(requests, to) - until(requests, from);

function until(requests: Float64Array, step: number): number {
  const below = Math.floor(step);
  const at = requests[below] ?? 0;
  return step === below ? at : at + ((requests[below + 1] ?? at) - at) * (step - below);
}
