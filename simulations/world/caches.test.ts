import { describe, expect, test } from "@jest/globals";
import { cacheHits, objectsOf } from "../cache/index.ts";
import { popularityOf } from "../popularity/index.ts";
import { objectClass, TimedCache, type Crowd } from "./caches.ts";

const described = objectsOf({ popularity: popularityOf({ type: "zipf", tracks: 100_000, alpha: 1 }), tiers: [{ rateKbps: 160, share: 1 }], chunkS: 5, reach: [1, 0.8, 0.5] });
const objects = objectClass(described);
const bytes = 300_000_000;
/** So many requests in each step. */
const steady = (perStep: number, steps: number, from = 0): Float64Array => Float64Array.from({ length: steps + 1 }, (_, n) => Math.max(0, n - from) * perStep);

describe("a cache in time -", () => {
  test("at a steady rate has the hit ratio of Che's approximation, whatever the rate", () => {
    for (const perStep of [300, 3_000]) {
      const crowd: Crowd = { objects, share: 1, requests: steady(perStep, 300) };
      const cache = new TimedCache([crowd], bytes);
      cache.advance(300);
      expect(cache.hit(crowd)).toBeCloseTo(cacheHits(described, bytes).requestHit, 3);
    }
  });

  test("fills from nothing, and its frontier goes forward only", () => {
    const crowd: Crowd = { objects, share: 1, requests: steady(100, 300) };
    const cache = new TimedCache([crowd], bytes);
    let [before, frontier] = [-1, 0];
    for (let step = 1; step <= 300; step++) {
      cache.advance(step);
      expect(cache.frontier).toBeGreaterThanOrEqual(frontier);
      if (cache.frontier === 0) {
        expect(cache.hit(crowd)).toBeGreaterThan(before);
        before = cache.hit(crowd);
      }
      frontier = cache.frontier;
    }
    expect(frontier).toBeGreaterThan(0);
  });

  test("strangers find nothing at first, and take room from those who were there", () => {
    const [own, strangers]: [Crowd, Crowd] = [{ objects, share: 1, requests: steady(1_000, 300) }, { objects, share: 1, requests: steady(500, 300, 200) }];
    const cache = new TimedCache([own, strangers], bytes);
    cache.advance(200);
    const alone = cache.hit(own);
    cache.advance(201);
    expect(cache.hit(strangers)).toBeLessThan(alone / 2);
    cache.advance(300);
    expect(cache.hit(strangers)).toBeGreaterThan(alone / 2);
    expect(cache.hit(own)).toBeLessThan(alone - 0.01);
  });

  test("half the tracks for each of two crowds that ask as one is one cache for all", () => {
    const requests = steady(1_000, 100);
    const halves: Crowd[] = [{ objects, share: 0.5, requests }, { objects, share: 0.5, requests }];
    const [whole, split] = [new TimedCache([{ objects, share: 1, requests }], bytes), new TimedCache(halves, bytes)];
    whole.advance(100);
    split.advance(100);
    expect(split.frontier).toBeCloseTo(whole.frontier, 6);
  });
});
