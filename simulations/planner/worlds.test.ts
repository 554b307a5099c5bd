import { describe, expect, test } from "@jest/globals";
import { planOf } from "./plan.ts";
import { readRequest } from "./request.ts";
import { tabledHits } from "./testing/hits.ts";
import { leastRegret, rangeOf, triangular } from "./worlds.ts";

const highOf = (inputs: object) => planOf(readRequest({ inputs }), tabledHits).quantities.find(({ name }) => name === "egress.bps")?.high;

describe("worlds -", () => {
  test("the triangular distribution has its ends, and half of a symmetric one below mid", () => {
    const interval = { low: 2, mid: 3, high: 6 };
    expect(triangular(interval, 0)).toBe(2);
    expect(triangular(interval, 1)).toBe(6);
    expect(triangular(interval, 0.25)).toBeCloseTo(3, 12);
    expect(triangular({ low: 0, mid: 1, high: 2 }, 0.5)).toBe(1);
    expect(triangular({ low: 4, mid: 4, high: 4 }, 0.3)).toBe(4);
  });

  test("a range is 5, 50 and 95 % of the worlds", () => {
    expect(rangeOf(Float64Array.from({ length: 100 }, (_, n) => 99 - n))).toEqual({ low: 5, median: 50, high: 95 });
  });

  test("least regret: too little is worse than too much", () => {
    // Mean regret of 10: 1.25^1.2 * 10^1.2 / 2; of 20: 10^1.2 / 2.
    expect(leastRegret(Float64Array.of(10, 20))).toBe(20);
    // One world of ten that needs much more is not planned for: 90 too many in nine worlds, or 90 too few in one.
    expect(leastRegret(Float64Array.of(...Array<number>(9).fill(10), 100))).toBe(10);
  });

  test("the same request is the same plan, byte by byte; another seed draws other worlds about the same middle", () => {
    const plan = planOf(readRequest({}));
    expect(JSON.stringify(planOf(readRequest({})))).toBe(JSON.stringify(plan));
    const other = planOf(readRequest({ seed: 2 }));
    expect(other.quantities.map(({ mid }) => mid)).toEqual(plan.quantities.map(({ mid }) => mid));
    expect(other.quantities.map(({ high }) => high)).not.toEqual(plan.quantities.map(({ high }) => high));
    expect(plan.request.draws).toBe(512);
    expect(plan.impossibleDraws).toBe(0);
  });

  test("a new interval leaves the draws of other inputs as they were", () => {
    expect(highOf({ "load.searches": { low: 1e5, mid: 2e5, high: 3e5 } })).toBe(highOf({}));
  });

  test("without intervals every world is the middle, and nothing is regretted", () => {
    const { inputs } = readRequest({});
    const plan = planOf(readRequest({ inputs: Object.fromEntries(inputs.map(({ name, value }) => [name, value.mid])) }), tabledHits);
    expect(plan.quantities.filter(({ low, mid, high }) => low !== mid || high !== mid)).toEqual([]);
    expect(plan.leastRegret.map(({ count, leastRegret }) => [count, leastRegret])).toEqual(plan.leastRegret.map(({ count }) => [count, plan.quantities.find(({ name }) => name === count)?.mid]));
    expect(plan.movers).toEqual([]);
  });
});
