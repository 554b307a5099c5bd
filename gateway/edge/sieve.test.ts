import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { Sieve } from "./sieve.ts";

const one = () => 1;
const keys = (sieve: Sieve<number>) => sieve.state().map(([key, visited]) => (visited ? `${key}*` : key)).join(" ");

describe("SIEVE", () => {
  test("the hand unmarks what was asked for, evicts the first that was not, and stays there (figure 2 of the paper)", () => {
    // Given the paper's queue, newest first, with A, B and G asked for.
    const sieve = new Sieve<number>(7, one);
    for (const key of ["A", "B", "C", "D", "E", "F", "G"]) sieve.set(key, 0);
    for (const key of ["A", "B", "G"]) sieve.get(key);
    expect(keys(sieve)).toBe("G* F E D C B* A*");

    // When H comes: A and B lose their marks, C goes.
    sieve.set("H", 0);
    expect(keys(sieve)).toBe("H G* F E D B A");

    // When A and D are asked for and I comes: the hand goes on from D, which loses its mark; E goes.
    sieve.get("A");
    sieve.get("D");
    sieve.set("I", 0);
    expect(keys(sieve)).toBe("I H G* F D B A*");

    // When B is asked for and J comes: the hand goes on, F goes; survivors never moved.
    sieve.get("B");
    sieve.set("J", 0);
    expect(keys(sieve)).toBe("J I H G* D B* A*");
  });

  test("a scan of one-time visitors does not displace what is asked for again", () => {
    const sieve = new Sieve<number>(100, one);
    for (let round = 0; round < 2; round++) for (let hot = 0; hot < 50; hot++) if (sieve.get(`hot${hot}`) === undefined) sieve.set(`hot${hot}`, hot);
    for (let cold = 0; cold < 10_000; cold++) {
      sieve.set(`cold${cold}`, cold);
      sieve.get(`hot${cold % 50}`);
    }
    for (let hot = 0; hot < 50; hot++) expect(sieve.get(`hot${hot}`)).toBe(hot);
  });

  test("beats LRU on skewed demand with a fraction of the catalogue, as the paper says", () => {
    let seed = 42;
    const random = () => ((seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32);
    const catalogue = 10_000;
    const cumulative: number[] = [];
    let sum = 0;
    for (let rank = 1; rank <= catalogue; rank++) cumulative.push((sum += rank ** -1));
    const draw = () => {
      const at = random() * sum;
      let [low, high] = [0, catalogue - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((cumulative[middle] ?? 0) < at) low = middle + 1;
        else high = middle;
      }
      return String(low);
    };
    const sieve = new Sieve<number>(100, one);
    const lru = new Map<string, number>();
    let [sieveHits, lruHits] = [0, 0];
    for (let turn = 0; turn < 100_000; turn++) {
      const key = draw();
      if (sieve.get(key) !== undefined) sieveHits += 1;
      else sieve.set(key, 1);
      if (lru.delete(key)) lruHits += 1;
      else if (lru.size === 100) lru.delete(lru.keys().next().value ?? "");
      lru.set(key, 1);
    }
    expect(sieveHits).toBeGreaterThan(lruHits * 1.1);
  });

  test("never holds more than its bytes, and what it says it holds", () => {
    const operation = fc.record({ key: fc.integer({ min: 0, max: 20 }).map(String), weight: fc.integer({ min: 0, max: 60 }), kind: fc.constantFrom("get", "set", "set", "delete") });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const sieve = new Sieve<number>(100, (weight) => weight);
        const last = new Map<string, number>();
        for (const { kind, key, weight } of operations) {
          if (kind === "set") {
            sieve.set(key, weight);
            last.set(key, weight);
          } else if (kind === "delete") {
            sieve.delete(key);
            last.delete(key);
          } else {
            const value = sieve.get(key);
            if (value !== undefined) expect(value).toBe(last.get(key));
          }
          const held = sieve.state();
          expect(sieve.weight).toBeLessThanOrEqual(100);
          expect(sieve.size).toBe(held.length);
          expect(new Set(held.map(([name]) => name)).size).toBe(held.length);
          expect(sieve.weight).toBe(held.reduce((sum, [name]) => sum + (last.get(name) ?? Number.NaN), 0));
        }
      }),
      { numRuns: 300 },
    );
  });

  test("says of each value once that it is held no more", () => {
    const operation = fc.record({ key: fc.integer({ min: 0, max: 9 }).map(String), weight: fc.integer({ min: 0, max: 120 }), isDeleted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const left: number[] = [];
        const sieve = new Sieve<{ readonly n: number; readonly weight: number }>(100, ({ weight }) => weight, ({ n }) => left.push(n));
        for (const [n, { key, weight, isDeleted }] of operations.entries()) {
          if (isDeleted) sieve.delete(key);
          sieve.set(key, { n, weight });
        }
        const held = sieve.state().map(([key]) => sieve.get(key)?.n ?? -1);
        expect([...held, ...left].toSorted((a, b) => a - b)).toEqual(operations.map((_, n) => n));
      }),
      { numRuns: 300 },
    );
  });

  test("what is larger than the whole is not kept, and takes an older value of its key with it", () => {
    const sieve = new Sieve<number>(10, (weight) => weight);
    sieve.set("a", 4);
    sieve.set("b", 4);
    sieve.set("a", 11);
    expect(keys(sieve)).toBe("b");
    expect(sieve.weight).toBe(4);
  });
});
