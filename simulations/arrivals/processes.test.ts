/** Arrivals against their theory: goal G3 of traffic.md 5.2. */
import { describe, expect, test } from "@jest/globals";
import { Stream } from "../random/index.ts";
import { arrivals, dispersionIndex, expectedArrivals, meanRatePerS, type ArrivalsDescription, type MmppDescription } from "./index.ts";

const hourMs = 3_600_000;
const world: ArrivalsDescription = {
  type: "diurnal",
  ratePerS: 0.03,
  startHour: 0,
  regions: [
    { name: "Europe", share: 0.4, offsetHours: 1 },
    { name: "Americas", share: 0.35, offsetHours: -6 },
    { name: "Asia", share: 0.25, offsetHours: 8 },
  ],
};
const release: ArrivalsDescription = { type: "spike", base: { type: "poisson", ratePerS: 5 }, startMs: 60_000, rampMs: 60_000, tauMs: 120_000, amplitude: 2 };
const steps: ArrivalsDescription = { type: "piecewise", points: [{ atMs: 0, ratePerS: 1 }, { atMs: 100_000, ratePerS: 20 }, { atMs: 100_000, ratePerS: 0 }, { atMs: 200_000, ratePerS: 0 }, { atMs: 300_000, ratePerS: 8 }] };
const bursts: MmppDescription = { type: "mmpp", ratesPerS: [40, 2], meanStayMs: [1_000, 3_000] };

const times = (description: ArrivalsDescription, seed: number, untilMs: number, generators = 1): number[] =>
  Array.from({ length: generators }, (_, generator) => [...arrivals(description, new Stream(seed, "arrivals"), { untilMs, generator, generators })]).flat().toSorted((one, other) => one - other);

/** Whether gaps, in expected arrivals, are exponential with mean 1: Kolmogorov and Smirnov at 1 %. */
function passesKs(description: ArrivalsDescription, atMs: readonly number[]): boolean {
  const gaps = atMs.map((time, n) => expectedArrivals(description, atMs[n - 1] ?? 0, time)).toSorted((one, other) => one - other);
  const distance = gaps.reduce((most, gap, n) => Math.max(most, Math.abs(1 - Math.exp(-gap) - n / gaps.length), Math.abs(1 - Math.exp(-gap) - (n + 1) / gaps.length)), 0);
  return gaps.length > 500 && distance * (Math.sqrt(gaps.length) + 0.12 + 0.11 / Math.sqrt(gaps.length)) < 1.628;
}

function dispersion(atMs: readonly number[], windowMs: number, untilMs: number): number {
  const counts = new Float64Array(Math.floor(untilMs / windowMs));
  for (const time of atMs) counts[Math.floor(time / windowMs)] = (counts[Math.floor(time / windowMs)] ?? 0) + 1;
  const mean = counts.reduce((sum, one) => sum + one, 0) / counts.length;
  return counts.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (counts.length - 1) / mean;
}

