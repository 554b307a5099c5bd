import { expect, test } from "@jest/globals";
import { progressLine, summaryText, tableText, type Progress } from "./terminal.ts";
import { madeRun } from "./testing/runs.ts";

const progress: Progress = { elapsedS: 65, durationS: 120, warmUpS: 15, targetPerS: 15_000, offeredPerS: 14_980, inFlight: 123, recentP99Ms: 45.2, p50Ms: 12, p99Ms: 41, failed: 0.0012, sendLagP99Ms: 0.4 };

test("the line of progress says rate, work in flight, the last 10 s and what remains", () => {
  expect(progressLine(progress, 200)).toBe("1:05 of 2:00 | 15K/s of 15K/s | 123 in flight | p99 45.2 ms in 10 s | 0:55 left | 0.120 % failed | p50 12 ms, p99 41 ms in all | send lag 400 µs");
  expect(progressLine({ ...progress, elapsedS: 4, recentP99Ms: Number.NaN, inFlight: 0 }, 90)).toBe("0:04 of 2:00, warming up | 15K/s of 15K/s | 0 in flight | p99 – in 10 s | 1:56 left");
});

test("it fits every terminal", () => {
  for (let columns = 1; columns < 160; columns++) expect(progressLine(progress, columns).length).toBeLessThanOrEqual(columns);
});

test("the summary has the verdict first, then thresholds, operations, what breaks first and the files", () => {
  const run = madeRun({ durationS: 20, warmUpS: 5 });
  const text = summaryText([{ ...run, verdict: "fail", reasons: ["play.p99Ms < 1: it was 60"], thresholds: [{ rule: "play.p99Ms < 1", value: 60, ok: false }, { rule: "play.failed < 1", value: 0, ok: true }] }], ["out/report.html"]);
  const places = ["FAIL (exit 99)  release-spike, live", "BROKEN  play.p99Ms < 1  (60)", "ok      play.failed < 1  (0)", "operation", "playlist edit", "breaks first: node-2, event loop, at", "out/report.html"].map((part) => text.indexOf(part));
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect(places[0]).toBe(0);
});

test("of two runs, what was predicted is below what was measured, and how far it is off", () => {
  const [live, model] = [madeRun({ durationS: 20, warmUpS: 5 }), madeRun({ durationS: 20, warmUpS: 5, backEnd: "model" })];
  const lines = summaryText([live, model]).split("\n");
  const at = lines.findIndex((line) => line.startsWith("play "));
  expect(lines.slice(at, at + 3).map((line) => /measured|predicted|off by/.exec(line)?.[0])).toEqual(["measured", "predicted", "off by"]);
  expect(lines[at + 2]).toMatch(/[+-]\d+\.\d %/);
});

test("of what is full now, it is not said that less would not fill it", () => {
  const run = madeRun({ durationS: 20, warmUpS: 5 });
  const text = (headroom: number) => summaryText([{ ...run, resources: run.resources.map((one) => (one.name === "node-2, event loop" ? { ...one, headroom } : one)) }]);
  expect(text(1.001)).toContain("breaks first: node-2, event loop, at this load, if not before; then ");
  expect(text(0.994)).toContain("at this load, if not before");
  // Of what is computed, more than all can be asked for.
  expect(text(0.8)).toContain("breaks first: node-2, event loop, at 0.800 times this load; then ");
  expect(text(1.04)).toContain("at 1.04 times this load");
});

test("a table has its title above it, words to the left and numbers to the right", () => {
  expect(tableText({ title: "Lengths", columns: ["of", "cm"], rows: [["a pen", 14.25], ["nothing", null]] })).toBe("Lengths\nof         cm\na pen    14.3\nnothing");
});

test("a scenario's name cannot steer the terminal", () => {
  const text = summaryText([{ ...madeRun({ durationS: 10, warmUpS: 5 }), scenario: "\u001b[2Jgone\u0007\u202e" }]);
  expect(text).toContain("\ufffd[2Jgone\ufffd\ufffd");
  expect(Array.from(text, (character) => character.codePointAt(0) ?? 0).some((code) => code < 32 && code !== 10)).toBe(false);
});
