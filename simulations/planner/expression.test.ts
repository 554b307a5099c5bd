import { describe, expect, test } from "@jest/globals";
import { expressionOf, FormulaError } from "./expression.ts";
import { hitRatios, popularityDescription } from "./hit-ratios.ts";

const hits = hitRatios(popularityDescription("zipf-1"));
const valueOf = (text: string, values: Readonly<Record<string, number>> = {}) => {
  const names = Object.keys(values);
  return expressionOf(text).compile((name) => names.indexOf(name))({ slots: Float64Array.from(Object.values(values)), hits });
};

describe("formulas as texts -", () => {
  test.each([
    ["1 + 2 * 3", 7],
    ["10 - 4 - 3", 3],
    ["24 / 4 / 2", 3],
    ["2 ^ 3 ^ 2", 512],
    ["(1 + 2) * 3", 9],
    ["1.5e3 / 1e-2", 150_000],
    ["max(1, min(7, 3), 2)", 3],
    ["ceil(2.1) + sqrt(9) + ln(1)", 6],
    // 1 + 1/2 of 1 + 1/2 + 1/3.
    ["shareOfTop(2, 3)", 9 / 11],
    ["playedTracks(77)", 77],
  ])("%s is %d", (text, value) => {
    expect(valueOf(text)).toBeCloseTo(value, 12);
  });

  test("names stand for values, each told once", () => {
    expect(valueOf("a.b * c1 - a.b", { "a.b": 3, c1: 5 })).toBe(12);
    expect(expressionOf("a.b * c1 - a.b").reads).toEqual(["a.b", "c1"]);
  });

  test.each(["1 +", "(1", "1 2", "f(1)", "max(1", "a $ b", "", "* 3"])("%j is refused with the place of the mistake", (text) => {
    expect(() => expressionOf(text)).toThrow(FormulaError);
    expect(() => expressionOf(text)).toThrow(/at character \d+: expected/);
  });
});
