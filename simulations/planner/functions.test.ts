import { describe, expect, test } from "@jest/globals";
import { Stream } from "../random/index.ts";
import { hottestShare, meanWait, shardNodes, sumP99, waitChance, waitP99 } from "./functions.ts";

describe("functions of formulas -", () => {
  test("Erlang C: M/M/4 at 0.7 waits with 0.42866, M/M/1 with its utilisation", () => {
    expect(waitChance(4, 2.8)).toBeCloseTo(0.42866, 4);
    expect(waitChance(1, 0.9)).toBeCloseTo(0.9, 12);
    expect(waitChance(3, 3)).toBe(1);
    expect(waitChance(3, 0)).toBe(0);
  });

  test.each([
    [1, 0.7, 14.2],
    [1, 0.9, 45],
    [4, 0.7, 3.1],
    [4, 0.9, 10.9],
    [16, 0.7, 0.5],
    [16, 0.9, 2.6],
    [64, 0.7, 0],
    [64, 0.9, 0.5],
  ])("99 %% of waits, %d servers at %f: %f service times", (servers, busy, waits) => {
    expect(waitP99(servers, servers * busy, 1)).toBeCloseTo(waits, 0.9);
  });

  test("Pollaczek and Khinchine: 5.833 s at 0.7 with a squared coefficient of 4", () => {
    expect(meanWait(0.7, 1, 4)).toBeCloseTo(5.8333, 4);
    expect(meanWait(1, 1, 1)).toBe(Infinity);
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
