import { describe, expect, test } from "@jest/globals";
import { Stream } from "../random/index.ts";
import { fitScalability, isExtrapolated, peakSize, throughputAt } from "./scalability.ts";

/** Cisco's benchmark from B. Schwartz, Practical Scalability Analysis, as codahale/usl4j has it in ModelTest.java; throughput at 1 to 32 threads. */
const cisco = [
  955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8, 7867.61, 8278.71, 8646.7, 9047.84, 9426.55, 9645.37, 9897.24, 10097.6, 10240.5, 10532.39, 10798.52, 11151.43, 11518.63, 11806, 12089.37, 12075.41,
  12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.4, 12074.39,
].map((perS, at) => ({ size: at + 1, perS }));

describe("scalability -", () => {
  test("the fit of Cisco's data is the book's to 0.02 %", () => {
    const fit = fitScalability(cisco);
    if (fit.verdict !== "fitted") throw new Error(fit.because);
    expect(Math.abs(fit.law.sigma / 0.02671591 - 1)).toBeLessThan(2e-4);
    expect(Math.abs(fit.law.kappa / 7.690945e-4 - 1)).toBeLessThan(2e-4);
    expect(Math.abs(fit.law.lambda / 995.6486 - 1)).toBeLessThan(2e-4);
    expect(Math.floor(peakSize(fit.law) ?? 0)).toBe(35);
    expect(Math.abs(throughputAt(fit.law, 35) / 12_341 - 1)).toBeLessThan(2e-4);
    expect(fit.rSquared).toBeCloseTo(0.9972, 3);
    expect(fit.intervals.kappa[0]).toBeGreaterThan(0);
  });

  test("intervals hold the truth as often as they say", () => {
    const truth = { lambda: 1_000, sigma: 0.05, kappa: 5e-4 };
    const stream = new Stream(1, "scalability");
    const noise = () => Array.from({ length: 12 }, () => stream.next()).reduce((sum, value) => sum + value, -6);
    const held = Array.from({ length: 400 }, () => {
      const fit = fitScalability(Array.from({ length: 16 }, (_, at) => ({ size: 2 * at + 1, perS: throughputAt(truth, 2 * at + 1) + 100 * noise() })));
      return fit.verdict === "fitted" && fit.intervals.sigma[0] <= truth.sigma && truth.sigma <= fit.intervals.sigma[1];
    }).filter(Boolean).length;
    expect(held / 400).toBeGreaterThan(0.92);
    expect(held / 400).toBeLessThan(0.98);
  });

  test("few points are said to be few", () => {
    expect(fitScalability(cisco.slice(0, 5))).toEqual({ verdict: "insufficient data", because: "5 points; at least 6 are needed" });
    expect(fitScalability(Array.from({ length: 9 }, (_, at) => ({ size: (at % 3) + 1, perS: 100 * ((at % 3) + 1) }))).verdict).toBe("insufficient data");
    expect(() => fitScalability([{ size: 0, perS: 1 }])).toThrow("a point is (0, 1)");
    expect([isExtrapolated(3, 30), isExtrapolated(3, 31)]).toEqual([false, true]);
  });

  test("nodes that do not hinder each other have no peak", () => {
    const fit = fitScalability(Array.from({ length: 8 }, (_, at) => ({ size: at + 1, perS: 100 * (at + 1) })));
    if (fit.verdict !== "fitted") throw new Error(fit.because);
    expect(throughputAt(fit.law, 100)).toBeCloseTo(10_000, 3);
    expect(peakSize({ lambda: 1, sigma: 0, kappa: 0 })).toBeUndefined();
  });
});
