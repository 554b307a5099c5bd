/** An LRU cache that is really kept, for checks of the formula and for runs that are simulated request by request. */
import { DescriptionError } from "../description/index.ts";
import type { Stream } from "../random/index.ts";
import type { ObjectsDescription } from "./objects.ts";

export class LruCache {
  readonly #capacityBytes: number;
  /** In the order of their last use: a Map gives its first key first. */
  readonly #bytesOf = new Map<number, number>();
  #bytes = 0;

  constructor(capacityBytes: number) {
    if (!(capacityBytes > 0)) throw new DescriptionError("capacityBytes", capacityBytes, "a number above 0");
    this.#capacityBytes = capacityBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get objects(): number {
    return this.#bytesOf.size;
  }

  /** Whether it was there. It is now, unless it alone is larger than the cache. */
  ask(object: number, bytes: number): boolean {
    const held = this.#bytesOf.get(object);
    if (held !== undefined) {
      this.#bytesOf.delete(object);
      this.#bytesOf.set(object, held);
      return true;
    }
    if (bytes > this.#capacityBytes) return false;
    this.#bytesOf.set(object, bytes);
    this.#bytes += bytes;
    if (this.#bytes > this.#capacityBytes) this.#forget();
    return false;
  }

  #forget(): void {
    for (const [oldest, size] of this.#bytesOf) {
      if (this.#bytes <= this.#capacityBytes) return;
      this.#bytesOf.delete(oldest);
      this.#bytes -= size;
    }
  }
}

export interface ReplayedHits {
  readonly requestHit: number;
  readonly byteHit: number;
  readonly requests: number;
}

/** Whole plays, chunk after chunk as far as the listener gets; the first `warmUpPlays` fill the cache and are not counted. */
export function replayedHits({ popularity, tiers, chunkS, reach }: ObjectsDescription, stream: Stream, { capacityBytes, warmUpPlays, plays }: { readonly capacityBytes: number; readonly warmUpPlays: number; readonly plays: number }): ReplayedHits {
  const cache = new LruCache(capacityBytes);
  let [requests, hits, bytes, hitBytes] = [0, 0, 0, 0];
  for (let play = 0; play < warmUpPlays + plays; play++) {
    const track = popularity.sample(stream);
    const tier = tierOf(tiers, stream.next());
    const chunkBytes = (tiers[tier]?.rateKbps ?? 0) * 125 * chunkS;
    const far = stream.next();
    for (let chunk = 0; chunk < reach.length && far < (reach[chunk] ?? 0); chunk++) {
      const isHit = cache.ask((track * tiers.length + tier) * reach.length + chunk, chunkBytes);
      if (play < warmUpPlays) continue;
      requests++;
      bytes += chunkBytes;
      if (isHit) hits++;
      if (isHit) hitBytes += chunkBytes;
    }
  }
  return { requestHit: hits / requests, byteHit: hitBytes / bytes, requests };
}

function tierOf(tiers: ObjectsDescription["tiers"], u: number): number {
  let below = 0;
  for (const [n, { share }] of tiers.entries()) {
    below += share;
    if (u < below) return n;
  }
  return tiers.length - 1;
}
