import { describe, expect, test } from "@jest/globals";
import { DescriptionError, fieldsOf, listOf, numberOf, optional, textOf, wordOf } from "./index.ts";

describe("a description -", () => {
  test("tells the field, the value and what is allowed", () => {
    let thrown: unknown;
    try {
      numberOf("arrivals.ratePerS", -3, { above: 0, most: 100 });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(DescriptionError);
    expect(thrown).toMatchObject({ code: "DESCRIPTION_INVALID", field: "arrivals.ratePerS", value: -3, allowed: "a number above 0 up to 100", message: "arrivals.ratePerS is -3; it must be a number above 0 up to 100" });
  });

  test.each([Number.NaN, Infinity, "5", null, undefined, 0.5, -1, 8])("refuses %p as a whole number from 0 to 7", (value) => {
    expect(() => numberOf("n", value, { least: 0, most: 7, whole: true })).toThrow(DescriptionError);
  });

  test("refuses a field that it does not know: it is a slip of the pen more often than a wish", () => {
    expect(() => fieldsOf("a", { rate: 1, rat: 2 }, ["rate"])).toThrow("a.rat is 2; it must be left out: the fields here are rate");
    expect(() => fieldsOf("a", [1], ["rate"])).toThrow(DescriptionError);
  });

  test("bounds lists, texts and words", () => {
    expect(() => listOf("a", [], { least: 1, most: 2 })).toThrow("a is []; it must be a list of 1 to 2");
    expect(() => textOf("a", "", 3)).toThrow(DescriptionError);
    expect(() => wordOf("a.type", "poison", ["poisson", "constant"])).toThrow('a.type is "poison"; it must be one of poisson, constant');
    expect(optional(undefined, 7, () => 8)).toBe(7);
    expect(new DescriptionError("a", "x".repeat(1_000), "short").message.length).toBeLessThan(130);
  });
});