describe("arrivals -", () => {
  test.each<[string, ArrivalsDescription, number, number]>([
    ["one rate", { type: "poisson", ratePerS: 4 }, 300_000, 1],
    ["one rate, of 4 generators", { type: "poisson", ratePerS: 4 }, 300_000, 4],
    ["lines and steps", steps, 300_000, 1],
    ["lines over and over, of 3 generators", { ...steps, repeatMs: 350_000 }, 1_000_000, 3],
    ["a day of the world", world, 24 * hourMs, 1],
    ["a release", release, 300_000, 1],
    ["a release, of 5 generators", release, 300_000, 5],
  ])("of %s pass Kolmogorov and Smirnov at 1 %% on 19 of 20 seeds, in expected arrivals", (_, description, untilMs, generators) => {
    const passed = Array.from({ length: 20 }, (__, seed) => passesKs(description, times(description, seed, untilMs, generators))).filter(Boolean).length;
    expect(passed).toBeGreaterThanOrEqual(19);
  });

  test("are as many as expected", () => {
    for (const [description, untilMs] of [[steps, 300_000], [world, 24 * hourMs], [release, 300_000], [{ ...release, holdMs: 100_000 }, 500_000]] as const) {
      const expected = 20 * expectedArrivals(description, 0, untilMs);
      const counted = Array.from({ length: 20 }, (_, seed) => times(description, 100 + seed, untilMs).length).reduce((sum, one) => sum + one, 0);
      expect(Math.abs(counted - expected)).toBeLessThan(4 * Math.sqrt(expected));
    }
  });

  test("of a release a hundred times the base are as many as expected on the way up and down: thinning takes away what its bound has too much", () => {
    const steep: ArrivalsDescription = { type: "spike", base: { type: "poisson", ratePerS: 20 }, startMs: 0, rampMs: 60_000, tauMs: 60_000, amplitude: 100, holdMs: 0 };
    const drawn = times(steep, 1, 180_000);
    for (const [fromMs, untilMs] of [[0, 60_000], [60_000, 180_000]] as const) {
      const expected = expectedArrivals(steep, fromMs, untilMs);
      expect(Math.abs(drawn.filter((time) => time >= fromMs && time < untilMs).length - expected)).toBeLessThan(4 * Math.sqrt(expected));
    }
  });

  test.each([1, 4])("of bursts have the dispersion of theory within 5 %%, of %p generators", (generators) => {
    const untilMs = 30_000_000;
    const atMs = times(bursts, 7, untilMs, generators);
    for (const windowMs of [200, 1_000, 5_000]) expect(Math.abs(dispersion(atMs, windowMs, untilMs) / dispersionIndex(bursts, windowMs) - 1)).toBeLessThan(0.05);
    expect(Math.abs((atMs.length / untilMs) * 1_000 / meanRatePerS(bursts, 0, untilMs) - 1)).toBeLessThan(0.03);
  });

  test("a burst process of one rate is Poisson: no dispersion", () => {
    expect(dispersionIndex({ ...bursts, ratesPerS: [5, 5] }, 1_000)).toBe(1);
    expect(dispersion(times({ type: "poisson", ratePerS: 5 }, 3, 10_000_000), 1_000, 10_000_000)).toBeCloseTo(1, 1);
  });

  test("generators draw processes of their own, none like another", () => {
    const [one, other] = [0, 1].map((generator) => [...arrivals({ type: "poisson", ratePerS: 10 }, new Stream(1), { untilMs: 10_000, generator, generators: 2 })]);
    expect(one?.some((time) => other?.includes(time))).toBe(false);
    expect(Math.abs((one?.length ?? 0) - 50)).toBeLessThan(30);
  });

  test("constant arrivals are evenly spaced without drift, and dealt out in turn", () => {
    const whole = times({ type: "constant", ratePerS: 3 }, 1, 1_000_000);
    expect(whole).toHaveLength(3_000);
    expect(whole[2_998]).toBe(2_998_000 / 3);
    expect(times({ type: "constant", ratePerS: 3 }, 1, 1_000_000, 7)).toEqual(whole);
    expect([...arrivals({ type: "constant", ratePerS: 3 }, new Stream(1), { fromMs: 1_000, untilMs: 2_000 })]).toEqual([1_000, 4_000 / 3, 5_000 / 3]);
    expect(times({ type: "constant", ratePerS: 0 }, 1, 1_000)).toEqual([]);
  });

  test("begin where the span does, rise and end before it ends", () => {
    for (const description of [steps, world, release, bursts]) {
      const fromMs = 150_000;
      const drawn = [...arrivals(description, new Stream(1), { fromMs, untilMs: 450_000 })];
      expect(drawn.every((time, n) => time >= fromMs && time < 450_000 && time >= (drawn[n - 1] ?? 0))).toBe(true);
    }
    expect([...arrivals({ type: "piecewise", points: [{ atMs: 0, ratePerS: 1 }, { atMs: 10, ratePerS: 0 }] }, new Stream(1), { fromMs: 10, untilMs: 1e9 })]).toEqual([]);
  });

  test("are the same for the same seed", () => {
    for (const description of [steps, world, release, bursts]) expect(times(description, 5, 100_000)).toEqual(times(description, 5, 100_000));
    expect(times(release, 1, 600)).toMatchInlineSnapshot(`[]`);
  });

  test("a recording is replayed at its speed and dealt out in turn", () => {
    const recording: ArrivalsDescription = { type: "replay", timesMs: [5_000, 5_400, 5_200, 9_000], speed: 2, maxGapMs: 1_000 };
    expect(times(recording, 1, 10_000)).toEqual([0, 100, 200, 700]);
    expect([...arrivals(recording, new Stream(1), { untilMs: 10_000, generator: 1, generators: 2 })]).toEqual([100, 700]);
    expect([...arrivals(recording, new Stream(1), { untilMs: 700 })]).toEqual([0, 100, 200]);
  });

  test("refuse a generator that is not among them", () => {
    expect(() => [...arrivals(release, new Stream(1), { untilMs: 1, generator: 2, generators: 2 })]).toThrow("span.generator is 2; it must be below the number of generators, 2");
    expect(() => [...arrivals(release, new Stream(1), { untilMs: Infinity })]).toThrow("span.untilMs is Infinity");
  });
});
