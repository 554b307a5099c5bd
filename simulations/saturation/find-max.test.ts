import { describe, expect, test } from "@jest/globals";
import { Stream } from "../random/index.ts";
import { findMax, type Piece, type SearchOptions } from "./find-max.ts";
import { readRules } from "./rules.ts";
import type { Second } from "./step.ts";
import { poolCapacity, poolPiece, poolRule, type Pool } from "./testing/queue.ts";

const pool: Pool = { servers: 1, serviceMs: 5, boundMs: 100, pieceS: 60 };
const capacity = poolCapacity(pool);
const rules = readRules("slo", "call.p99Ms < 100");

/** Seconds in which calls take so long, and so many are in flight at each end. */
const seconds = (load: number, latencyMs: number, inFlight: (atS: number) => number, count = 30): Piece => ({
  seconds: Array.from({ length: count }, (_, atS): Second => ({ call: { offered: load, done: load, failed: 0, inFlight: inFlight(atS), latency: { valuesMs: Float64Array.of(latencyMs), counts: Float64Array.of(load), total: load } } })),
});
const search = (options: Partial<SearchOptions> & Pick<SearchOptions, "measure">) => findMax({ rules, begin: 100, most: 10_000, chance: new Stream(1, "search"), ...options });

describe("the largest load -", () => {
  test.each([1, 2])("of a queue is within 5 %% of the closed form, seed %p, and its interval near it", async (seed) => {
    let pieces = 0;
    const { verdict, ended, edge, steps } = await search({ rules: [poolRule(pool)], begin: capacity / 13, most: 10 * capacity, piecesMost: 3, chance: new Stream(seed, "max"), measure: (load) => poolPiece(pool, load, seed, `piece ${pieces++}`) });
    expect([verdict, ended, edge?.rule]).toEqual(["found", "settled", "call.p99Ms < 100"]);
    expect(Math.abs((edge?.load ?? 0) / capacity - 1)).toBeLessThan(0.05);
    expect(edge?.low).toBeLessThan(edge?.load ?? 0);
    expect((edge?.high ?? 0) / (edge?.low ?? 1)).toBeLessThan(1.15);
    expect(steps.length).toBeLessThan(20);
  });

  test("the same pieces and seed give the same answer", async () => {
    const answers = [];
    for (let n = 0; n < 2; n++) {
      let pieces = 0;
      answers.push(JSON.stringify(await search({ rules: [poolRule(pool)], begin: capacity / 2, most: 10 * capacity, piecesMost: 2, measure: (load) => poolPiece({ ...pool, pieceS: 20 }, load, 5, `piece ${pieces++}`) })));
    }
    expect(answers[0]).toBe(answers[1]);
  });

  test("doubles, then halves the distance until it is 5 %", async () => {
    const { steps, edge } = await search({ edgeSteps: 0, measure: (load) => seconds(load, load > 730 ? 500 : 10, () => 3) });
    const loads = steps.map(({ load }) => Math.round(load));
    expect(loads.slice(0, 5)).toEqual([100, 200, 400, 800, 566]);
    expect(edge?.load).toBeGreaterThan(730 / 1.05);
    expect(edge?.load).toBeLessThan(730 * 1.05);
  });

  test("of a rare operation the least loads show too little to say anything, and are no edge", async () => {
    // Two a second at the first load: not one of 60 was late, which a share of 0.8 % would often have.
    const { edge } = await search({ edgeSteps: 2, measure: (load) => seconds(Math.round(load / 50), load > 6_300 ? 500 : 10, () => 3) });
    expect(edge?.load).toBeGreaterThan(6_300 / 1.06);
    expect(edge?.load).toBeLessThan(6_300 * 1.06);
  });

  test("a first load that is too great is halved", async () => {
    const { verdict, edge } = await search({ begin: 1_000, measure: (load) => seconds(load, load > 130 ? 500 : 10, () => 3) });
    expect(verdict).toBe("found");
    expect(Math.abs((edge?.load ?? 0) / 130 - 1)).toBeLessThan(0.06);
  });

  test("work that piles up is not borne, though every rule holds", async () => {
    const { verdict, edge } = await search({ measure: (load) => seconds(load, 10, (atS) => 5 + (atS % 3) + Math.max(0, load - 600) * atS) });
    expect([verdict, edge?.rule]).toEqual(["found", undefined]);
    expect(edge?.load).toBeGreaterThan(570);
    expect(edge?.load).toBeLessThan(640);
  });

  test("what is borne up to the greatest load is at least that; what is borne by none is nothing", async () => {
    const all = await search({ most: 900, measure: (load) => seconds(load, 10, () => 3) });
    expect(all).toMatchObject({ verdict: "at least", low: 900, high: undefined, ended: "most", edge: undefined });
    expect(await search({ measure: (load) => seconds(load, 500, () => 3) })).toMatchObject({ verdict: "nothing", low: undefined });
  });

  test("an invalid piece ends the search with what is known", async () => {
    const found = await search({ measure: (load) => (load >= 400 ? { invalid: ["the machine was full"] } : seconds(load, 10, () => 3)) });
    expect(found).toMatchObject({ verdict: "at least", low: 200, high: undefined, ended: "invalid", reasons: ["the machine was full"] });
  });

  test("the end of its time too, and a bracket still wide is no answer", async () => {
    let left = 5;
    const found = await search({ mayGoOn: () => left-- > 0, measure: (load) => seconds(load, load > 700 ? 500 : 10, () => 3) });
    expect(found).toMatchObject({ verdict: "at least", ended: "time", high: 800 });
    expect(found.steps).toHaveLength(5);
  });

  test("a load is measured again until it is clear, and no more often", async () => {
    const pieces = new Map<number, number>();
    await search({
      piecesMost: 3, edgeSteps: 0, begin: 100, most: 200,
      // At 200 the share beyond is about what is allowed, in some seconds; at 100 there is none.
      measure: (load, piece) => {
        pieces.set(load, piece + 1);
        const { seconds: all } = seconds(load, 10, () => 3) as { seconds: Second[] };
        return load === 100 ? { seconds: all } : { seconds: all.map((second, atS) => ({ call: { ...(second["call"] as Second[string]), latency: { valuesMs: Float64Array.of(10, 300), counts: Float64Array.of(load - (atS % 5 === 0 ? 9 : 0), atS % 5 === 0 ? 9 : 0), total: load } } })) };
      },
    });
    expect([...pieces]).toEqual([[100, 1], [200, 3]]);
  });

  test("wrong loads are refused by name", async () => {
    await expect(search({ begin: 0, measure: () => ({ invalid: [] }) })).rejects.toThrow("begin is 0");
    await expect(search({ most: 50, measure: () => ({ invalid: [] }) })).rejects.toThrow("most is 50; allowed: from begin (100) on");
  });
});
