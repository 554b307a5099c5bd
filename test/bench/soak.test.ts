import { expect, test } from "@jest/globals";
import { slope } from "./soak.ts";

const samples = (...values: number[]) => values.map((value, n) => ({ atMs: n * 10_000, value }));

test("growth is that of the nearest straight line, whatever the noise", () => {
  expect(slope(samples(100, 101, 102, 103, 104, 105, 106)).growth).toBeCloseTo(0.06);
  expect(slope(samples(100, 101, 102, 103, 104, 105, 106)).perMinute).toBeCloseTo(0.06);
  expect(Math.abs(slope(samples(100, 130, 100, 130, 100, 130, 100)).growth)).toBeLessThan(0.01);
  expect(slope(samples(100, 100)).growth).toBeNaN();
});
