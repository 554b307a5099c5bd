import { expect, test } from "@jest/globals";
import { Stream } from "../random/index.ts";
import { RateCurve } from "./curve.ts";

const knotsOf = (stream: Stream): { atMs: number; rate: number }[] => {
  let atMs = 0;
  return Array.from({ length: 1 + stream.index(6) }, () => ({ atMs: (atMs += stream.index(4) * 10), rate: stream.chance(0.2) ? 0 : stream.next() * 3 }));
};

test.each([false, true])("the time after so many expected arrivals is the integral's inverse (repeated: %p)", (repeats) => {
  const stream = new Stream(1, "curves");
  for (let n = 0; n < 2_000; n++) {
    const knots = knotsOf(stream);
    const curve = repeats ? new RateCurve(knots, (knots.at(-1)?.atMs ?? 0) + 10 * stream.index(3) + 1) : new RateCurve(knots);
    const fromMs = stream.next() * 50;
    const expected = stream.exponential(30);
    const atMs = curve.after(fromMs, expected);
    if (atMs === Infinity) expect(curve.integral(fromMs, 1e6)).toBeLessThan(expected);
    else expect(curve.integral(fromMs, atMs)).toBeCloseTo(expected, 6);
  }
});

test("bends are where lines meet, in every period", () => {
  const curve = new RateCurve([{ atMs: 0, rate: 1 }, { atMs: 4, rate: 2 }], 10);
  expect(curve.bends(3, 25)).toEqual([3, 4, 10, 14, 20, 24, 25]);
  expect(new RateCurve([{ atMs: 0, rate: 1 }]).bends(3, 25)).toEqual([3, 25]);
});
