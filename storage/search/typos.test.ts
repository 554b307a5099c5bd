import { describe, expect, test } from "@jest/globals";
import { assert, constantFrom, property, string } from "fast-check";
import { distance, oneEditAway } from "./typos.ts";

const words = string({ unit: constantFrom("a", "b", "c", "d"), minLength: 1, maxLength: 7 });

describe("typos", () => {
  test("one edit away - swapped, dropped, added, replaced, also at both ends", () => {
    const variants = new Set(oneEditAway("queen"));
    for (const variant of ["uqeen", "quene", "ueen", "quee", "queeen", "xqueen", "queenx", "qween", "zueen", "queez"]) expect([variant, variants.has(variant)]).toEqual([variant, true]);
    expect(variants.has("queen")).toBe(false);
    expect(variants.size).toBeLessThan(500);
  });

  test("one edit away - exactly the words at distance 1, in the alphabet of the word's script", () => {
    assert(property(words, words, (a, b) => {
      expect(oneEditAway(a).includes(b)).toBe(distance(a, b, 2) === 1);
    }), { numRuns: 2_000 });
    expect(oneEditAway("кино")).toContain("кина");
    expect(oneEditAway("宇多田").every((word) => Array.from(word).length <= 3)).toBe(true);
  });

  test.each([["beatles", "beatles", 0], ["beatels", "beatles", 1], ["metalica", "metallica", 1], ["ramstien", "rammstein", 2], ["ca", "ac", 1], ["abc", "xyz", 3], ["", "ab", 2]])("distance of %s and %s is %i", (a, b, edits) => {
    expect(distance(a, b, 3)).toBe(edits);
    expect(distance(b, a, 3)).toBe(edits);
  });

  test("distance - beyond the bound it only says so, within it it is the same for every bound", () => {
    assert(property(words, words, (a, b) => {
      const edits = distance(a, b, 20);
      for (const bound of [0, 1, 2, 3]) expect(distance(a, b, bound)).toBe(Math.min(edits, bound + 1));
    }), { numRuns: 1_000 });
  });
});
