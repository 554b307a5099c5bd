import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { cleanGenres, displayName, longestName, nameKey, sortName } from "./names.ts";

describe("names", () => {
  test("spellings of one name have one key", () => {
    for (const [a, b] of [["SuperTux Soundtrack", "Supertux Soundtrack"], ["Ezer Év", "ezer ev"], ["  Sigur   Rós ", "Sigur Ros"], ["Ｆｕｌｌ", "full"]] as const) {
      expect(nameKey(displayName(a))).toBe(nameKey(displayName(b)));
    }
  });

  test("names of signs only keep apart", () => {
    expect(nameKey("!!!")).not.toBe("");
    expect(nameKey("!!!")).not.toBe(nameKey("???"));
  });

  test("lists ignore a leading article, unless nothing would be left", () => {
    expect(["The Beatles", "A Perfect Circle", "Die Ärzte", "Los Lobos", "Thelonious", "The The", "A"].map(sortName)).toEqual([
      "beatles",
      "perfect circle",
      "arzte",
      "lobos",
      "thelonious",
      "the",
      "a",
    ]);
  });

  test("shown names are one line without control or direction characters", () => {
    expect(displayName("  a\r\n\0b\u202e c\u2066 ")).toBe("a b c");
  });

  test("genre tags that mean nothing vanish, joined ones are split", () => {
    expect(cleanGenres(["(None)", "<Unknown>", "Folk; Rock/Metal", "folk", "(17)Rock", "12", "", "R&B/Soul", "Rock|Pop"])).toEqual(["Folk", "Rock", "Metal", "R&B", "Soul", "Pop"]);
  });

  test("whatever the tag, names and keys are bounded, well-formed and storable", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (tag) => {
        const name = displayName(tag);
        for (const text of [name, nameKey(name), sortName(name), ...cleanGenres([tag])]) {
          expect(text.length).toBeLessThanOrEqual(longestName);
          expect(text.isWellFormed()).toBe(true);
          expect(text.includes("\0")).toBe(false);
        }
      }),
    );
  });

  test.each([["a".repeat(100_000)], ["( ".repeat(50_000)], [`${" ".repeat(100_000)}x`], ["(1)".repeat(30_000)], ["a - ".repeat(30_000)]])("hostile text %# is done in under 50 ms", (tag) => {
    const before = performance.now();
    sortName(displayName(tag));
    cleanGenres([tag]);
    expect(performance.now() - before).toBeLessThan(50);
  });
});
