import { beforeAll, describe, expect, test } from "@jest/globals";
import { listenerPresets, sessionPlays } from "../listener/index.ts";
import { fluidBacklog } from "../queueing/index.ts";
import { Stream } from "../random/index.ts";
import { backlogAfter } from "./backlog.ts";
import { baselineOf, type Baseline } from "./baseline.ts";
import { courseOf } from "./course.ts";
import { playingIn, type Demand } from "./demand.ts";
import { readWorldDay, type WorldDay } from "./description.ts";
import { fluidDemand } from "./fluid.ts";
import { kernelsOf } from "./kernels.ts";
import { meanOf, playLengthsS } from "./lengths.ts";
import { shippedWorldDay } from "./shipped.ts";

const stepS = 60;
const kernelStepS = 30;
const sum = (values: Iterable<number>): number => [...values].reduce((all, value) => all + value, 0);
const shipped = (name: string): WorldDay => shippedWorldDay(name) ?? readWorldDay({});

const totalAt = (demand: Demand, step: number): number => sum(demand.regions.map(({ sessions }) => sessions[step] ?? 0));
const rateAt = (atS: number): number => (atS < 60 ? 50_000 + (100_000 * atS) / 60 : atS <= 660 ? 150_000 : 50_000);

describe("what becomes of sessions -", () => {
  const { seed } = listenerPresets;
  const lengths = playLengthsS(seed);
  const kernels = kernelsOf({ playLengthsS: lengths, pauses: seed.pauses, sessions: seed.sessions }, kernelStepS);

  test("Little's law: summed over all ages they are the mean times and counts of a session", () => {
    expect(sum(kernels.playing) * kernelStepS).toBeCloseTo(kernels.meanPlayingS, -1);
    expect((sum(kernels.inSession) * kernelStepS) / kernels.meanSessionS).toBeCloseTo(1, 4);
    expect(sum(kernels.starts) / kernels.meanPlays).toBeCloseTo(1, 3);
    expect(kernels.meanPlayingS / kernels.meanPlays).toBeCloseTo(meanOf(lengths), 9);
  });

  test("at any age as many are there and listen as of sessions that were drawn one by one", () => {
    const [stream, drawn, ages] = [new Stream(1, "drawn"), 6_000, [600, 3_600, 10_800]];
    const [there, playing] = [ages.map(() => 0), ages.map(() => 0)];
    for (let n = 0; n < drawn; n++) {
      let atS = 0;
      for (const { pauseS, listenedS } of sessionPlays(seed, stream)) {
        const [from, until] = [atS + pauseS, atS + pauseS + listenedS];
        ages.forEach((age, at) => {
          if (age >= atS && age < until) there[at] = (there[at] ?? 0) + 1;
          if (age >= from && age < until) playing[at] = (playing[at] ?? 0) + 1;
        });
        atS = until;
      }
    }
    ages.forEach((age, at) => {
      expect(Math.abs((there[at] ?? 0) / drawn - (kernels.inSession[age / kernelStepS] ?? 0))).toBeLessThan(0.02);
      expect(Math.abs((playing[at] ?? 0) / drawn - (kernels.playing[age / kernelStepS] ?? 0))).toBeLessThan(0.02);
    });
  });

  test("after a step of the arrivals M/M/infinity relaxes as lambda s (1 - exp(-t / s))", () => {
    const [meanS, perS] = [600, 3];
    const exponential = Float64Array.from({ length: 4_096 }, (_, n) => -meanS * Math.log(1 - (n + 0.5) / 4_096));
    const one = kernelsOf({ playLengthsS: exponential, pauses: { none: 1, short: 0, long: 0, shortMeanS: 0, longMeanS: 0 }, sessions: { hazards: [1], tailExponent: 0, maxTracks: 1 } }, kernelStepS);
    let listeners = 0;
    for (let step = 0; step < 130; step++) {
      listeners += perS * kernelStepS * (one.inSession[step] ?? 0);
      const exact = perS * meanS * (1 - Math.exp(-((step + 0.5) * kernelStepS) / meanS));
      expect(Math.abs(listeners - exact)).toBeLessThan(0.005 * perS * meanS);
    }
  });
});

