import { expect, test } from "@jest/globals";
import { brokenIn, readRules } from "./rules.ts";
import { judge, risePerS, type Second } from "./step.ts";

test("rules are shares that may be beyond a bound", () => {
  expect(readRules("--slo", "play.p99Ms < 200, chunk.failedPercent < 0.1")).toEqual([
    { text: "play.p99Ms < 200", operation: "play", boundMs: 200, allowed: 0.01 },
    { text: "chunk.failedPercent < 0.1", operation: "chunk", boundMs: undefined, allowed: 0.001 },
  ]);
});

test.each(["", "play.p99Ms > 200", "play.meanMs < 20", "play.failedPercent < 0", "play p99 < 3", "play.p99Ms < 1,".repeat(30)])("%p is no list of rules", (text) => {
  expect(() => readRules("--slo", text)).toThrow(/--slo/);
});

const seen = (latencies: readonly number[], failed = 0) => ({ offered: latencies.length + failed, done: latencies.length, failed, inFlight: 1, latency: { valuesMs: Float64Array.from(latencies).toSorted(), counts: new Float64Array(latencies.length).fill(1), total: latencies.length } });

test("what reaches the bound is beyond it, what passes half of it is near", () => {
  const [slow, failing] = readRules("slo", "play.p99Ms < 200, play.failedPercent < 1");
  if (slow === undefined || failing === undefined) throw new Error("no rules");
  expect(brokenIn(slow, seen([10, 100, 101, 199, 200, 900]))).toEqual({ beyond: 2, of: 6, near: 4 });
  expect(brokenIn(failing, seen([10, 10], 3))).toEqual({ beyond: 3, of: 5, near: 3 });
  expect(brokenIn(slow, undefined)).toEqual({ beyond: 0, of: 0, near: 0 });
});

test("an operation that never came does not hold its rule", () => {
  const step = judge({ load: 1, pieces: [Array.from({ length: 20 }, (): Second => ({ chunk: seen([1]) }))] }, readRules("slo", "play.p99Ms < 200"));
  expect(step.ok).toBe(false);
});

test("a rise is told from ups and downs, within pieces", () => {
  const wave = [3, 5, 4, 6, 3, 5, 4, 6, 3, 5];
  expect(risePerS([wave], 3, 0.95)).toBe(0);
  expect(risePerS([wave.map((value, n) => value + 6 * n)], 3, 0.95)).toBeCloseTo(2, 1);
  // Two pieces of unlike level, both flat.
  expect(risePerS([wave, wave.map((value) => value + 100)], 3, 0.95)).toBe(0);
});
