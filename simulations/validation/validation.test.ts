import { describe, expect, test } from "@jest/globals";
import { Stream } from "../random/index.ts";
import { answerTimes, backlogOf, batchesOf, callsOf, closedCalls, documentOf, goalsOf, outageOf, predictionOf, takeoverTimes, tallyOf, throughput, verdictOf, watchedTogether, type Cell, type Findings, type SystemModel } from "./index.ts";

const model = (options: Partial<SystemModel> = {}): SystemModel => ({
  nodes: 1, callers: 1, slots: 1, lanes: { batchCalls: 512, batchesInFlight: 4 }, serviceS: Float64Array.of(0.1), tripS: Float64Array.of(0.002), ...options,
});
const replicated = { seed: 1, number: 0, name: "test" };
const load = (atMs: readonly number[], owners: readonly number[] = atMs.map(() => 0)) => ({ atMs: Float64Array.from(atMs), callers: new Int32Array(atMs.length), owners: Int32Array.from(owners) });
const rounded = (values: Float64Array) => Array.from(values, (value) => Math.round(value * 1_000) / 1_000);

describe("calls -", () => {
  const options = { arrivals: { type: "poisson" as const, ratePerS: 100 }, seed: 3, name: "a", keys: 10, callers: 2, untilMs: 10_000 };

  test("are the same for whoever asks with the same seed and name, and others by another name", () => {
    expect(callsOf(options)).toEqual(callsOf(options));
    expect(callsOf({ ...options, name: "b" }).atMs).not.toEqual(callsOf(options).atMs);
    expect(new Set(callsOf(options).keys).size).toBe(10);
  });
});

describe("the model -", () => {
  test("a call alone takes its trip and its service", () => {
    expect(rounded(answerTimes(model(), load([0]), replicated))).toEqual([102]);
  });

  test("calls wait for the slot of the node that owns their actor, whatever another has free", () => {
    expect(rounded(answerTimes(model({ nodes: 2 }), load([0, 10, 20], [0, 0, 1]), replicated))).toEqual([102, 192, 102]);
  });

  test("calls that wait for a message leave together, and are answered together", () => {
    // Two messages are under way; the next two calls leave when the first is back, at 102 ms, and end with the later of them.
    const busy = model({ slots: 1, lanes: { batchCalls: 512, batchesInFlight: 2 } });
    expect(rounded(answerTimes(busy, load([0, 1, 2, 3]), replicated))).toEqual([102, 201, 400, 399]);
  });

  test("a closed loop gets what the slots bear", () => {
    const list = closedCalls({ seed: 1, keys: 10, callers: 1 });
    expect(throughput(model({ slots: 4 }), { inFlight: 24, callers: list.callers, owners: new Int32Array(list.keys.length), warmUpS: 10, durationS: 110 }, replicated)).toBeCloseTo(40, 0);
  });

  test("calls for a killed node are answered by its heir, after it has taken over", () => {
    const atMs = [0, 1_000, 2_000, 3_000];
    const failure = { node: 0, atS: 0.5, takenAtS: [Infinity, 2.5], heirs: Int32Array.of(1, 1, 1, 1) };
    const latencies = answerTimes(model({ nodes: 2, slots: 4 }), { ...load(atMs), failure }, replicated);
    expect(rounded(latencies)).toEqual([102, 1_602, 602, 102]);
    expect(outageOf({ atMs: Float64Array.from(atMs), latenciesMs: latencies, heirOf: () => 1, failedAtMs: 500 }).windowMs).toBeCloseTo(2_102, 3);
  });

  test("the same replication gives the same times", () => {
    const many = callsOf({ arrivals: { type: "poisson", ratePerS: 30 }, seed: 1, name: "n", keys: 5, callers: 1, untilMs: 20_000 });
    const drawn = model({ slots: 4, serviceS: Float64Array.from({ length: 100 }, (_, n) => n / 500) });
    const times = (number: number) => answerTimes(drawn, { atMs: many.atMs, callers: many.callers, owners: new Int32Array(many.atMs.length) }, { ...replicated, number });
    expect(times(1)).toEqual(times(1));
    expect(times(2)).not.toEqual(times(1));
  });
});

describe("figures -", () => {
  test("the backlog's peak, and how long until a tenth of it is left", () => {
    const atMs = Float64Array.from({ length: 10 }, (_, n) => n);
    const ends = Float64Array.from(atMs, (at, n) => 100 + 10 * n - at);
    expect(backlogOf(atMs, ends, 0, 1_000)).toEqual({ peak: 10, peakAtMs: 9, drainMs: 180 - 9 });
  });

  test("a call that is never answered stays in the backlog", () => {
    expect(backlogOf(Float64Array.of(0, 1), Float64Array.of(Number.NaN, 5), 0, 1_000)).toMatchObject({ peak: 2, drainMs: Number.NaN });
  });

  test("a prediction is the middle of its replications and where 95 % of them are", () => {
    expect(predictionOf(Array.from({ length: 200 }, (_, n) => 200 - n))).toEqual({ value: 100, low: 5, high: 195 });
  });

  test("survivors take over at their first look after the lease has ended", () => {
    const stream = new Stream(1, "takeover");
    for (let n = 0; n < 200; n++) {
      const [first = 0, killed, third = 0] = takeoverTimes({ leaseMs: 6_000, renewMs: 1_500, lookMs: 500 }, 3, 1, 10, 0, stream);
      expect(killed).toBe(Infinity);
      expect(Math.min(first, third)).toBeGreaterThanOrEqual(14.5);
      expect(Math.max(first, third)).toBeLessThan(16.5);
      expect(Math.abs(first - third)).toBeLessThan(0.5);
    }
  });
});

