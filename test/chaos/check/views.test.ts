import { describe, expect, test } from "@jest/globals";
import { mayBeSeen, Stamps, type Said } from "./views.ts";

const said = (...all: [string | null, number, number][]): Said[] => all.map(([trackId, sentAt, endedAt]) => ({ trackId, sentAt, endedAt }));
const seen = (all: Said[], at: number) => [...mayBeSeen(all, at, 2_000)];

describe("what may be seen", () => {
  test("is nothing before anything was said", () => {
    expect(seen([], 10_000)).toEqual([null]);
  });

  test("is what was said last, and what was said before it as long as that is on its way", () => {
    const all = said(["a", 0, 10], ["b", 5_000, 5_010]);
    expect(seen(all, 4_000)).toEqual(["a", "b"]);
    expect(seen(all, 7_000)).toEqual(["a", "b"]);
    expect(seen(all, 7_011)).toEqual(["b"]);
  });

  test("is also what nobody answered, until something later was acknowledged", () => {
    const all = said(["a", 0, 10], ["b", 100, Infinity]);
    expect(seen(all, 60_000)).toEqual(["a", "b"]);
    expect(seen([...all, ...said([null, 200, 210])], 60_000)).toEqual([null]);
  });
});

describe("stamps", () => {
  test("only rise, whoever's they are by themselves", () => {
    const stamps = new Stamps();
    expect([stamps.change("a", 1, 5), stamps.change("b", 1, 1), stamps.change("a", 2, 1), stamps.change("a", 2, 3)]).toEqual([undefined, undefined, undefined, undefined]);
    expect([stamps.change("a", 2, 3), stamps.change("a", 1, 9), stamps.change("a", 2, 2)]).toEqual(["twice", "back", "back"]);
  });

  test("of a snapshot may be known, and not lower", () => {
    const stamps = new Stamps();
    stamps.change("a", 2, 3);
    expect([stamps.snapshot("a", 2, 3), stamps.snapshot("a", 2, 2), stamps.snapshot("a", 3, 1), stamps.change("a", 3, 1)]).toEqual([undefined, "back", undefined, "twice"]);
  });
});
