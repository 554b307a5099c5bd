import { describe, expect, test } from "@jest/globals";
import { Stream } from "../random/index.ts";
import { popularityOf, popularityPresets, readPopularity, type PopularityDescription } from "./index.ts";

const sampled = (description: PopularityDescription, draws: number, seed: number): number[] => {
  const [popularity, stream] = [popularityOf(description), new Stream(seed, "popularity")];
  return Array.from({ length: draws }, () => popularity.sample(stream));
};

describe("popularity -", () => {
  test("the seed's: 80 % of plays for the top 1 %, 0.85 % for the top track, in draws as in closed form", () => {
    const popularity = popularityOf(popularityPresets.seed);
    expect(popularity.shareOfTop(1e6)).toBeCloseTo(0.8, 2);
    expect(popularity.probability(1)).toBeCloseTo(0.0085, 4);
    const draws = sampled(popularityPresets.seed, 1_000_000, 1);
    expect(Math.abs(draws.filter((track) => track <= 1e6).length / 1e6 - 0.8)).toBeLessThanOrEqual(0.003);
    expect(Math.abs(draws.filter((track) => track === 1).length / 1e6 - 0.0085)).toBeLessThanOrEqual(0.0003);
    expect(draws.every((track) => Number.isInteger(track) && track >= 1 && track <= 1e8)).toBe(true);
  });

  test("Luminate's 2023: the shares that its counts imply", () => {
    const popularity = popularityOf(popularityPresets["luminate-2023"]);
    const implied = [[1e5, 0.68], [436_000, 0.836], [1e6, 0.905], [1.84e6, 0.938]] as const;
    for (const [top, share] of implied) expect(Math.abs(popularity.shareOfTop(top) - share)).toBeLessThan(0.004);
    expect(popularity.probability(31.8e6) * 4.1e12).toBeCloseTo(1_000, -1);
    expect(popularity.shareOfTop(138.4e6)).toBeCloseTo(1, 9);
    const draws = sampled(popularityPresets["luminate-2023"], 200_000, 2);
    for (const [top] of implied) expect(Math.abs(draws.filter((track) => track <= top).length / draws.length - popularity.shareOfTop(top))).toBeLessThan(0.004);
  });

  test.each([
    [0.7, 0.251],
    [0.8, 0.38],
    [0.9, 0.57],
    [1, 0.76],
    [1.0255, 0.8],
    [1.1, 0.9],
    [1.2, 0.97],
  ])("Zipf of alpha %p over 1e8 tracks gives the top 1 %% a share of %p", (alpha, share) => {
    expect(Math.abs(popularityOf({ type: "zipf", tracks: 1e8, alpha }).shareOfTop(1e6) - share)).toBeLessThan(0.006);
  });

  test("shares add up exactly where the sum can be taken term by term", () => {
    const [tracks, alpha, q] = [300_000, 1.057, 10.2];
    const popularity = popularityOf({ type: "zipf-mandelbrot", tracks, alpha, q });
    let [all, top] = [0, 0];
    for (let rank = 1; rank <= tracks; rank++) {
      all += (rank + q) ** -alpha;
      if (rank === 5_000) top = all;
    }
    expect(popularity.shareOfTop(5_000)).toBeCloseTo(top / all, 8);
    expect(popularity.share(2_001, 300_000)).toBeCloseTo(1 - popularity.shareOfTop(2_000), 12);
    expect(popularity.probability(1)).toBeCloseTo((1 + q) ** -alpha / all, 10);
    expect(popularity.probability(tracks + 1)).toBe(0);
  });

  test.each<PopularityDescription>([
    { type: "zipf", tracks: 40, alpha: 1 },
    { type: "zipf", tracks: 40, alpha: 0 },
    { type: "zipf", tracks: 2, alpha: 3 },
    { type: "zipf-mandelbrot", tracks: 40, alpha: 2.5, q: 0.5 },
    { type: "counts", points: [{ rank: 20, plays: 10 }, { rank: 40, plays: 8 }], totalPlays: 500, headQ: 0.3 },
    { type: "zipf", tracks: 20, alpha: 0.8, release: { share: 0.3, tracks: 10, alpha: 0.387 } },
  ])("draws of %j follow the probabilities (chi-square)", (description) => {
    const popularity = popularityOf(description);
    const draws = 200_000;
    const counted = new Float64Array(popularity.allTracks + 1);
    for (const track of sampled(description, draws, 3)) counted[track] = (counted[track] ?? 0) + 1;
    let [chiSquare, total] = [0, 0];
    for (let track = 1; track <= popularity.allTracks; track++) {
      const expected = draws * popularity.probability(track);
      total += popularity.probability(track);
      chiSquare += ((counted[track] ?? 0) - expected) ** 2 / expected;
    }
    const degrees = popularity.allTracks - 1;
    expect(total).toBeCloseTo(1, 4);
    expect(chiSquare).toBeLessThan(degrees + 3.1 * Math.sqrt(2 * degrees) + 6);
  });

  test("a release takes its share from the catalogue, more or less of it as the run goes on", () => {
    const description: PopularityDescription = { ...popularityPresets.seed, release: { share: 0.04, tracks: 31, alpha: 0.387 } };
    const popularity = popularityOf(description);
    expect(popularity.share(1e8 + 1, 1e8 + 31)).toBeCloseTo(0.04, 12);
    expect(popularity.probability(1e8 + 1) / 0.04).toBeCloseTo(25_204_472 / 313e6, 3);
    expect(popularity.shareOfTop(1e6)).toBeCloseTo(0.96 * popularityOf(popularityPresets.seed).shareOfTop(1e6), 12);
    const stream = new Stream(5);
    const fresh = Array.from({ length: 20_000 }, () => popularity.sample(stream, 0.5)).filter((track) => track > 1e8).length;
    expect(fresh / 20_000).toBeCloseTo(0.5, 1);
  });

  test("is the same for the same seed", () => {
    expect(sampled(popularityPresets.seed, 8, 1)).toEqual(sampled(popularityPresets.seed, 8, 1));
    expect(sampled(popularityPresets.seed, 8, 1)).toMatchInlineSnapshot(`
[
  19748,
  15,
  47297,
  47,
  264,
  283,
  7687,
  25942,
]
`);
  });
});

describe("a description of popularity -", () => {
  test("is a preset's name or JSON, and comes back as it was", () => {
    expect(readPopularity("seed")).toEqual(popularityPresets.seed);
    for (const preset of Object.values(popularityPresets)) expect(readPopularity(JSON.parse(JSON.stringify(preset)))).toEqual(preset);
  });

  test.each([
    ["famous", "popularity is \"famous\"; it must be one of seed, luminate-2023"],
    [{ type: "zipf", tracks: 0, alpha: 1 }, "popularity.tracks is 0"],
    [{ type: "zipf", tracks: 10, alpha: 1, q: 2 }, "popularity.q is 2; it must be left out"],
    [{ type: "zipf", tracks: 10, alpha: 1, release: { share: 2, tracks: 1 } }, "popularity.release.share is 2; it must be a number from 0 up to 1"],
    [{ type: "counts", totalPlays: 1, headQ: 0, points: [{ rank: 9, plays: 1 }, { rank: 4, plays: 1 }] }, "popularity.points[1].rank is 4; it must be a number above 9, the one before"],
  ])("refuses %j", (value, message) => {
    expect(() => readPopularity(value)).toThrow(message);
  });

  test("refuses a total that the points leave no room for", () => {
    expect(() => popularityOf({ ...popularityPresets["luminate-2023"], totalPlays: 1e9 })).toThrow("popularity.totalPlays is 1000000000; it must be from");
  });
});
