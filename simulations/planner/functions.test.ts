import { describe, expect, test } from "@jest/globals";
import { Stream } from "../random/index.ts";
import { backlog, hottestShare, meanWait, poolWait, poolWaitP99, shardNodes, sumP99 } from "./functions.ts";

describe("functions of formulas -", () => {
  // The closed forms themselves are held to the books in simulations/queueing.
  test("queues are asked in the planner's terms: busy servers, and times in one unit", () => {
    expect(poolWait(4, 2.8, 10)).toBeCloseTo((0.42866 * 10) / 1.2, 3);
    expect(poolWaitP99(4, 2.8, 10)).toBeCloseTo(31.3, 1);
    expect(meanWait(0.7, 1, 4)).toBeCloseTo(5.8333, 4);
    expect([poolWait(4, 4, 1), poolWaitP99(1, 2, 1), meanWait(1, 1, 1), meanWait(Infinity, 1, 1)]).toEqual([Infinity, Infinity, Infinity, Infinity]);
  });

  test("what serves nothing keeps nobody waiting; servers that an interval drew are rounded down", () => {
    expect([poolWait(4, 0, 1), poolWaitP99(4, 0, 1), meanWait(0, 1, 2), meanWait(0.5, 0, 2), meanWait(NaN, NaN, 2)]).toEqual([0, 0, 0, 0, 0]);
    expect(poolWait(4.9, 2.8, 1)).toBe(poolWait(4, 2.8, 1));
  });

  test("a release provided for at half of its peak: 46.7 M edits wait and are gone 31 minutes after (traffic.md 4.2)", () => {
    expect(backlog(50e3, 150e3, 60, 600, 75e3)).toEqual({ most: 46_687_500, drain: 1867.5 });
    expect(backlog(50e3, 150e3, 60, 600, 150e3)).toEqual({ most: 0, drain: 0 });
    expect(backlog(80e3, 150e3, 0, 600, 75e3).drain).toBe(Infinity);
  });

  test("99 % of a sum: 4.605 for one exponential, 10.045 for four", () => {
    expect(sumP99(1, 1) / 4.605).toBeCloseTo(1, 1.6);
    expect(sumP99(4, 4) / 10.045).toBeCloseTo(1, 2);
  });

  test("the fullest node of shards placed by chance is near what is expected of it", () => {
    const stream = new Stream(3, "shards");
    for (const nodes of [4, 16, 64]) {
      const largest = Array.from({ length: 400 }, () => {
        const held = new Uint32Array(nodes);
        for (let shard = 0; shard < 256; shard++) held[stream.index(nodes)]! += 1;
        return Math.max(...held) / 256;
      });
      const mean = largest.reduce((one, other) => one + other) / largest.length;
      expect(hottestShare(256, nodes) / mean).toBeGreaterThan(1);
      expect(hottestShare(256, nodes) / mean).toBeLessThan(1.25);
    }
  });

  test("nodes for shards: the fullest keeps within one node, with one node less it does not", () => {
    const nodes = shardNodes(256, 28.4667);
    expect(28.4667 * hottestShare(256, nodes)).toBeLessThanOrEqual(1);
    expect(28.4667 * hottestShare(256, nodes - 1)).toBeGreaterThan(1);
    expect(shardNodes(256, 0.3)).toBe(1);
    expect(shardNodes(256, 200)).toBe(Infinity);
  });
});
