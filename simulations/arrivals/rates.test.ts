import { describe, expect, test } from "@jest/globals";
import { excessShare, expectedArrivals, meanRatePerS, peakRatePerS, rateAt, readArrivals, scaled, type ArrivalsDescription, type SpikeDescription } from "./index.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const oneRegion: ArrivalsDescription = { type: "diurnal", ratePerS: 100, startHour: 0, regions: [{ name: "here", share: 1, offsetHours: 0 }] };
const release: SpikeDescription = { type: "spike", base: { type: "poisson", ratePerS: 50_000 }, startMs: 600_000, rampMs: 60_000, tauMs: 900_000, amplitude: 2 };

/** By the midpoints of 20,000 stretches. */
const summed = (description: ArrivalsDescription, fromMs: number, untilMs: number): number => {
  const stepMs = (untilMs - fromMs) / 20_000;
  let sum = 0;
  for (let n = 0; n < 20_000; n++) sum += rateAt(description, fromMs + (n + 0.5) * stepMs);
  return (sum * stepMs) / 1_000;
};

describe("rates -", () => {
  test("a day has the log's peak over its mean and over its trough", () => {
    expect(meanRatePerS(oneRegion, 0, dayMs)).toBeCloseTo(100, 9);
    expect(meanRatePerS(oneRegion, 5 * hourMs, 5 * hourMs + 3 * dayMs)).toBeCloseTo(100, 9);
    expect(peakRatePerS(oneRegion, 0, dayMs)).toBeCloseTo(151, 0);
    expect(peakRatePerS(oneRegion, 0, dayMs) / rateAt(oneRegion, 7.5 * hourMs)).toBeCloseTo(3.7, 1);
    expect(rateAt(oneRegion, 18 * hourMs)).toBeCloseTo(rateAt(oneRegion, 18 * hourMs + 5 * dayMs), 6);
  });

  test("regions have their peaks one after the other, and the world's is flatter", () => {
    const world: ArrivalsDescription = { ...oneRegion, regions: [{ name: "a", share: 0.5, offsetHours: 0 }, { name: "b", share: 0.5, offsetHours: 12 }] };
    expect(rateAt(world, 3 * hourMs)).toBeCloseTo((rateAt(oneRegion, 3 * hourMs) + rateAt(oneRegion, 15 * hourMs)) / 2, 6);
    expect(meanRatePerS(world, 0, dayMs)).toBeCloseTo(100, 9);
    expect(peakRatePerS(world, 0, dayMs)).toBeLessThan(120);
    expect(rateAt({ ...oneRegion, startHour: 18 }, 0)).toBeCloseTo(rateAt(oneRegion, 18 * hourMs), 9);
  });

  test("a release rises within its ramp and falls with tau", () => {
    expect(rateAt(release, 599_999)).toBe(50_000);
    expect(rateAt(release, 630_000)).toBeCloseTo(50_000 * (1 + 2 * 0.5 * Math.exp(-30 / 900)), 6);
    expect(peakRatePerS(release, 0, 3_600_000)).toBeCloseTo(50_000 * (1 + 2 * Math.exp(-60 / 900)), 3);
    const held = { ...release, holdMs: 600_000 };
    expect(peakRatePerS(held, 0, 3_600_000)).toBeCloseTo(150_000, 6);
    expect(rateAt(held, 1_200_000)).toBeCloseTo(150_000, 6);
    expect(rateAt(held, 1_260_000 + 900_000)).toBeCloseTo(50_000 * (1 + 2 / Math.E), 6);
    // A tau below the ramp has its top before the ramp's end.
    expect(peakRatePerS({ ...release, tauMs: 20_000 }, 0, 3_600_000)).toBeCloseTo(50_000 * (1 + (2 / 3) / Math.E), 3);
  });

  test("expected arrivals are the rate's integral", () => {
    const steps: ArrivalsDescription = { type: "piecewise", points: [{ atMs: 10_000, ratePerS: 5 }, { atMs: 20_000, ratePerS: 9 }, { atMs: 20_000, ratePerS: 1 }], repeatMs: 30_000 };
    for (const description of [oneRegion, steps, release, { ...release, holdMs: 100_000 }, { ...release, base: oneRegion }] as const) {
      for (const [fromMs, untilMs] of [[0, 3_000_000], [640_000, 2_000_000], [15_000, 16_000]] as const) {
        // The sum is coarse at steps.
        expect(expectedArrivals(description, fromMs, untilMs) / summed(description, fromMs, untilMs)).toBeCloseTo(1, description === steps ? 2 : 4);
      }
    }
    expect(peakRatePerS(steps, 0, 30_000)).toBeCloseTo(9, 4);
  });

  test("a step has its new rate from its time on", () => {
    const step: ArrivalsDescription = { type: "piecewise", points: [{ atMs: 1_000, ratePerS: 5 }, { atMs: 1_000, ratePerS: 50 }] };
    expect([rateAt(step, 0), rateAt(step, 999), rateAt(step, 1_000), rateAt(step, 1e9)]).toEqual([5, 5, 50, 50]);
  });

  test("what a release adds goes to its tracks", () => {
    expect(excessShare(release, 0)).toBe(0);
    expect(excessShare({ ...release, holdMs: 0 }, 660_000)).toBeCloseTo(2 / 3, 9);
    expect(excessShare(oneRegion, 0)).toBe(0);
  });

  test("rates scale, and a recording does not", () => {
    for (const description of [oneRegion, release, { type: "constant", ratePerS: 3 }, { type: "mmpp", ratesPerS: [1, 2], meanStayMs: [5, 6] }] as const) {
      expect(rateAt(scaled(description, 1e-3), 700_000)).toBeCloseTo(rateAt(description, 700_000) / 1_000, 9);
      expect(peakRatePerS(scaled(description, 1e-3), 0, dayMs)).toBeCloseTo(peakRatePerS(description, 0, dayMs) / 1_000, 9);
    }
    const recording: ArrivalsDescription = { type: "replay", timesMs: [100, 200, 1_500], speed: 1 };
    expect([rateAt(recording, 0), peakRatePerS(recording, 0, 5_000), expectedArrivals(recording, 0, 1_400)]).toEqual([2, 2, 2]);
    expect(() => scaled(recording, 0.5)).toThrow("cannot be scaled");
  });
});

