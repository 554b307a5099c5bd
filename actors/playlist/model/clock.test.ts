import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { compare, merge, tick, type Clock } from "./clock.ts";

const clock = fc.dictionary(fc.constantFrom("phone", "laptop", "constructor", "server"), fc.nat(3));
/** The edits a clock stands for. */
const edits = (of: Clock) => new Set(Object.entries(of).flatMap(([device, n]) => Array.from({ length: n }, (_, i) => `${device} ${i}`)));

describe("clock -", () => {
  test("clocks compare as the sets of edits that they stand for", () => {
    fc.assert(
      fc.property(clock, clock, (a, b) => {
        const [inA, inB] = [edits(a), edits(b)];
        const [isIn, contains] = [[...inA].every((edit) => inB.has(edit)), [...inB].every((edit) => inA.has(edit))];
        expect(compare(a, b)).toBe(isIn && contains ? "equal" : isIn ? "before" : contains ? "after" : "concurrent");
        expect(edits(merge(a, b))).toEqual(new Set([...inA, ...inB]));
        expect(compare(a, tick(a, "phone"))).toBe("before");
      }),
      { numRuns: 1_000 },
    );
  });
});
