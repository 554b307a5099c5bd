import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { DescriptionError, fields, kinds, list, number, numberOf, ordered, presetOr, read, ruled, share, text, word } from "./index.ts";

const mistakes = (schema: z.ZodType, value: unknown): readonly string[] => {
  try {
    read(schema, "a", value);
  } catch (error) {
    if (error instanceof DescriptionError) return error.problems;
  }
  return [];
};

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
    expect(mistakes(number({ least: 0, most: 7, whole: true }), value)).toEqual([expect.stringMatching(/^a is .*; it must be a whole number from 0 up to 7$/)]);
  });

  test("refuses a field that it does not know: it is a slip of the pen more often than a wish", () => {
    const schema = fields({ rate: number({}) });
    expect(mistakes(schema, { rate: 1, rat: 2, rte: 3 })).toEqual(["a.rat is 2; it must be left out: the fields here are rate", "a.rte is 3; it must be left out: the fields here are rate"]);
    expect(mistakes(schema, [1])).toEqual(["a is [1]; it must be an object with rate"]);
    expect(mistakes(schema, {})).toEqual(["a.rate is undefined; it must be a number"]);
  });

  test("bounds lists, texts and words", () => {
    expect(mistakes(list(share, { least: 1, most: 2 }), [])).toEqual(["a is []; it must be a list of 1 to 2"]);
    expect(mistakes(list(share, { least: 1, most: 2 }), [0, "x"])).toEqual(['a[1] is "x"; it must be a number from 0 up to 1']);
    expect(mistakes(text(3), "")).toEqual(['a is ""; it must be a text of 1 to 3 characters']);
    expect(mistakes(word(["poisson", "constant"]), "poison")).toEqual(['a is "poison"; it must be one of poisson, constant']);
    expect(mistakes(text(3), "x".repeat(1_000))[0]?.length).toBeLessThan(130);
  });

  test("says which types there are, and what is wrong within the one that was meant", () => {
    const preset = presetOr(["seed", "2014"], fields({ depth: kinds("type", fields({ type: z.literal("one"), of: share }), fields({ type: z.literal("two") })) }));
    expect(mistakes(preset, { depth: { type: "three" } })).toEqual(['a.depth.type is "three"; it must be one of one, two']);
    expect(mistakes(preset, { depth: 5 })).toEqual(["a.depth is 5; it must be an object whose type is one of one, two"]);
    expect(mistakes(preset, { depth: { type: "one", off: 1 }, width: 2 })).toEqual(["a.depth.of is undefined; it must be a number from 0 up to 1", "a.depth.off is 1; it must be left out: the fields here are type, of", "a.width is 2; it must be left out: the fields here are depth"]);
    expect(mistakes(preset, "famous")).toEqual(['a is "famous"; it must be one of seed, 2014, or an object']);
  });

  test("tells every mistake, those against rules over several fields too, and no more than twenty", () => {
    const schema = ruled(list(fields({ at: share }), { least: 0, most: 1_000 }), (points) => ordered(points, "at", "from"));
    expect(mistakes(schema, [{ at: 0.5 }, { at: 0.4 }, { at: 7 }])).toEqual(["a[2].at is 7; it must be a number from 0 up to 1", "a[1].at is 0.4; it must be a number from 0.5, the one before"]);
    expect(mistakes(schema, Array.from({ length: 100 }, () => ({ at: -1 })))).toHaveLength(21);
  });
});
