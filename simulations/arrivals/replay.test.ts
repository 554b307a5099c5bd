import { describe, expect, test } from "@jest/globals";
import { Stream } from "../random/index.ts";
import { replayed, splitByUser } from "./index.ts";

interface Line {
  readonly atMs: number;
  readonly user: string;
  readonly op: number;
}

const lines = (...all: [atMs: number, user: string][]): Line[] => all.map(([atMs, user], op) => ({ atMs, user, op }));
const due = (log: readonly Line[], pace = {}) => replayed(log, (line) => line, pace).map(({ atMs, entry: { op } }) => [atMs, op]);

describe("a replayed log -", () => {
  test.each([0.1, 1, 100])("has the gaps of the recording at %p times its speed", (speed) => {
    const stream = new Stream(1);
    let atMs = 1.7e12;
    const log = Array.from({ length: 5_000 }, (_, op): Line => ({ atMs: (atMs += stream.exponential(20)), user: String(stream.index(50)), op }));
    const out = replayed(log, (line) => line, { speed });
    const errors = out.slice(1).map((one, n) => Math.abs(one.atMs - (out[n]?.atMs ?? 0) - ((log[n + 1]?.atMs ?? 0) - (log[n]?.atMs ?? 0)) / speed));
    expect(out[0]?.atMs).toBe(0);
    expect(errors.every((error) => error < 1e-3)).toBe(true);
  });

  test("is sorted when the recording is not, and equal times stay in order", () => {
    expect(due(lines([300, "a"], [100, "b"], [200, "c"], [200, "d"]))).toEqual([[0, 1], [100, 2], [100, 3], [200, 0]]);
  });

  test("keeps a user's own order where the clock went back", () => {
    expect(due(lines([100, "a"], [400, "a"], [200, "a"], [300, "b"]))).toEqual([[0, 0], [200, 3], [300, 1], [300, 2]]);
    const stream = new Stream(2);
    const log = Array.from({ length: 5_000 }, (_, op): Line => ({ atMs: op + 2_000 * stream.next(), user: String(stream.index(40)), op }));
    const lastOf = new Map<string, number>();
    const kept = replayed(log, (line) => line).every(({ entry: { user, op } }) => {
      const isLater = op > (lastOf.get(user) ?? -1);
      lastOf.set(user, op);
      return isLater;
    });
    expect(kept).toBe(true);
  });

  test("cuts silences, before the speed", () => {
    expect(due(lines([0, "a"], [10, "a"], [1e9, "b"], [1e9 + 5, "b"]), { maxGapMs: 100, speed: 10, startMs: 7 }).map(([atMs]) => atMs)).toEqual([7, 8, 18, 18.5]);
  });

  test("gives all records of a user to one generator, and each its part", () => {
    const users = Array.from({ length: 10_000 }, (_, n) => `user-${n}`);
    const counts = Map.groupBy(users, (user) => splitByUser(user, 4));
    for (let generator = 0; generator < 4; generator++) expect(Math.abs((counts.get(generator)?.length ?? 0) - 2_500)).toBeLessThan(200);
    expect(splitByUser("user-1", 4)).toBe(splitByUser("user-1", 4));
  });

  test("refuses a speed or a time that is none", () => {
    expect(() => replayed([], () => ({ atMs: 0 }), { speed: 1_000 })).toThrow("speed is 1000; it must be a number from 0.1 up to 100");
    expect(() => replayed([1], () => ({ atMs: Number.NaN }))).toThrow("log[0].atMs is NaN; it must be a number");
    expect(replayed([], () => ({ atMs: 0 }))).toEqual([]);
  });
});
