import { expect, test } from "@jest/globals";
import { Stream } from "../random/index.ts";
import { madeRun } from "../report/testing/runs.ts";
import { curveOf, secondsOf } from "./curve.ts";
import { findMax } from "./find-max.ts";
import { foretold, lawOf, lawSentence } from "./law.ts";
import { fillings, type Use } from "./resources.ts";
import { readRules } from "./rules.ts";
import { saturationText, stepLine } from "./text.ts";
import type { Second } from "./step.ts";

test("seconds of a run leave its warm-up out, and add up to what was served", () => {
  const run = madeRun({ durationS: 30, warmUpS: 5 });
  const shifted = { ...run, series: run.series.map((sample) => ({ ...sample, atS: sample.atS + 1 })), operations: Object.fromEntries(Object.entries(run.operations).map(([kind, result]) => [kind, { ...result, codes: kind === "play" ? { unanswered: 7 } : {} }])) };
  const seconds = secondsOf(shifted);
  expect(seconds).toHaveLength(25);
  const sum = (of: (second: Second) => number) => seconds.reduce((all, second) => all + of(second), 0);
  expect(sum((second) => second["play"]?.done ?? 0)).toBe(run.operations["play"]?.done);
  expect(sum((second) => second["play"]?.latency.total ?? 0)).toBe(run.operations["play"]?.done);
  // What nobody answered has failed.
  expect(sum((second) => second["play"]?.failed ?? 0)).toBe((run.operations["play"]?.failed ?? 0) + (run.operations["play"]?.refused ?? 0) + 7);
});

const use = (load: number, gateway: number, redis: number): Use => ({ load, resources: [{ name: "gateway-1", kind: "gateway", meanUtilisation: gateway }, { name: "redis", kind: "redis", meanUtilisation: redis }, { name: "generator-1", kind: "generator", meanUtilisation: 0.99 }] });

test("what is full first is told from loads up to the one asked for, and is of the service", () => {
  const found = fillings([use(100, 0.1, 0.05), use(200, 0.2, 0.05), use(400, 0.4, 0.05), use(1_600, 0.99, 0.05)], 800);
  expect(found.map(({ name }) => name)).toEqual(["gateway-1", "redis"]);
  expect(found[0]?.utilisation).toBeCloseTo(0.8, 6);
  expect(found[0]?.fullAt).toBeCloseTo(1_000, 3);
  expect(found[1]).toMatchObject({ fullAt: null });
});

test("the law is refused below six points, and says nothing beyond ten times what was measured", () => {
  const points = [1, 2, 4, 8, 16, 32].map((size) => ({ size, perS: (100 * size) / (1 + 0.02 * (size - 1) + 0.001 * size * (size - 1)) }));
  const few = lawOf([...points.slice(0, 5), { size: 32, perS: 0 }]);
  expect(few).toMatchObject({ verdict: "insufficient data" });
  expect(lawSentence(few, String)).toBe("No scalability law was fitted: 5 points; at least 6 are needed.");
  const fit = lawOf(points);
  expect(foretold(fit, 16)).toEqual({ perS: expect.closeTo(points[4]?.perS ?? 0, 3) });
  expect(foretold(fit, 321)).toEqual({ refused: "321 is more than 10 times the 32 that were measured" });
  expect(lawSentence(fit, (size) => `${Math.round(size)} nodes`)).toContain("the most is served at 31 nodes");
});

const rules = readRules("slo", "play.p99Ms < 200, chunk.failedPercent < 0.1");
const seconds = (load: number): Second[] => Array.from({ length: 20 }, () => ({
  play: { offered: load, done: load, failed: 0, inFlight: 3, latency: { valuesMs: Float64Array.of(load > 730 ? 300 : 20), counts: Float64Array.of(load), total: load } },
  chunk: { offered: load, done: load, failed: 0, inFlight: 3, latency: { valuesMs: Float64Array.of(5), counts: Float64Array.of(load), total: load } },
}));

test("a search becomes a curve and a text of 100 columns", async () => {
  const lines: string[] = [];
  const found = await findMax({ rules, begin: 100, most: 10_000, chance: new Stream(1), measure: (load) => ({ seconds: seconds(load) }), told: (step, phase) => lines.push(stepLine(step, lines.length + 1, { phase, unit: "listeners", leftS: 125 })) });
  expect(lines[0]).toBe("step 1, doubling: 100 listeners held, nearest play p99 20 ms | at most 2:05 left");
  expect(lines[3]).toMatch(/^step 4, doubling: 800 listeners broke play p99 300 ms/);
  const curve = curveOf(found, { unit: "listeners", uses: [use(100, 0.1, 0.05), use(400, 0.4, 0.05), use(700, 0.7, 0.05)], shown: (load) => `${Math.round(load)} listeners` });
  expect(curve).toMatchObject({ latencyOf: "play, p99", boundMs: 200, gaveWay: "play.p99Ms < 200", filling: [{ name: "gateway-1" }, { name: "redis" }] });
  expect(curve.points.map(({ load }) => load)).toEqual(curve.points.map(({ load }) => load).toSorted((one, other) => one - other));
  const text = saturationText(found, { name: "concurrent-streams on 2 nodes", curve, exitStatus: 0, also: (load) => `scale ${(load / 80e6).toExponential(2)}` });
  expect(text).toMatch(/^FOUND \(exit 0\) {2}concurrent-streams on 2 nodes\n {2}7\d\d listeners \(scale 9\.\d+e-6\) hold every rule; 95 %: \d+ listeners to \d+ listeners\n {2}gives way first: play\.p99Ms < 200\n {2}fullest there: gateway-1, 7/);
  expect(Math.max(...[...lines, ...text.split("\n")].map((line) => line.length))).toBeLessThanOrEqual(100);
});

test("a search whose first run was invalid measured nothing, and says why", async () => {
  const found = await findMax({ rules, begin: 100, most: 10_000, chance: new Stream(1), measure: () => ({ invalid: ["the machine was full"] }) });
  expect(saturationText(found, { name: "x", curve: curveOf(found, { unit: "listeners", uses: [], shown: String }), exitStatus: 97, also: String })).toBe("NOTHING MEASURED (exit 97)  x\n  the search ended there: the machine was full\n");
});

test("a search that the machine ended says at least how much, and that it was not the service", async () => {
  const found = await findMax({ rules, begin: 100, most: 10_000, chance: new Stream(1), measure: (load) => (load > 300 ? { invalid: ["the machine was full"] } : { seconds: seconds(load) }) });
  const curve = curveOf(found, { unit: "listeners", uses: [], shown: String });
  expect(curve).toMatchObject({ atLeast: 200 });
  expect(curve.knee).toBeUndefined();
  expect(saturationText(found, { name: "x", curve, exitStatus: 97, also: () => "scale 1" })).toContain("LIMIT NOT REACHED (exit 97)  x\n  at least 200 listeners (scale 1) hold every rule\n  the search ended there: the machine was full. The generator or the machine was the limit, not the service");
});
