import { describe, expect, test } from "@jest/globals";
import type { OperationResult } from "../run/index.ts";
import { readScenario } from "./description.ts";
import { scenarioNames, shippedScenario } from "./shipped.ts";
import { judge, readThreshold } from "./thresholds.ts";
import { meanVisit, visitsOf, type Visit, type VisitOptions } from "./visits.ts";

const scenario = { ...readScenario({ name: "s", about: "a test", durationS: 600, warmUpS: 60, concurrent: 1e6 }) };
const plain = (visits: Iterable<Visit>) => [...visits].map(({ plays, ...visit }) => ({ ...visit, plays: [...plays] }));
const visits = (options: Partial<VisitOptions> = {}) => plain(visitsOf(scenario, { seed: 1, scale: 1e-3, ...options }));

describe("the schedule of a scenario -", () => {
  const all = visits();

  test("comes in order of time, from the beginning to the end", () => {
    const times = all.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(times[0]).toBeGreaterThanOrEqual(0);
    expect(times.at(-1)).toBeLessThan(600_000);
  });

  test("keeps as many listening as the scenario says, from the ramp's end on", () => {
    const playing = [60, 200, 400, 590].map((atS) => all.filter((visit) => isPlaying(visit, atS * 1_000)).length);
    // 1,000 of a Poisson number: standard deviation 32.
    for (const count of playing) expect(Math.abs(count - 1_000)).toBeLessThan(130);
  });

  test("plays as many tracks as Little's law says", () => {
    const begun = all.reduce((sum, { atMs, plays }) => sum + begins(atMs, plays).filter((ms) => ms >= 60_000 && ms < 600_000).length, 0);
    const { playingS, plays } = meanVisit(scenario.listener);
    expect(begun / 540 / (1_000 / (playingS / plays))).toBeGreaterThan(0.9);
    expect(begun / 540 / (1_000 / (playingS / plays))).toBeLessThan(1.1);
  });

  test("is the same for the same seed, and another for another", () => {
    expect(visits()).toEqual(all);
    expect(visits({ seed: 2 })).not.toEqual(all);
  });

  test("is shared out without a change: what the generators have together is the whole", () => {
    const parts = [0, 1, 2].flatMap((index) => visits({ share: { index, of: 3 } }));
    expect(parts.toSorted((one, other) => one.number - other.number)).toEqual(all.toSorted((one, other) => one.number - other.number));
  });
});

/** When each track begins. */
function begins(atMs: number, plays: readonly { readonly listenMs: number; readonly pauseMs: number; readonly fromMs?: number }[]): number[] {
  let at = atMs;
  return plays.flatMap(({ listenMs, pauseMs, fromMs }) => {
    const began = at + pauseMs;
    at = began + listenMs;
    return fromMs === undefined ? [began] : [];
  });
}

function isPlaying({ atMs, plays }: { readonly atMs: number; readonly plays: readonly { readonly listenMs: number; readonly pauseMs: number }[] }, ms: number): boolean {
  let at = atMs;
  for (const { listenMs, pauseMs } of plays) {
    if (ms >= at + pauseMs && ms < at + pauseMs + listenMs) return true;
    at += pauseMs + listenMs;
  }
  return false;
}

describe("a scenario as people write it -", () => {
  test("the shipped ones can be read", () => {
    for (const name of scenarioNames) expect(shippedScenario(name)?.name).toBe(name);
    expect(shippedScenario("toString")).toBeUndefined();
  });

  test("what is wrong is named, with what is allowed", () => {
    const written = { name: "s", about: "a", durationS: 60, warmUpS: 10, concurrent: 100 };
    expect(() => readScenario({ ...written, durationS: 0 })).toThrow(/scenario\.durationS is 0/);
    expect(() => readScenario({ ...written, warmUpS: 61 })).toThrow(/scenario\.warmUpS/);
    expect(() => readScenario({ ...written, colour: "red" })).toThrow(/colour/);
    expect(() => readScenario({ ...written, thresholds: ["play.p98 < 3"] })).toThrow(/thresholds\[0\]/);
    expect(() => readScenario("yes")).toThrow(/scenario/);
  });
});

describe("thresholds -", () => {
  const result: OperationResult = { offered: 100, done: 98, refused: 1, failed: 1, codes: {}, latency: { count: 98, meanMs: 5, p50Ms: 4, p90Ms: 8, p99Ms: 150, p999Ms: 400, maxMs: 500 }, histogram: "" };
  const rules = (...texts: readonly string[]) => judge(texts.map((text) => readThreshold("t", text)), { play: result }).map(({ value, ok }) => [value, ok]);

  test("hold or do not", () => {
    expect(rules("play.p99Ms < 200", "play.p999Ms < 200", "play.failedPercent < 1", "play.failedPercent > 1")).toEqual([[150, true], [400, false], [2, false], [2, true]]);
  });

  test("one of something that the run did not do is an error, and one of nothing that was done does not hold", () => {
    expect(() => rules("search.p99Ms < 200")).toThrow(/play/);
    expect(judge([readThreshold("t", "play.p99Ms < 200")], { play: { ...result, latency: { ...result.latency, count: 0 } } })).toMatchObject([{ ok: false }]);
  });
});
