import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { EventSequence } from "./event-sequence.ts";

const event = (version: number) => ({ version });

test("events - are given once, in order, whatever is lost, repeated or late; what is missing is known", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 20 }), fc.array(fc.record({ from: fc.nat(80), length: fc.integer({ min: 1, max: 10 }) }), { maxLength: 60 }), (last, fromVersion, pushes) => {
      const given: number[] = [];
      const sequence = new EventSequence<{ version: number }>(fromVersion, (events) => given.push(...events.map(({ version }) => version)));
      let highest = fromVersion;
      for (const { from, length } of pushes) {
        const pushed = Array.from({ length }, (_, n) => 1 + ((from + n) % last)).toSorted((a, b) => a - b);
        highest = Math.max(highest, ...pushed);
        sequence.take(pushed.map(event));
        expect(sequence.hasGap).toBe(sequence.version < highest);
      }
      // Reads since its version, three events a page.
      for (let reads = 0; sequence.version < last && reads < 100; reads++) sequence.take([1, 2, 3].map((n) => sequence.version + n).filter((version) => version <= last).map(event));
      expect(given).toEqual(Array.from({ length: Math.max(0, last - fromVersion) }, (_, n) => fromVersion + 1 + n));
      expect(sequence.hasGap).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test("events - what waits for an earlier one is bounded, and read later", () => {
  const given: number[] = [];
  const sequence = new EventSequence<{ version: number }>(0, (events) => given.push(...events.map(({ version }) => version)));
  sequence.take(Array.from({ length: 5_000 }, (_, n) => event(n + 2)));
  expect(given).toEqual([]);
  sequence.take([event(1)]);
  expect(given.length).toBe(1_001);
  expect(sequence.hasGap).toBe(true);
  while (sequence.hasGap) sequence.take([event(sequence.version + 1)]);
  expect(given).toEqual(Array.from({ length: 5_001 }, (_, n) => n + 1));
});
