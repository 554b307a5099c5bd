import { expect, test } from "@jest/globals";
import { WallClock } from "./wall-clock.ts";

test("the wall clock with fractions - is never a tick away from the wall clock, whichever way that is set or drifts", () => {
  let monotonic = 0;
  let wall = 1_000;
  const clock = new WallClock(() => Math.floor(wall), () => monotonic);
  const passing = (ms: number, rate = 1) => {
    monotonic += ms;
    wall += ms * rate;
    return clock.now();
  };
  const fractions = new Set<number>();
  for (let n = 0; n < 1_000; n++) {
    const now = passing(0.3, n % 100 < 50 ? 1.01 : 0.99);
    expect(Math.floor(now)).toBe(Math.floor(wall));
    fractions.add(Math.floor((now % 1) * 10));
  }
  expect(fractions.size).toBe(10);
  wall += 60_000;
  expect(Math.floor(passing(1))).toBe(Math.floor(wall));
  wall -= 120_000;
  expect(Math.floor(passing(1))).toBe(Math.floor(wall));
});
