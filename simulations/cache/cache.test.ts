import { describe, expect, test } from "@jest/globals";
import { chunkReach, listenerPresets } from "../listener/index.ts";
import { popularityOf, popularityPresets, type PopularityDescription } from "../popularity/index.ts";
import { Stream } from "../random/index.ts";
import { cacheHits, defaultTiers, edgeAndShield, lossyTrackBytes, LruCache, objectsOf, pinnedAndLru, readTiers, replayedHits, type ObjectsDescription } from "./index.ts";

const terabyte = 1e12;
const chunks = { tiers: defaultTiers, chunkS: 5, reach: chunkReach(listenerPresets.seed.skips, 210, 5) };
const catalogue = (description: PopularityDescription): ObjectsDescription => ({ popularity: popularityOf(description), ...chunks });
const zipf = (alpha: number, tracks = 1e8): PopularityDescription => ({ type: "zipf", tracks, alpha });
/** Objects that are all one byte: a track in one tier and one chunk. */
const single = (description: PopularityDescription): ObjectsDescription => ({ popularity: popularityOf(description), tiers: [{ rateKbps: 8 / 1_000, share: 1 }], chunkS: 1, reach: [1] });

describe("Che's approximation -", () => {
  // traffic.md 4.3: request hit of an LRU of 1.5, 15, 50, 150 and 500 TB, and of the top 1 M tracks pinned.
  test.each<[string, PopularityDescription, readonly number[]]>([
    ["Zipf 0.7", zipf(0.7), [0.048, 0.137, 0.234, 0.381, 0.647, 0.249]],
    ["Zipf 0.8", zipf(0.8), [0.136, 0.267, 0.378, 0.52, 0.741, 0.384]],
    ["Zipf 0.9", zipf(0.9), [0.309, 0.465, 0.57, 0.685, 0.84, 0.566]],
    ["Zipf 1.0", zipf(1), [0.553, 0.691, 0.767, 0.839, 0.923, 0.758]],
    ["Zipf 1.0255", zipf(1.0255), [0.616, 0.743, 0.809, 0.87, 0.939, 0.8]],
    ["Zipf 1.1", zipf(1.1), [0.776, 0.865, 0.905, 0.938, 0.972, 0.897]],
    ["seed", popularityPresets.seed, [0.596, 0.741, 0.812, 0.874, 0.942, 0.8]],
    ["Luminate 2023", popularityPresets["luminate-2023"], [0.584, 0.859, 0.941, 0.977, 0.996, 0.905]],
  ])("gives the published hit ratios: %s", (_, description, row) => {
    const objects = objectsOf(catalogue(description));
    const hits = [1.5, 15, 50, 150, 500].map((capacity) => cacheHits(objects, capacity * terabyte).requestHit);
    for (const [n, hit] of [...hits, popularityOf(description).shareOfTop(1e6)].entries()) expect(Math.abs(hit - (row[n] ?? Number.NaN))).toBeLessThanOrEqual(0.002);
  });

  test("a byte hit is a little below, and the characteristic time of the seed's edge is 0.7 h", () => {
    const { requestHit, byteHit, characteristicRequests } = cacheHits(objectsOf(catalogue(popularityPresets.seed)), 15 * terabyte);
    expect(requestHit - byteHit).toBeGreaterThan(0.002);
    expect(requestHit - byteHit).toBeLessThan(0.007);
    const requestsPerHour = (16e6 / 100) * 3_600;
    expect(characteristicRequests / requestsPerHour).toBeCloseTo(0.7, 1);
  });

  test("bins are as good as single tracks", () => {
    const description = catalogue(popularityPresets.seed);
    const fine = cacheHits(objectsOf({ ...description, exactTracks: 1_000, binRatio: 1.01 }), 15 * terabyte);
    expect(cacheHits(objectsOf(description), 15 * terabyte).requestHit).toBeCloseTo(fine.requestHit, 3);
  });

  test("equals the published check: 100,000 objects, room for 1,000, Zipf 1: 0.5062", () => {
    expect(Math.abs(cacheHits(objectsOf(single(zipf(1, 100_000))), 1_000).requestHit - 0.5062)).toBeLessThan(0.0005);
  });

  test("everything fits, or nothing is allowed to", () => {
    const objects = objectsOf(single(zipf(1, 100)));
    expect(cacheHits(objects, 100)).toEqual({ requestHit: 1, byteHit: 1, characteristicRequests: Infinity });
    expect(cacheHits(objects, 99.9).requestHit).toBeGreaterThan(0.99);
    expect(() => cacheHits(objects, 0)).toThrow("capacityBytes is 0; it must be a number above 0");
  });

  test("a release's tracks are objects too", () => {
    const release = { share: 0.5, tracks: 31, alpha: 0.387 };
    const objects = objectsOf(catalogue({ ...popularityPresets.seed, release }));
    const [count, rate] = [objects.count, objects.rate];
    expect(count.reduce((sum, one) => sum + one, 0)).toBeCloseTo((1e8 + 31) * 126, -3);
    expect(rate.reduce((sum, one, n) => sum + one * (count[n] ?? 0), 0)).toBeCloseTo(1, 6);
    const withRelease = cacheHits(objects, 15 * terabyte).requestHit;
    const without = cacheHits(objectsOf(catalogue(popularityPresets.seed)), 15 * terabyte).requestHit;
    expect(withRelease).toBeCloseTo(0.5 + 0.5 * without, 1);
  });
});