describe("a description of arrivals -", () => {
  test.each<ArrivalsDescription>([
    { type: "constant", ratePerS: 5 },
    { type: "poisson", ratePerS: 5 },
    { type: "piecewise", points: [{ atMs: 0, ratePerS: 1 }, { atMs: 0, ratePerS: 2 }], repeatMs: 5 },
    { type: "diurnal", ratePerS: 5, startHour: 6, regions: [{ name: "a", share: 1, offsetHours: -3.5 }], hours: [{ hour: 0, factor: 1 }, { hour: 12, factor: 2 }] },
    { ...release, holdMs: 5 },
    { type: "mmpp", ratesPerS: [1, 0], meanStayMs: [5, 6] },
    { type: "replay", timesMs: [3, 1, 2], speed: 100, maxGapMs: 1_000 },
  ])("comes back from JSON as it was: %j", (description) => {
    expect(readArrivals(JSON.parse(JSON.stringify(description)))).toEqual(description);
  });

  test("fills in what was left out", () => {
    expect(readArrivals({ type: "diurnal", ratePerS: 1 })).toEqual({ type: "diurnal", ratePerS: 1, startHour: 0, regions: [{ name: "one region", share: 1, offsetHours: 0 }] });
    expect(readArrivals({ type: "spike", base: { type: "poisson", ratePerS: 1 }, startMs: 0, tauMs: 5 })).toMatchObject({ rampMs: 60_000, amplitude: 2 });
  });

  test.each([
    [5, "arrivals is 5; it must be an object whose type is one of constant, poisson, piecewise, diurnal, spike, mmpp, replay"],
    [{ type: "poison", ratePerS: 1 }, 'arrivals.type is "poison"'],
    [{ type: "poisson", ratePerS: -1 }, "arrivals.ratePerS is -1; it must be a number from 0"],
    [{ type: "poisson", rate: 1 }, "arrivals.rate is 1; it must be left out"],
    [{ type: "piecewise", points: [{ atMs: 5, ratePerS: 1 }, { atMs: 4, ratePerS: 1 }] }, "arrivals.points[1].atMs is 4; it must be a number from 5"],
    [{ type: "piecewise", points: [] }, "arrivals.points is []; it must be a list of 1 to 10000"],
    [{ type: "piecewise", points: [{ atMs: 5, ratePerS: 1 }], repeatMs: 4 }, "arrivals.repeatMs is 4"],
    [{ type: "diurnal", ratePerS: 1, regions: [{ name: "a", share: 0.5, offsetHours: 0 }] }, "it must be a list whose shares add up to 1, not to 0.5"],
    [{ type: "diurnal", ratePerS: 1, hours: [{ hour: 3, factor: 0 }] }, "with one factor above 0"],
    [{ type: "spike", base: { type: "mmpp" }, startMs: 0, tauMs: 1 }, 'arrivals.base.type is "mmpp"; it must be one of poisson, piecewise, diurnal'],
    [{ type: "mmpp", ratesPerS: [1], meanStayMs: [1, 1] }, "arrivals.ratesPerS is [1]; it must be a list of 2 to 2"],
    [{ type: "replay", timesMs: [1], speed: 200 }, "arrivals.speed is 200; it must be a number from 0.1 up to 100"],
    [{ type: "replay", timesMs: [1, null], speed: 1 }, "arrivals.timesMs[1] is null"],
  ])("refuses %j", (value, message) => {
    expect(() => readArrivals(value)).toThrow(message);
  });
});
