import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { Link, parseTrace, readTraces, steadyTrace, TraceError, traceOf, traceSets } from "./index.ts";

const header = "duration_ms,bandwidth_kbps,latency_ms";

const reading = (...lines: string[]) => () => parseTrace("t", lines.join("\n"));

describe("traces -", () => {
  test("all 68 are as long and as fast as the index says", () => {
    const index = new Map(
      readFileSync(new URL("INDEX.csv", import.meta.url), "utf8").trimEnd().split("\n").slice(1).map((line) => {
        const [file = "", , , seconds, kbps] = line.split(",");
        return [file, { seconds: Number(seconds), kbps: Number(kbps) }];
      }),
    );
    const traces = traceSets.flatMap(readTraces);
    expect(traces.map(({ name }) => name).toSorted()).toEqual([...index.keys()].toSorted());
    for (const { name, lengthMs, bits } of traces) {
      expect(Math.abs(lengthMs / 1000 - (index.get(name)?.seconds ?? 0))).toBeLessThanOrEqual(1);
      expect(Math.abs(bits / lengthMs - (index.get(name)?.kbps ?? 0))).toBeLessThanOrEqual(1);
    }
  });

  test("a mistake is named with its line, its column and what is allowed", () => {
    expect(reading("duration,rate", "1,2,3")).toThrow(TraceError);
    expect(reading(header)).toThrow("trace t: the number of rows is 0");
    expect(reading(header, "1000,500,50", "1000,500")).toThrow("line 3");
    expect(reading(header, "0,500,50")).toThrow('trace t: duration_ms in line 2 is "0"; a number from 1 to 3600000 is allowed');
    expect(reading(header, "1000,-1,50")).toThrow("bandwidth_kbps in line 2");
    expect(reading(header, "1000,,50")).toThrow("bandwidth_kbps in line 2");
    expect(reading(header, "1000,1,NaN")).toThrow("latency_ms in line 2");
    expect(reading(header, "1000,0,50")).toThrow("at least one row must deliver something");
    expect(() => new Link(steadyTrace(1, 1), { scale: 0 })).toThrow("scale is 0");
    expect(() => new Link(steadyTrace(1, 1), { offsetMs: -1 })).toThrow("offsetMs is -1");
  });
});

describe("link -", () => {
  const trace = traceOf("steps", [{ durationMs: 1_000, rateKbps: 100, latencyMs: 10 }, { durationMs: 2_000, rateKbps: 0, latencyMs: 20 }, { durationMs: 1_000, rateKbps: 400, latencyMs: 30 }]);

  test("a download goes on through an outage and round the end of the trace", () => {
    const link = new Link(trace);
    expect(link.arrival(0, 100_000)).toBe(1_000);
    expect(link.arrival(500, 50_001)).toBe(3_000 + 1 / 400);
    expect(link.arrival(0, 500_000)).toBe(4_000);
    expect(link.arrival(3_500, 250_000)).toBe(4_500);
    expect(link.arrival(0, 5_000_000 + 150_000)).toBe(40_000 + 3_125);
  });

  test("it starts where it is told, and its rates scale", () => {
    const link = new Link(trace, { offsetMs: 3_000, scale: 0.5 });
    expect(link.latencyAt(0)).toBe(30);
    expect(link.latencyAt(1_000)).toBe(10);
    expect(link.arrival(0, 200_000)).toBe(1_000);
    expect(link.arrival(0, 225_000)).toBe(1_500);
    expect(link.delivered(0, 1_500)).toBe(225_000);
  });

  test("what a download took is what the link delivered meanwhile, and later requests never end earlier", () => {
    const rows = fc.array(fc.record({ durationMs: fc.integer({ min: 1, max: 5_000 }), rateKbps: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20_000 })), latencyMs: fc.integer({ min: 0, max: 300 }) }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(rows.filter((some) => some.some(({ rateKbps }) => rateKbps > 0)), fc.nat(200_000), fc.nat(100_000), fc.nat(3_000), fc.integer({ min: 1, max: 2_000_000 }), (some, offsetMs, fromMs, laterMs, bits) => {
        const link = new Link(traceOf("drawn", some), { offsetMs });
        const end = link.arrival(fromMs, bits);
        expect(end).toBeGreaterThan(fromMs);
        expect(Math.abs(link.delivered(fromMs, end) - bits)).toBeLessThan(0.01);
        expect(link.arrival(fromMs + laterMs, bits)).toBeGreaterThanOrEqual(end - 1e-6);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
