/** Blocks of memory come back, in few sizes, and not too many are kept. */
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { blockBytes, BlockPool } from "./block-pool.ts";

describe("blocks -", () => {
  test("hold what was asked for, with a fifth of them left over at most, in few sizes", () => {
    const sizes = new Set<number>();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (bytes) => {
        const block = blockBytes(bytes);
        sizes.add(block);
        expect(block).toBeGreaterThanOrEqual(bytes);
        if (bytes > 4_096) expect(block).toBeLessThanOrEqual(bytes * 1.25);
        expect(blockBytes(block)).toBe(block);
      }),
      { numRuns: 2_000 },
    );
    expect(sizes.size).toBeLessThan(40);
    expect([4_096, 4_097, 5_120, 65_536, 65_537, 100_000, 131_072].map(blockBytes)).toEqual([4_096, 5_120, 5_120, 65_536, 81_920, 114_688, 131_072]);
  });

  test("given back, the next of that size is the same", () => {
    const pool = new BlockPool(1_000_000);
    const block = pool.take(100_000);
    expect(pool.take(100_000)).not.toBe(block);
    pool.give(block);
    expect(pool.bytes).toBe(block.length);
    expect(pool.take(50_000)).not.toBe(block);
    expect(pool.take(99_000)).toBe(block);
    expect(pool.bytes).toBe(0);
    expect(pool.take(100_000)).not.toBe(block);
  });

  test("keeps so many bytes, and leaves the rest to the collector", () => {
    const pool = new BlockPool(250_000);
    for (const block of Array.from({ length: 5 }, () => pool.take(100_000))) pool.give(block);
    expect(pool.bytes).toBe(2 * blockBytes(100_000));
  });
});
