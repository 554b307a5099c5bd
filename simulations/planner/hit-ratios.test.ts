import { describe, expect, test } from "@jest/globals";
import { checkHits, shrunk } from "./hit-check.ts";
import { hitRatios, popularityDescription, type Catalogue } from "./hit-ratios.ts";
import { evaluateAt } from "./plan.ts";
import { readRequest } from "./request.ts";

/** As traffic.md 4.3 counts: 25/50/25 %. */
const catalogue: Catalogue = { tracks: 1e8, trackS: 210, chunkS: 5, lowShare: 0.25, highShare: 0.25, lowRate: 96, normalRate: 160, highRate: 320 };
const edge = (bytes: number, pinnedTracks = 0) => ({ bytes, pinnedTracks });
const of = (name: unknown) => hitRatios(popularityDescription(name));

describe("hit ratios -", () => {
  // (traffic.md 4.3): LRU of 1.5, 15, 50, 150 and 500 TB; the top 1 M.
  test.each([
    ["zipf-0.7", [0.048, 0.137, 0.234, 0.381, 0.647, 0.249]],
    ["zipf-0.9", [0.309, 0.465, 0.57, 0.685, 0.84, 0.566]],
    ["zipf-1.0255", [0.616, 0.743, 0.809, 0.87, 0.939, 0.8]],
    ["zipf-1.1", [0.776, 0.865, 0.905, 0.938, 0.972, 0.897]],
    ["seed", [0.596, 0.741, 0.812, 0.874, 0.942, 0.8]],
    ["luminate-2023", [0.584, 0.859, 0.941, 0.977, 0.996, 0.905]],
  ])("%s is as published", (name, row) => {
    const ratios = of(name);
    const found = [...[1.5e12, 15e12, 50e12, 150e12, 500e12].map((bytes) => ratios.edge(catalogue, edge(bytes)).requests), ratios.shareOfTop(1e6, 1e8)];
    for (const [n, hit] of found.entries()) expect(Math.abs(hit - (row[n] ?? NaN))).toBeLessThanOrEqual(0.002);
  });

  // Tbps that leave edges of 15 TB, and a shield of 50, 150, 500 TB behind 30 of them.
  test.each([
    ["seed", 3.35, [2.42, 1.63, 0.76]],
    ["luminate-2023", 1.84, [0.77, 0.3, 0.05]],
  ] as const)("%s: the plan's traffic behind edges and shields is as published", (popularity, leaves, origins) => {
    const inputs = { "mix.low": 0.25, "mix.high": 0.25, "prefetch.waste": 0 };
    const request = readRequest({ popularity, inputs });
    for (const [n, bytes] of [50e12, 150e12, 500e12].entries()) {
      const evaluation = evaluateAt(request, { "shield.bytes": bytes });
      expect(Math.abs(evaluation.value("edge.missBps") / 1e12 - leaves)).toBeLessThan(0.02);
      expect(Math.abs(evaluation.value("origin.bps") / 1e12 - (origins[n] ?? NaN))).toBeLessThan(0.015);
    }
  });

  test("pinning what fits of the top 1 % is worth 6 points at the edge, and more room goes to an LRU", () => {
    const ratios = of("seed");
    const [lru, pinned, roomy] = [ratios.edge(catalogue, edge(15e12)), ratios.edge(catalogue, edge(15e12, 1e6)), ratios.edge(catalogue, edge(50e12, 1e6))];
    expect(pinned.requests - lru.requests).toBeCloseTo(0.06, 2);
    expect(pinned.bytes).toBeCloseTo(pinned.requests, 6);
    expect(roomy.requests).toBeGreaterThan(ratios.edge(catalogue, edge(50e12)).requests);
    const shield = { bytes: 150e12, edges: 30 };
    expect(ratios.origin(catalogue, edge(15e12, 1e6), shield).bytes).toBeLessThan(ratios.origin(catalogue, edge(15e12), shield).bytes);
  });

  test("of any size and mix: nothing, everything, one tier, very short chunks", () => {
    const ratios = of("seed");
    expect(ratios.edge(catalogue, edge(1)).requests).toBeLessThan(1e-6);
    expect(ratios.edge(catalogue, edge(2e15))).toEqual({ requests: 1, bytes: 1 });
    expect(ratios.edge({ ...catalogue, tracks: 1000 }, edge(15e12, 1000))).toEqual({ requests: 1, bytes: 1 });
    expect(ratios.origin({ ...catalogue, tracks: 1000 }, edge(15e12, 1000), { bytes: 1, edges: 1 })).toEqual({ requests: 0, bytes: 0 });
    const oneTier = ratios.edge({ ...catalogue, lowShare: 1, highShare: 0 }, edge(15e12));
    expect(oneTier.requests).toBeCloseTo(oneTier.bytes, 9);
    expect(ratios.edge({ ...catalogue, chunkS: 0.1 }, edge(15e12)).requests).toBeCloseTo(ratios.edge(catalogue, edge(15e12)).requests, 2);
  });

  test("a catalogue ends a Zipf curve where it ends, and leaves a curve of counts its most played tracks", () => {
    expect(of({ type: "zipf", tracks: 5, alpha: 1 }).playedTracks(1e6)).toBe(1e6);
    const counts = of("luminate-2023");
    expect([counts.playedTracks(1e6), counts.playedTracks(184e6)]).toEqual([1e6, 138.4e6]);
    expect(counts.shareOfTop(1e6, 1e6)).toBe(1);
    expect(counts.shareOfTop(1e4, 1e6) / counts.shareOfTop(1e4, 184e6)).toBeCloseTo(1 / counts.shareOfTop(1e6, 184e6), 9);
  });
});

describe("caches that are really kept -", () => {
  test("answer within 0.015 of what the formula says, edges and their shield", () => {
    const request = readRequest({ popularity: "luminate-2023", inputs: { "shield.edges": 10 } });
    const checks = checkHits(request, 5_000);
    expect(checks.map(({ what }) => what)).toEqual(["a third of an edge", "an edge", "three times an edge", "10 edges and their shield"]);
    for (const { small, replayed } of checks) expect(Math.abs(replayed - small)).toBeLessThan(0.015);
    expect(checks[1]?.whole).toBeCloseTo(evaluateAt(request).value("edge.hit"), 12);
    expect(checkHits(request, 100)).toEqual(checkHits(request, 100));
  });

  test("a smaller catalogue keeps its curve", () => {
    const seed = popularityDescription("seed");
    expect(shrunk(seed, 1e8, 1e-2)).toEqual({ type: "zipf-mandelbrot", tracks: 1e6, alpha: 1.057, q: 0.102 });
    const shares = [popularityDescription("luminate-2023"), shrunk(popularityDescription("luminate-2023"), 1e8, 1e-2)].map((one, n) => hitRatios(one).shareOfTop(n === 0 ? 1e6 : 1e4, n === 0 ? 1e9 : 1e7));
    expect((shares[0] ?? 0) - (shares[1] ?? 0)).toBeCloseTo(0, 2);
  });
});
