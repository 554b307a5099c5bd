import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { fluidBacklog } from "../queueing/index.ts";
import { writeReport } from "../report/index.ts";
import type { RunResult } from "../run/index.ts";
import { baselineOf } from "./baseline.ts";
import { loads, regionPlan, useOf } from "./capacity.ts";
import { courseOf } from "./course.ts";
import { playingIn } from "./demand.ts";
import { readWorldDay, type WorldDay } from "./description.ts";
import { eventDemand } from "./events.ts";
import { fluidDemand } from "./fluid.ts";
import { eventDay, fluidDay } from "./run.ts";
import { shippedWorldDay, worldDayNames } from "./shipped.ts";

const named = { seed: 1, version: "test", command: "test" } as const;
const stepS = 60;
const shipped = (name: string): WorldDay => shippedWorldDay(name) ?? readWorldDay({});
/** Coarse steps: a day is then a second's work. */
const coarseS = 600;
const runs = new Map<string, RunResult>();
function fluid(name: string): RunResult {
  const run = runs.get(name) ?? fluidDay(shipped(name), { ...named, stepS: coarseS });
  runs.set(name, run);
  return run;
}
const meanOfTen = (of: (step: number) => number, at: number): number => Array.from({ length: 10 }, (_, n) => of(at + n)).reduce((sum, one) => sum + one, 0) / 10;
const resource = (run: RunResult, name: string) => run.resources.find((one) => one.name === name);
const gauge = (run: RunResult, name: string, sample: number): number => run.series[sample]?.gauges[name] ?? Number.NaN;

describe("a region's service -", () => {
  test("is as full at its peak as the planner says, and its use is straight in each load", () => {
    const day = shipped("concurrent-streams");
    const baseline = baselineOf(day, stepS);
    const plan = regionPlan(day, baseline, 2);
    const own = baseline.regions[2];
    if (own === undefined) throw new Error("no region");
    const part = own.peakPlaying / day.concurrent;
    const load = Float64Array.of(own.peakPlaying, own.peakSessions, baseline.peakPlays * part, plan.input("load.bandwidth"), plan.input("load.searches"), plan.input("load.editsPeak"), plan.input("load.events"), 0, 0);
    expect(load).toHaveLength(loads.length);
    for (const pool of plan.pools) expect(useOf(pool, load) / plan.value(pool.name)).toBeCloseTo(1, 3);
  });
});

