import { describe, expect, test } from "@jest/globals";
import { Seeded } from "./random.ts";
import { nemeses, schedule } from "./schedule.ts";

const made = (seed: number, seconds = 60) => schedule(new Seeded(seed).fork(0), ["mixed"], seconds, 3);

describe("a schedule", () => {
  test("is made from the seed alone", () => {
    expect(made(7)).toEqual(made(7));
    expect(made(7)).not.toEqual(made(8));
  });

  test("has one fault at a time, all within the run", () => {
    for (let seed = 0; seed < 200; seed++) {
      let end = 0;
      for (const { atMs, forMs, node } of made(seed)) {
        expect(atMs).toBeGreaterThan(end);
        end = atMs + forMs;
        expect(atMs).toBeLessThan(60_000);
        expect([0, 1, 2]).toContain(node);
      }
    }
  });

  test("a mixed minute has every kind, and makes two zombies: a pause and a partition that are longer than a lease begin in the middle of an append", () => {
    for (let seed = 0; seed < 200; seed++) {
      const faults = made(seed);
      expect(new Set(faults.map(({ nemesis }) => nemesis))).toEqual(new Set(nemeses));
      const zombies = faults.filter(({ isMidAppend, forMs }) => isMidAppend && forMs > 7_000);
      expect(new Set(zombies.map(({ nemesis }) => nemesis))).toEqual(new Set(["pause", "partition"]));
    }
  });

  test("a short run of one kind has that kind", () => {
    for (let seed = 0; seed < 50; seed++) expect(schedule(new Seeded(seed), ["kill"], 5, 3).map(({ nemesis }) => nemesis)).toContain("kill");
  });
});
