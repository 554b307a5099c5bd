import { describe, expect, test } from "@jest/globals";
import { FanOut } from "./fan-out.ts";

/** Turns of the event loop by hand; who was given what, in order. */
function fanOut(chunk: number, members: Readonly<Record<string, readonly string[]>>) {
  const given: string[] = [];
  const turns: (() => void)[] = [];
  const fan = new FanOut<string, string, string>({
    chunk,
    membersOf: (source) => (members[source] ?? [])[Symbol.iterator](),
    give: (change, some) => given.push(`${change} ${some.join("")}`),
    soon: (run) => turns.push(run),
  });
  const turn = () => turns.shift()?.();
  return { fan, given, turn, turns };
}

describe("fan-out -", () => {
  test("what fits in a turn is given at once", () => {
    const { fan, given, turn, turns } = fanOut(5, { a: ["1", "2"], b: ["3"] });
    fan.add("a", "A");
    fan.add("b", "B");
    expect(given).toEqual(["A 12", "B 3"]);
    turn();
    expect(turns).toEqual([]);
  });

  test("a turn gives to no more than a chunk, whoever adds; those with few wait for one turn of those with many", () => {
    const { fan, given, turn, turns } = fanOut(3, { many: Array.from("abcdefgh"), few: ["x", "y"] });
    fan.add("many", "M");
    fan.add("few", "F");
    expect(given).toEqual(["M abc"]);
    turn();
    expect(given.slice(1)).toEqual(["M def"]);
    turn();
    // Behind the turn that "many" had before it came.
    expect(given.slice(2)).toEqual(["F xy", "M g"]);
    turn();
    expect(given.slice(4)).toEqual(["M h"]);
    turn();
    expect(turns).toEqual([]);
  });

  test("of one source the next change waits, and only the last that waits is given", () => {
    const { fan, given, turn } = fanOut(2, { a: ["1", "2", "3"] });
    for (const change of ["A", "B", "C"]) fan.add("a", change);
    for (let n = 0; n < 4; n++) turn();
    expect(given).toEqual(["A 12", "A 3", "C 1", "C 23"]);
  });
});