describe("a day as a fluid -", () => {
  let plain: Baseline;
  const day = shipped("regional-outage");
  beforeAll(() => {
    plain = baselineOf(day, stepS);
  });

  test("has the asked number of streams at its highest, each region its peak at its own hour", () => {
    expect(plain.peakPlaying).toBeCloseTo(80e6, 0);
    const hours = plain.regions.map(({ playing, peakPlaying }) => playing.indexOf(peakPlaying) / 60);
    expect((hours[0] ?? 0) - (hours[1] ?? 0)).toBeCloseTo(6, 1);
  });

  test("without happenings follows the baseline to the last digits", () => {
    const demand = fluidDemand({ ...day, happenings: [] }, plain, courseOf({ ...day, happenings: [] }, plain));
    for (const [region, served] of demand.regions.entries()) {
      for (let step = 0; step < demand.steps; step += 97) expect(playingIn(served, step) / (plain.regions[region]?.playing[step] ?? 0)).toBeCloseTo(1, 9);
    }
  });

  test("a region's listeners are with the others during its outage, all but those who do not come back", () => {
    const lost = 0.2;
    const changed = { ...day, happenings: day.happenings.map((one) => (one.type === "region-outage" ? { ...one, lost } : one)) };
    const demand = fluidDemand(changed, plain, courseOf(changed, plain));
    const [before, during] = [18 * 60 - 1, 18 * 60 + 20];
    expect(demand.regions[1]?.sessions[during]).toBe(0);
    const usual = plain.regions.map(({ sessions }) => sessions[during] ?? 0);
    // Of those who were there 20 min ago two thirds are; new ones all come.
    const missing = sum(usual) - totalAt(demand, during);
    expect(missing).toBeGreaterThan(lost * 0.45 * (usual[1] ?? 0));
    expect(missing).toBeLessThan(lost * 0.75 * (usual[1] ?? 0));
    expect(totalAt(demand, before)).toBeCloseTo(sum(plain.regions.map(({ sessions }) => sessions[before] ?? 0)), -2);
    expect(demand.regions[0]?.playing[1]?.[during]).toBeGreaterThan(5e6);
  });

  test("whoever comes back with a socket opens one, and goes on with a play", () => {
    const all = { ...day, happenings: day.happenings.map((one) => (one.type === "region-outage" ? { ...one, lost: 0 } : one)) };
    const demand = fluidDemand(all, plain, courseOf(all, plain));
    const from = 18 * 60;
    const restarts = sum(demand.regions.flatMap(({ restarts: one }) => [...one])) * stepS;
    expect(restarts / (plain.regions[1]?.playing[from] ?? 0)).toBeGreaterThan(0.94);
    expect(restarts / (plain.regions[1]?.playing[from] ?? 0)).toBeLessThan(1);
    expect(totalAt(demand, from + 30) / sum(plain.regions.map(({ sessions }) => sessions[from + 30] ?? 0))).toBeCloseTo(1, 3);
  });
});

describe("a backlog -", () => {
  test("50K/s to 150K/s in 60 s, held 10 min, against 75K/s: 46.7 M wait, 31 min until they are gone", () => {
    const capacity = 75_000;
    let [waitS, most, drainedAtS] = [0, 0, 0];
    for (let atS = 0; drainedAtS === 0; atS += 10) {
      const next = atS >= 660 ? 50_000 : rateAt(atS + 10);
      waitS = backlogAfter(waitS, (atS >= 660 ? 50_000 : rateAt(atS)) / capacity, next / capacity, 10).waitS;
      most = Math.max(most, waitS * capacity);
      if (atS > 660 && waitS === 0) drainedAtS = atS + 10;
    }
    const exact = fluidBacklog([{ seconds: 60, fromPerS: 50_000, toPerS: 150_000 }, { seconds: 600, fromPerS: 150_000, toPerS: 150_000 }, { seconds: 1e-9, fromPerS: 50_000, toPerS: 50_000 }], capacity);
    expect(most / 1e6).toBeCloseTo(46.7, 1);
    expect(most / exact.peak).toBeCloseTo(1, 9);
    expect((drainedAtS - 660) / 60).toBeCloseTo(31.1, 0);
    expect(drainedAtS - exact.drainedAtS).toBeLessThanOrEqual(10);
  });

  test("what would wait longer than people do is given up", () => {
    expect(backlogAfter(25, 2, 2, 10, 30)).toEqual({ waitS: 30, givenUpS: 5 });
    expect(backlogAfter(4, 0.5, 0.5, 10)).toEqual({ waitS: 0, givenUpS: 0 });
  });
});
