import { describe, expect, test } from "@jest/globals";
import { Stream } from "../random/index.ts";
import { latencyOf, mergedSecond, mergedTotal } from "./merge.ts";
import { Recorder } from "./recorder.ts";

/** A recorder on a clock that is set by hand. */
function recording(warmUntil = 0) {
  let now = 0;
  const recorder = new Recorder(() => now, warmUntil);
  return {
    recorder,
    run: (kind: string, { intended, sent = intended, ended, outcome = "ok" }: { intended: number; sent?: number; ended: number; outcome?: string }) => {
      now = sent;
      const operation = recorder.begin(kind, intended);
      operation.sent();
      now = ended;
      operation.end(outcome);
    },
  };
}

describe("a recorder -", () => {
  test("a latency begins when the operation was meant to begin, however late it left", () => {
    const { recorder, run } = recording();
    run("play", { intended: 100, sent: 900, ended: 910 });
    const { operations, sendLag } = mergedTotal([recorder.total()]);
    expect(operations["play"]?.latency.maxMs).toBeCloseTo(810, 0);
    expect(sendLag.maxMs).toBeCloseTo(800, 0);
  });

  test("a freeze of a second shows in the percentiles as it was", () => {
    // 1,000/s for 30 s at 1 ms; nothing is answered from 10 s to 11 s. Of D = 1 s in T = 30 s: L_p = D - (1 - p) T.
    const { recorder, run } = recording();
    for (let n = 0; n < 30_000; n++) run("op", { intended: n, ended: n >= 10_000 && n < 11_000 ? 11_001 : n + 1 });
    const { p50Ms, p99Ms, p999Ms } = mergedTotal([recorder.total()]).operations["op"]?.latency ?? latencyOf(recordingHistogram());
    expect(p50Ms).toBeCloseTo(1, 1);
    expect(p99Ms / 700).toBeCloseTo(1, 1.5);
    expect(p999Ms / 970).toBeCloseTo(1, 1.5);
  });

  test("several generators' records add up to what one would have recorded", () => {
    const chance = new Stream(5);
    const parts = [recording(), recording(), recording()];
    const whole = recording();
    for (let n = 0; n < 3_000; n++) {
      const one = { intended: n, sent: n + chance.next(), ended: n + 1 + chance.exponential(20), outcome: chance.chance(0.01) ? "500" : chance.chance(0.01) ? "503" : "ok" };
      parts[n % 3]?.run("op", one);
      whole.run("op", one);
    }
    expect(mergedTotal(parts.map(({ recorder }) => recorder.total()))).toEqual(mergedTotal([whole.recorder.total()]));
    expect(mergedSecond(parts.map(({ recorder }) => recorder.second()))).toEqual(mergedSecond([whole.recorder.second()]));
  });

  test("what was meant to begin in the warm-up is not in the totals", () => {
    const { recorder, run } = recording(1_000);
    run("op", { intended: 999, ended: 5_000 });
    run("op", { intended: 1_000, ended: 1_010 });
    expect(mergedTotal([recorder.total()]).operations["op"]).toMatchObject({ offered: 1, done: 1 });
    expect(mergedSecond([recorder.second()])["op"]).toMatchObject({ offered: 2, done: 2 });
  });

  test("refusals are told from failures, and what nobody answered is a failure", () => {
    const { recorder, run } = recording();
    run("op", { intended: 1, ended: 2, outcome: "503" });
    run("op", { intended: 1, ended: 2, outcome: "500" });
    recorder.begin("op", 3);
    expect(mergedTotal([recorder.total()]).operations["op"]).toMatchObject({ offered: 3, done: 0, refused: 1, failed: 2, codes: { 503: 1, 500: 1, unanswered: 1 } });
  });
});

const recordingHistogram = (): never => {
  throw new Error("nothing was recorded");
};