describe("a day of the world -", () => {
  test.each(worldDayNames)("%s: every figure a number, marks for what happens", (name) => {
    const run = fluid(name);
    expect(run.series).toHaveLength(24 * 6);
    const figures = run.series.flatMap(({ gauges, resources, operations }) => [...Object.values(gauges), ...Object.values(resources).flatMap((one) => [one.utilisation, one.queue]), ...Object.values(operations).flatMap((one) => [one.offered, one.done, one.p99Ms])]);
    expect(figures.every((figure) => Number.isFinite(figure) && figure >= 0)).toBe(true);
    expect(run.marks.length > 0).toBe(name !== "concurrent-streams");
    for (const { offered, done, refused, latency } of Object.values(run.operations)) {
      expect(Math.abs(offered - done - refused)).toBeLessThanOrEqual(1);
      expect(latency.count).toBeGreaterThan(1e7);
    }
  });

  test("is the same for the same description, and its report opens without a network", async () => {
    const [one, other] = [fluid("release-spike"), fluidDay(shipped("release-spike"), { ...named, stepS: coarseS })];
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
    const folder = await mkdtemp(join(tmpdir(), "ensemble-day-"));
    const { html } = await writeReport(folder, [one]);
    const page = await readFile(html, "utf8");
    expect(page).toContain("a release of 31 tracks");
    expect(page).not.toMatch(/(src|href)="https?:/);
    await rm(folder, { recursive: true });
  });

  test("an outage fills the sockets of others and chills their caches", () => {
    const [plain, outage] = [fluid("concurrent-streams"), fluid("regional-outage")];
    const filled = (run: typeof plain) => resource(run, "Americas: sockets of gateways")?.maxUtilisation ?? 0;
    expect(filled(outage) / filled(plain)).toBeGreaterThan(1.2);
    const [at, during] = ["edge hit ratio, Americas", 18 * 6];
    expect(gauge(plain, at, during) - gauge(outage, at, during)).toBeGreaterThan(0.01);
    expect(plain.verdict).toBe("pass");
  });

  test("at a release edits wait where fewer were planned for, as many and as long as the fluid formula says", () => {
    const day = readWorldDay({
      name: "spike", about: "edits alone", hours: 2, regions: [{ name: "all", share: 1, offsetHours: 0 }], curve: [{ hour: 0, factor: 1 }], // One cell without spares, so that hardly more is there than was planned for.
      plan: { "load.editsPeak": 45e3, "cell.nodesMax": 1e6, "actors.shards": 65_536, failures: 0 },
      happenings: [{ type: "release", atHour: 0.5, playsShare: 0, searchesTimes: 1, editsTimes: 3, rampS: 60, holdMinutes: 10, fallMinutes: 0.01 }],
    });
    const run = fluidDay(day, { ...named, stepS });
    expect(run.series).toHaveLength(120);
    const plan = regionPlan(day, baselineOf(day, stepS), 0);
    const pool = plan.pools.find(({ name }) => name === "use.playlistCpu");
    const edits = loads.indexOf("edits");
    const capacityPerS = 1 / (pool?.slopes[edits] ?? Number.NaN);
    const usual = 50_000;
    const exact = fluidBacklog([{ seconds: 60, fromPerS: usual, toPerS: 3 * usual }, { seconds: 600, fromPerS: 3 * usual, toPerS: 3 * usual }, { seconds: 1e-6, fromPerS: usual, toPerS: usual }], capacityPerS);
    expect(exact.peak).toBeGreaterThan(1e6);
    expect((resource(run, "all: CPU of the playlist node with most shards")?.maxQueue ?? 0) / exact.peak).toBeCloseTo(1, 1);
    const drainedMinute = run.series.findLastIndex(({ gauges }) => (gauges["edits that wait"] ?? 0) > 1_000) + 1;
    expect(Math.abs(drainedMinute - (30 + exact.drainedAtS / 60))).toBeLessThan(2);
  });
});

describe("a part of the world event by event -", () => {
  const day = shipped("regional-outage");
  const baseline = baselineOf(day, stepS);
  const course = courseOf(day, baseline);
  const part = { fromS: 17 * 3_600, untilS: 20 * 3_600 } as const;

  test("has the fluid's streams, sockets and plays within the error of a sample, an outage included", () => {
    const expected = fluidDemand(day, baseline, course);
    const { demand } = eventDemand(day, baseline, course, { seed: 1, scale: 1e-4, ...part });
    const from = part.fromS / stepS;
    for (const [region, served] of demand.regions.entries()) {
      const fluidly = expected.regions[region];
      if (fluidly === undefined) throw new Error("no region");
      // Ten minutes at a time: plays go by in three, sessions in fifty, so of 800 to 5,000 sessions each mean is known to 4 % or better.
      for (let step = 0; step < demand.steps; step += 10) {
        const [ours, theirs] = [meanOfTen((at) => playingIn(served, at), step), meanOfTen((at) => playingIn(fluidly, at), from + step)];
        expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(5 * Math.sqrt(theirs / 1e-4));
        const [plays, fluidPlays] = [meanOfTen((at) => served.plays[at] ?? 0, step), meanOfTen((at) => fluidly.plays[at] ?? 0, from + step)];
        expect(Math.abs(plays - fluidPlays)).toBeLessThan(0.12 * fluidPlays + 200);
      }
    }
    const joins = (of: typeof demand, at: number): number => of.regions.reduce((sum, one) => sum + Array.from({ length: 10 }, (_, n) => one.joins[at + n] ?? 0).reduce((all, value) => all + value, 0), 0);
    expect(joins(demand, 60) / joins(expected, from + 60)).toBeCloseTo(1, 1);
  });

  test("is the same for the same seed, and another for another", () => {
    const [one, again, other] = [3, 3, 4].map((seed) => eventDemand(day, baseline, course, { seed, scale: 1e-5, fromS: 0, untilS: 1_800 }).hash);
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });

  test("uses of two parts of different size are alike", () => {
    const [small, large] = [1e-4, 2e-4].map((scale) => eventDay(day, { ...named, scale, fromS: 12 * 3_600, untilS: 12.1 * 3_600 }));
    for (const { name, meanUtilisation } of large?.resources ?? []) expect(Math.abs((small === undefined ? 0 : (resource(small, name)?.meanUtilisation ?? 0)) / meanUtilisation - 1)).toBeLessThan(0.06);
  });

  test("refuses a part that is none, by its field", () => {
    expect(() => eventDay(day, { ...named, scale: 0 })).toThrow("scale is 0; it must be a number above 0 up to 1");
    expect(() => eventDay(day, { ...named, scale: 1e-5, fromS: 7_200, untilS: 3_600 })).toThrow("fromS is 7200");
    expect(() => fluidDay(day, { ...named, stepS: 7 })).toThrow("stepS is 7; it must be from 1, a whole part of a day");
  });
});

describe("a description of a day -", () => {
  test("is JSON and comes back as it was", () => {
    for (const name of worldDayNames) expect(JSON.parse(JSON.stringify(readWorldDay({ ...JSON.parse(JSON.stringify(shipped(name))), thresholds: [] })))).toEqual({ ...JSON.parse(JSON.stringify(shipped(name))), thresholds: [] });
  });

  test.each([
    [{ concurrent: -1 }, "day.concurrent is -1; it must be a number above 0"],
    [{ regions: [{ name: "a", share: 0.5, offsetHours: 0 }] }, "it must be a list whose shares add up to 1, not to 0.5"],
    [{ regions: [{ name: "a", share: 0.5, offsetHours: 0 }, { name: "a", share: 0.5, offsetHours: 0 }] }, "day.regions[1].name"],
    [{ happenings: [{ type: "flood" }] }, "day.happenings[0].type is \"flood\"; it must be one of region-outage"],
    [{ happenings: [{ type: "region-outage", region: "Atlantis", atHour: 1, minutes: 5 }] }, "day.happenings[0].region is \"Atlantis\""],
    [{ happenings: [{ type: "node-loss", region: "Americas", kind: "mainframe", share: 0.1, atHour: 1, minutes: 5 }] }, "day.happenings[0].kind"],
    [{ happenings: [{ type: "celebrity", atHour: 25, minutes: 5, followers: 1 }] }, "day.happenings[0].atHour is 25"],
    [{ plan: { "price.cdnRest": "cheap" } }, "day.plan.price.cdnRest is \"cheap\""],
    [{ plan: { "price.cdnRset": 1 } }, "day.plan.price.cdnRset is 1; it must be left out, or an input of the planner"],
    [{ plan: { "load.plays": 0 } }, "day.plan.load.plays is 0; it must be a number from 1"],
    [{ weather: "rain" }, "day.weather"],
  ])("refuses %j", (changed, message) => {
    expect(() => readWorldDay({ name: "a", about: "b", ...changed })).toThrow(message);
  });
});
