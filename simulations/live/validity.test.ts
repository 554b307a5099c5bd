import { expect, test } from "@jest/globals";
import type { Latency } from "../run/index.ts";
import { whyInvalid } from "./validity.ts";

const lag = (p99Ms: number): Latency => ({ count: 1, meanMs: 1, p50Ms: 1, p90Ms: 1, p99Ms, p999Ms: p99Ms, maxMs: p99Ms });
const quiet = { generatorCpu: 0.3, hostShare: 0.5, othersCores: 0.1 };
const seconds = (count: number, ...others: readonly Partial<typeof quiet>[]) => [...Array.from({ length: count }, () => quiet), ...others.map((other) => ({ ...quiet, ...other }))];

test("a run that had the machine to itself is valid", () => {
  expect(whyInvalid({ sendLag: lag(1), seconds: seconds(60) })).toEqual([]);
});

test("one second that was disturbed does not make a minute invalid; a tenth of it does", () => {
  expect(whyInvalid({ sendLag: lag(1), seconds: seconds(59, { othersCores: 1 }) })).toEqual([]);
  expect(whyInvalid({ sendLag: lag(1), seconds: seconds(8, { othersCores: 1 }, { othersCores: 1 }) })).toEqual([expect.stringMatching(/other programs/)]);
});

test.each([[{ generatorCpu: 0.9 }, /generator/], [{ hostShare: 1 }, /machine was full/], [{ othersCores: 0.5 }, /other programs/]])("the run is invalid with %j", (second, why) => {
  expect(whyInvalid({ sendLag: lag(1), seconds: [{ ...quiet, ...second }] })).toEqual([expect.stringMatching(why)]);
});

test("what leaves late was not offered as the scenario says", () => {
  expect(whyInvalid({ sendLag: lag(50), seconds: seconds(60) })).toEqual([expect.stringMatching(/late/)]);
});
