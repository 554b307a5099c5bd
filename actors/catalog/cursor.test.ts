import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { InvalidInput } from "../errors.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";

const values = fc.array(fc.string({ unit: "grapheme", maxLength: 50 }).filter((text) => !text.includes("\0")), { minLength: 2, maxLength: 2 });

describe("cursors", () => {
  test("give back what was put in", () => {
    fc.assert(fc.property(values, (values) => expect(decodeCursor("albums", encodeCursor("albums", values), 2)).toEqual(values)));
  });

  test("of another list are refused", () => {
    expect(() => decodeCursor("albums", encodeCursor("artists", ["a", "b"]), 2)).toThrow(InvalidInput);
  });

  test("with any character changed, added or cut are refused", () => {
    const cursor = encodeCursor("albums", ["abbey road", "id-1"]);
    for (let at = 0; at < cursor.length; at++) {
      const other = cursor[at] === "A" ? "B" : "A";
      expect(() => decodeCursor("albums", cursor.slice(0, at) + other + cursor.slice(at + 1), 2)).toThrow(InvalidInput);
      expect(() => decodeCursor("albums", cursor.slice(0, at), 2)).toThrow(InvalidInput);
    }
    expect(() => decodeCursor("albums", `${cursor}.`, 2)).toThrow(InvalidInput);
  });

  test.each(["", ".", "' or 1=1 --", "e30.e30", "\0", "a".repeat(5_000), "../../etc"])("%j is refused", (cursor) => {
    expect(() => decodeCursor("albums", cursor, 2)).toThrow(InvalidInput);
  });

  test("with the checksum right but the values wrong are refused", () => {
    expect(() => decodeCursor("albums", encodeCursor("albums", ["one"]), 2)).toThrow(InvalidInput);
    expect(() => decodeCursor("albums", encodeCursor("albums", ["a\0", "b"]), 2)).toThrow(InvalidInput);
    expect(() => decodeCursor("albums", encodeCursor("albums", [1, {}] as unknown as string[]), 2)).toThrow(InvalidInput);
  });
});