const cell = (measured: number, value: number, allowed = 0.1): Cell => ({ of: "1 node at 0.5", figure: "p99, ms", measured, allowed, predicted: { value, low: value * 0.97, high: value * 1.03 } });

const tenCells = (good: number): Cell[] => Array.from({ length: 10 }, (_, n) => cell(100, n < good ? 101 : 85));

describe("verdicts -", () => {
  test("an error is signed, and held to what is allowed; an interval covers or does not", () => {
    expect(verdictOf(cell(100, 102))).toEqual({ error: 0.02, isMet: true, isCovered: true });
    expect(verdictOf(cell(100, 85))).toEqual({ error: -0.15, isMet: false, isCovered: false });
  });

  test("a tally counts, and tells bias from size", () => {
    const tally = tallyOf([cell(100, 105), cell(100, 95), cell(100, 85)]);
    expect(tally).toMatchObject({ cells: 3, met: 2, covered: 0 });
    expect(tally.bias).toBeCloseTo(-0.05, 9);
    expect(tally.worst).toBeCloseTo(-0.15, 9);
  });
});

const sumOf = (weights: readonly number[]): number => weights.reduce((total, weight) => total + weight, 0);
const itself = (weight: number): number => weight;
const descending = (one: number, other: number): number => other - one;

describe("batches of systems -", () => {
  test("one, where the machine bears all at one time", () => {
    expect(batchesOf([3, 1, 2], itself, 6)).toEqual([[3, 2, 1]]);
  });

  test("as few as there can be, alike, and every run in one of them", () => {
    const weights = [...Array.from({ length: 6 }, () => 0.85), ...Array.from({ length: 6 }, () => 1.4), ...Array.from({ length: 4 }, () => 2.55)];
    const batches = batchesOf(weights, itself, sumOf(weights) / 2.5);
    expect(batches).toHaveLength(3);
    expect(batches.flat().toSorted(descending)).toEqual(weights.toSorted(descending));
    for (const batch of batches) expect(Math.abs(sumOf(batch) / (sumOf(weights) / 3) - 1)).toBeLessThan(0.15);
  });

  test("a run that is too much for the machine is measured alone, and nothing more can be done", () => {
    expect(batchesOf([5, 4], itself, 1)).toEqual([[5], [4]]);
  });

  test("one invalid batch makes all invalid, and says which it was", () => {
    const valid = { invalid: [], sendLagP99Ms: 1, hostShare: 0.2, othersCores: 0.1 };
    expect(watchedTogether([valid, { invalid: ["the machine was full"], sendLagP99Ms: 20, hostShare: 1, othersCores: 0.3 }]))
      .toEqual({ invalid: ["batch 2: the machine was full"], sendLagP99Ms: 20, hostShare: 0.6, othersCores: 0.2 });
    expect(watchedTogether([valid], [{ ...valid, invalid: ["the machine was full"], hostShare: 1 }])).toEqual({ ...valid, invalid: ["at their limit: the machine was full"] });
  });
});

describe("the page -", () => {
  const watched = { invalid: [], sendLagP99Ms: 1, hostShare: 0.2, othersCores: 0.1 };
  const findings = (cells: readonly Cell[]): Findings => ({
    command: "npm run simulate -- validate", version: "1", seed: 1, host: null,
    cells: { at: "2026-01-01T00:00:00.000Z", isQuick: false, found: { runs: [], cells, batches: 1, watched } },
    hog: { at: "2026-01-01T00:00:00.000Z", isQuick: false, found: { alone: watched, beside: { ...watched, invalid: ["the machine was full"] } } },
  });

  test("says each miss, and none when there is none", () => {
    expect(documentOf(findings([cell(100, 85)]))).toContain("- 1 node at 0.5, p99, ms: -15.0 %, allowed 10 %; outside of the model's interval");
    expect(documentOf(findings([cell(100, 101)]))).toContain("## Misses\n\nNone.");
  });

  test("a goal is met by nine cells of ten, not by eight", () => {
    expect(goalsOf(findings(tenCells(9))).map(({ isMet }) => isMet)).toEqual([true, true, true]);
    expect(goalsOf(findings(tenCells(8))).map(({ isMet }) => isMet)).toEqual([false, false, true]);
  });
});