describe("caches together -", () => {
  // traffic.md 4.3: Tbps of 12.8 that leave edges of 15 TB, and that leave a shield behind 30 of them.
  test.each([
    ["seed", 3.35, [[50, 2.42], [150, 1.63], [500, 0.76]]],
    ["luminate-2023", 1.84, [[50, 0.77], [150, 0.3], [500, 0.05]]],
  ] as const)("a shield behind 30 edges leaves the published traffic to the origin: %s", (preset, edgeTbps, shields) => {
    const objects = objectsOf(catalogue(popularityPresets[preset]));
    for (const [shieldTb, originTbps] of shields) {
      const { edge, originByteShare, originRequestShare } = edgeAndShield(objects, { edgeBytes: 15 * terabyte, edges: 30, shieldBytes: shieldTb * terabyte });
      expect(Math.abs(12.8 * (1 - edge.byteHit) - edgeTbps)).toBeLessThan(0.02);
      expect(Math.abs(12.8 * originByteShare - originTbps)).toBeLessThan(0.015);
      expect(originRequestShare).toBeLessThan(originByteShare);
    }
  });

  test("a shield as small as an edge behind one edge has next to nothing", () => {
    const objects = objectsOf(single(zipf(1, 10_000)));
    expect(edgeAndShield(objects, { edgeBytes: 10_000, edges: 5, shieldBytes: 10 })).toMatchObject({ originRequestShare: 0, originByteShare: 0 });
    expect(edgeAndShield(objects, { edgeBytes: 100, edges: 1, shieldBytes: 10_000 }).originRequestShare).toBe(0);
    expect(() => edgeAndShield(objects, { edgeBytes: 100, edges: 0.5, shieldBytes: 1 })).toThrow("edges is 0.5; it must be a whole number from 1");
  });

  test("the top 1 M tracks pinned are worth 6 points over LRU, and fill 15.1 TB", () => {
    const description = catalogue(popularityPresets.seed);
    const lru = cacheHits(objectsOf(description), 15.12 * terabyte).requestHit;
    const pinned = pinnedAndLru(description, { capacityBytes: 15.12 * terabyte, pinnedTracks: 1e6 });
    expect(pinned.pinnedBytes / terabyte).toBeCloseTo(15.12, 6);
    expect(pinned.requestHit - lru).toBeCloseTo(0.06, 2);
    expect(pinnedAndLru(description, { capacityBytes: 15.12 * terabyte, pinnedTracks: 0 }).requestHit).toBeCloseTo(lru, 9);
    expect(pinnedAndLru(description, { capacityBytes: 50 * terabyte, pinnedTracks: 1e6 }).requestHit).toBeGreaterThan(cacheHits(objectsOf(description), 50 * terabyte).requestHit);
    expect(() => pinnedAndLru(description, { capacityBytes: terabyte, pinnedTracks: 1e6 })).toThrow("pinnedTracks is 1000000; it must be at most 66137");
  });
});

describe("a replayed LRU -", () => {
  test("keeps what was asked for last, within its bytes", () => {
    const cache = new LruCache(10);
    expect([cache.ask(1, 4), cache.ask(2, 4), cache.ask(1, 4), cache.ask(3, 4), cache.ask(1, 4), cache.ask(2, 4)]).toEqual([false, false, true, false, true, false]);
    expect([cache.bytes, cache.objects]).toEqual([8, 2]);
    expect([cache.ask(4, 11), cache.bytes]).toEqual([false, 8]);
  });

  test("hits 0.5061 in the published check", () => {
    const { requestHit } = replayedHits(single(zipf(1, 100_000)), new Stream(1), { capacityBytes: 1_000, warmUpPlays: 20_000, plays: 500_000 });
    expect(Math.abs(requestHit - 0.5061)).toBeLessThan(0.003);
  });

  test.each<[string, PopularityDescription]>([
    ["Zipf-Mandelbrot", { type: "zipf-mandelbrot", tracks: 10_000, alpha: 1.057, q: 10.2 }],
    ["Zipf 0.8", zipf(0.8, 10_000)],
  ])("of whole plays in chunks of three tiers is within 0.01 of the formula: %s", (_, description) => {
    const objects = { ...catalogue(description), reach: chunkReach(listenerPresets.seed.skips, 210, 35), chunkS: 35 };
    const capacityBytes = 0.05 * 10_000 * lossyTrackBytes(objects);
    const replayed = replayedHits(objects, new Stream(2), { capacityBytes, warmUpPlays: 30_000, plays: 60_000 });
    const { requestHit, byteHit } = cacheHits(objectsOf(objects), capacityBytes);
    expect(Math.abs(replayed.requestHit - requestHit)).toBeLessThan(0.01);
    expect(Math.abs(replayed.byteHit - byteHit)).toBeLessThan(0.01);
  });
});

test("tiers are read with their bounds", () => {
  expect(readTiers(JSON.parse(JSON.stringify(defaultTiers)))).toEqual(defaultTiers);
  expect(() => readTiers([{ rateKbps: 96, share: 0.5 }])).toThrow(/^tiers is .* shares add up to 1, not to 0.5$/);
});
