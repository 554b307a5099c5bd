import { describe, expect, test } from "@jest/globals";
import { popularities, sizes, table, tabledHitRatios } from "./hit-ratios.ts";

describe("hit ratios -", () => {
  test("every popularity has a row, each size is met, and the ratio rises with the size", () => {
    expect(table.map(({ name }) => name).toSorted()).toEqual([...popularities].toSorted());
    for (const { name, hits, pinned } of table) {
      const ratios = tabledHitRatios(name);
      expect(ratios.pinned).toBe(pinned);
      sizes.forEach((bytes, n) => expect(ratios.requests(bytes)).toBeCloseTo(hits[n] ?? NaN, 12));
      const rising = Array.from({ length: 60 }, (_, n) => ratios.requests(1e9 * 1.3 ** n));
      expect(rising).toEqual(rising.toSorted((one, other) => one - other));
      expect(ratios.requests(0)).toBe(0);
      expect(ratios.requests(2e15)).toBe(1);
    }
  });

  // Che's approximation computed at these sizes, which the table does not have.
  test.each([
    ["seed", 0.15e12, 0.432, 0.02],
    ["seed", 5e12, 0.6725, 0.002],
    ["seed", 250e12, 0.9025, 0.002],
    ["luminate-2023", 0.15e12, 0.3252, 0.02],
    ["luminate-2023", 25e12, 0.902, 0.009],
    ["luminate-2023", 250e12, 0.9871, 0.003],
  ] as const)("%s: between its sizes and below them the table is near: %d bytes hit %f", (popularity, bytes, hit, off) => {
    expect(Math.abs(tabledHitRatios(popularity).requests(bytes) - hit)).toBeLessThan(off);
  });

  // (traffic.md 4.3): behind 30 edges of 15 TB, Tbps at the origin of 12.8.
  test.each([
    ["seed", 50e12, 2.42],
    ["seed", 150e12, 1.63],
    ["seed", 500e12, 0.76],
    ["luminate-2023", 50e12, 0.77],
    ["luminate-2023", 150e12, 0.3],
    ["luminate-2023", 500e12, 0.05],
  ] as const)("%s: a shield of %d bytes answers as it would alone", (popularity, bytes, tbps) => {
    expect(Math.abs(12.8 * (1 - tabledHitRatios(popularity).requests(bytes)) - tbps)).toBeLessThan(0.03);
  });
});
