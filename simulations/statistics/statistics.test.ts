import { describe, expect, test } from "@jest/globals";
import { Int32Histogram } from "hdr-histogram-js";
import { Stream } from "../random/index.ts";
import { bucketOf, histogramOf, Latency, mergeLatencies, wholeOf } from "./latency.ts";
import { lagOne, Level, meanLatency, meanOf, mser5, quantileLatency, studentCdf, studentQuantile, type Estimate } from "./index.ts";

const holds = ({ interval }: Estimate, truth: number) => interval !== null && interval[0] <= truth && truth <= interval[1];

describe("statistics -", () => {
  test("Student's quantiles are the tables'", () => {
    const table = [[0.95, 1, 12.7062], [0.95, 29, 2.0452], [0.99, 7, 3.4995], [0.99, 63, 2.6561], [0.9, 1_000, 1.6464]] as const;
    for (const [confidence, freedom, t] of table) expect(studentQuantile(confidence, freedom)).toBeCloseTo(t, 4);
    expect([studentCdf(0, 5), studentCdf(-2, 9) + studentCdf(2, 9)]).toEqual([0.5, 1]);
    expect(() => studentQuantile(1, 5)).toThrow("confidence is 1");
  });

  test("a level's mean is weighted by time, and a reset forgets", () => {
    const level = new Level();
    level.set(0, 2);
    level.set(3, 5);
    expect(level.figures(4)).toEqual({ area: 11, greatest: 5 });
    level.reset(4);
    level.set(6, 1);
    expect(level.figures(10)).toEqual({ area: 14, greatest: 5 });
  });

  test("buckets are those of HdrHistogram", () => {
    const histogram = new Int32Histogram(1, 86_400e6, 3);
    const stream = new Stream(1);
    const values = [0, 1, 2_047, 2_048, 2_049, 4_095, 4_096, 2 ** 31 - 1, 2 ** 31, 86_400e6, ...Array.from({ length: 2_000 }, () => Math.floor(Math.exp(stream.next() * 25)))];
    for (const value of values) expect([value, bucketOf(value)]).toEqual([value, histogram.countsArrayIndex(value)]);
  });

  test("recordings merge to what one recorder of all would have, in batches of one size", () => {
    const stream = new Stream(1);
    const [whole, parts] = [new Latency(), [new Latency(), new Latency(), new Latency()]];
    for (const [at, part] of parts.entries()) {
      for (let n = 0; n < 20_000 * (at + 1) + 77; n++) {
        const seconds = stream.exponential(0.01);
        part.record(seconds);
        whole.record(seconds);
      }
    }
    const merged = mergeLatencies(parts.map((part) => part.figures()));
    const [one, other] = [wholeOf(merged), wholeOf(whole.figures())];
    expect([...one.buckets]).toEqual([...other.buckets]);
    expect([...one.counts]).toEqual([...other.counts]);
    expect(one.sum).toBeCloseTo(other.sum, 6);
    expect(new Set(merged.batches.map(({ count }) => count))).toEqual(new Set([merged.batchSize]));
    expect(histogramOf(merged).totalCount).toBe(120_231);
    expect(histogramOf(merged).getValueAtPercentile(99) / 1e6 / quantileLatency(merged, 0.99, 0.99).value).toBeCloseTo(1, 2);
  });

  test("quantiles are within the resolution of the histogram", () => {
    const latency = new Latency();
    for (let n = 1; n <= 100_000; n++) latency.record(n * 1e-4);
    for (const fraction of [0.001, 0.5, 0.99, 1]) expect(Math.abs(quantileLatency(latency.figures(), fraction, 0.99).value / (fraction * 10) - 1)).toBeLessThan(1e-3);
    expect(latency.figures().greatestS).toBeCloseTo(10, 9);
    const empty = new Latency().figures();
    expect([meanLatency(empty, 0.99), quantileLatency(empty, 0.5, 0.99)]).toEqual([{ value: Number.NaN, interval: null }, { value: Number.NaN, interval: null }]);
  });

  test("intervals of correlated values hold the truth about as often as they say", () => {
    // An exponential of mean 1 that is drawn anew with a chance of 2 %: a hundred values in a row say what one would.
    let [means, quantiles] = [0, 0];
    for (let seed = 0; seed < 100; seed++) {
      const stream = new Stream(seed, "interval");
      const latency = new Latency();
      for (let n = 0, value = stream.exponential(1); n < 32_000; n++, value = stream.chance(0.02) ? stream.exponential(1) : value) latency.record(value);
      if (holds(meanLatency(latency.figures(), 0.9), 1)) means++;
      if (holds(quantileLatency(latency.figures(), 0.9, 0.9), Math.log(10))) quantiles++;
    }
    for (const held of [means, quantiles]) {
      expect(held / 100).toBeGreaterThan(0.8);
      expect(held / 100).toBeLessThan(0.98);
    }
  });

  test("MSER-5 finds where a series has settled, and says when it has not", () => {
    const stream = new Stream(1, "series");
    const settling = Array.from({ length: 1_000 }, (_, n) => stream.next() + 10 * Math.exp(-n / 30));
    const cut = mser5(settling) ?? Number.NaN;
    expect(cut).toBeGreaterThanOrEqual(100);
    expect(cut).toBeLessThan(300);
    expect(mser5(Array.from({ length: 1_000 }, () => stream.next())) ?? Number.NaN).toBeLessThan(500);
    expect(mser5(Array.from({ length: 1_000 }, (_, n) => n + stream.next()))).toBeUndefined();
    expect(mser5([1, 2, 3])).toBeUndefined();
  });

  test("means of replications come with an interval, and neighbours' likeness is told", () => {
    expect(meanOf([1, 2, 3, 4, 5], 0.95)).toEqual({ value: 3, interval: [expect.closeTo(3 - 2.776445 * Math.sqrt(0.5), 5), expect.closeTo(3 + 2.776445 * Math.sqrt(0.5), 5)] });
    expect(meanOf([1], 0.95).interval).toBeNull();
    expect(lagOne([1, 1, 1, 1, 5, 5, 5, 5])).toBeGreaterThan(0.5);
    expect(lagOne([1, 5, 1, 5, 1, 5])).toBeLessThan(-0.5);
  });
});
