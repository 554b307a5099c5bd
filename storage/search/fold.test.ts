import { describe, expect, test } from "@jest/globals";
import { assert, constantFrom, oneof, property, string } from "fast-check";
import { fold, joined } from "./fold.ts";

describe("fold - one spelling for what people type", () => {
  test.each([
    ["Mötley Crüe", "motley crue"], ["BJÖRK", "bjork"], ["Sigur Rós", "sigur ros"], ["Straße", "strasse"], ["Łódź Đạo Ærø", "lodz dao aero"],
    ["ISTANBUL İstanbul ıstanbul", "istanbul istanbul istanbul"], ["ＦＵＬＬ　ｗｉｄｔｈ", "full width"], ["AC/DC", "ac dc"], ["P!nk", "pink"], ["A$AP Rocky", "asap rocky"],
    ["$uicideboy$", "suicideboy"], ["R.E.M.", "rem"], ["N.W.A", "nwa"], ["Dr. Dre", "dr dre"], ["Guns N’ Roses", "guns n roses"], ["Simon & Garfunkel", "simon and garfunkel"],
    ["Florence + The Machine", "florence and the machine"], ["  Panic!   At\tThe Disco ", "panic at the disco"], ["Ёлка", "елка"], ["Νίκος", "νικοσ"], ["宇多田ヒカル", "宇多田ヒカル"],
    ["\u00adsoft\u200bhyphen", "softhyphen"], ["100%", "100"], ["", ""], [" \t\u0000", ""],
  ])("%j is %j", (text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  test("marks that carry sound stay", () => {
    expect(fold("हिन्दी")).toBe("हिन्दी");
    expect(fold("がっこう")).not.toBe(fold("かっこう"));
  });

  test("a Korean syllable begins with its first letters", () => {
    expect(fold("방탄").startsWith(fold("바"))).toBe(true);
  });

  test("a name of signs keeps them", () => {
    expect([fold("!!!"), fold("÷"), fold(" + ")]).toEqual(["!!!", "÷", "and"]);
  });

  test("joined - what punctuation pulled apart", () => {
    expect([joined("AC/DC"), joined("Jay-Z & Hip-Hop"), joined("Queen"), joined("The Who")]).toEqual([["acdc"], ["jayz", "hiphop"], [], []]);
  });

  test("twice is once; words are letters, digits and marks; any string", () => {
    const text = oneof(string({ unit: "binary", maxLength: 60 }), string({ unit: "grapheme", maxLength: 60 }), string({ unit: constantFrom("a", "B", ".", "!", "$", "&", "+", " ", "'", "1", "\u0301", "Σ", "İ", "가", "か", "゛", "．", "\uD800"), maxLength: 12 }));
    assert(property(text, (name) => {
      const folded = fold(name);
      expect(fold(folded)).toBe(folded);
      expect(folded).toBe(folded.trim());
      expect(folded).not.toMatch(/\p{C}| {2}/u);
    }), { numRuns: 2_000 });
  });

  test("every code point of Unicode - twice is once", () => {
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const folded = fold(`a${String.fromCodePoint(code)}b`);
      if (fold(folded) !== folded) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  });

  test("long and hostile strings take no longer than their length", () => {
    const started = performance.now();
    for (const unit of ["a.", "!", "$a", "a ", ".", "\u0301", " \u0301", "&", "'", "+ "]) fold(unit.repeat(20_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
