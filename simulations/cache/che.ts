/**
 * Hit ratio of an LRU cache by Che's approximation (Che, Tung and Wang 2002) with objects of different sizes: object i, asked for with rate
 * l, is in the cache with probability 1 - exp(-l T), where the characteristic time T is the one at which the expected bytes fill it. It
 * assumes that requests are independent: neither times of day nor releases make them gather.
 */
import { DescriptionError } from "../description/index.ts";
import type { CachedObjects } from "./objects.ts";

export interface CacheHits {
  /** Of requests for these objects, those that are hits. */
  readonly requestHit: number;
  readonly byteHit: number;
  /** T, counted in requests of all that `rate` is relative to; over requests per s it is a time. Infinity when everything fits. */
  readonly characteristicRequests: number;
}

/** Looked up once: in the inner loops a global costs as much as the function. */
const { exp, expm1 } = Math;
const maxSteps = 200;
const precision = 1e-10;

/** `capacityBytes` above 0. */
export function cacheHits(objects: CachedObjects, capacityBytes: number): CacheHits {
  const requests = characteristicRequests(objects, capacityBytes);
  const { count, rate, bytes } = objects;
  let [all, hits, allBytes, hitBytes] = [0, 0, 0, 0];
  for (let row = 0; row < count.length; row++) {
    const one = rate[row] ?? 0;
    const rowRate = (count[row] ?? 0) * one;
    const hit = one === 0 ? 0 : -expm1(-one * requests);
    all += rowRate;
    hits += rowRate * hit;
    allBytes += rowRate * (bytes[row] ?? 0);
    hitBytes += rowRate * hit * (bytes[row] ?? 0);
  }
  return { requestHit: hits / all, byteHit: hitBytes / allBytes, characteristicRequests: requests };
}

/** Newton's method on ln T, within brackets: bytes held rise with T and their slope is known. */
export function characteristicRequests({ count, rate, bytes }: CachedObjects, capacityBytes: number): number {
  if (!(capacityBytes > 0)) throw new DescriptionError("capacityBytes", capacityBytes, "a number above 0");
  let [total, meanRate] = [0, 0];
  for (let row = 0; row < count.length; row++) {
    if ((rate[row] ?? 0) === 0) continue;
    total += (count[row] ?? 0) * (bytes[row] ?? 0);
    meanRate += (count[row] ?? 0) * (rate[row] ?? 0) * (bytes[row] ?? 0);
  }
  if (total <= capacityBytes) return Infinity;
  // Every object held takes at most its share of the requests since T: T is at least this.
  let low = Math.log(capacityBytes / meanRate);
  let high = Infinity;
  let at = low;
  for (let step = 0; step < maxSteps; step++) {
    const requests = exp(at);
    let [held, slope] = [0, 0];
    for (let row = 0; row < count.length; row++) {
      const asked = (rate[row] ?? 0) * requests;
      const rowBytes = (count[row] ?? 0) * (bytes[row] ?? 0);
      const absent = exp(-asked);
      held += rowBytes * (asked < 1e-4 ? asked - (asked * asked) / 2 : 1 - absent);
      slope += rowBytes * asked * absent;
    }
    if (Math.abs(held - capacityBytes) <= precision * capacityBytes) return requests;
    if (held < capacityBytes) low = at;
    else high = at;
    // ln held is closer to a straight line in ln T than held is.
    const next = at + (Math.log(capacityBytes / held) * held) / slope;
    at = next > low && next < high ? next : high === Infinity ? low + 2 : (low + high) / 2;
    if (high - low < 1e-14 * Math.abs(high)) return Math.exp(at);
  }
  return Math.exp(at);
}
