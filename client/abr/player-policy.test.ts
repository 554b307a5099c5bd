import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { playerPolicy, type Abr, type AbrSituation, type Rung } from "./index.ts";

const rungs: readonly Rung[] = (["96", "160", "320"] as const).map((tier) => ({ tier, rateKbps: Number(tier), nextBytes: Number(tier) * 625 }));
const situation: AbrSituation = { rungs, previous: null, chunkMs: 5_000, aheadMs: 10_000, heardMs: 60_000, leftMs: 150_000 };

/** A playback whose downloads of 2 s each came at these rates. */
function after(...ratesKbps: readonly number[]): Abr {
  const abr = playerPolicy.start();
  for (const kbps of ratesKbps) abr.measured({ tier: "96", bytes: kbps * 250, waitMs: 100, bodyMs: 1_900 });
  return abr;
}

test("it starts at the lowest tier", () => {
  expect(playerPolicy.start().tier({ ...situation, aheadMs: 0 })).toBe("96");
});

test("it never rises to what the link does not carry, however much is ahead", () => {
  expect(after(300).tier({ ...situation, previous: "160", aheadMs: 600_000 })).toBe("160");
  expect(after(340).tier({ ...situation, previous: "160", aheadMs: 600_000 })).toBe("320");
  expect(after(340).tier({ ...situation, previous: "160", aheadMs: 10_000 })).toBe("160");
});

test("it rides out a dip on the buffer and falls when there is none", () => {
  const dip = after(400, ...Array.from({ length: 10 }, () => 250));
  expect(dip.tier({ ...situation, previous: "320", aheadMs: 60_000 })).toBe("320");
  expect(dip.tier({ ...situation, previous: "320", aheadMs: 5_000 })).toBe("160");
});

test("one dense chunk changes no tier, unless the buffer cannot wait for it", () => {
  const dense = rungs.map((rung) => ({ ...rung, nextBytes: rung.nextBytes * 1.4 }));
  expect(after(400).tier({ ...situation, rungs: dense, previous: "320", aheadMs: 20_000 })).toBe("320");
  expect(after(400).tier({ ...situation, rungs: dense, previous: "320", aheadMs: 5_000 })).toBe("160");
});

test("the window is deep after 30 s of a track, and deeper on a slow link", () => {
  const places = [0, 5_000, 30_000].map((heardMs) => ({ ...situation, heardMs }));
  expect(places.map((place) => after(5_000).window(place))).toEqual([{ ahead: 2, intoNext: 2 }, { ahead: 2, intoNext: 2 }, { ahead: 12, intoNext: 2 }]);
  expect(places.map((place) => after(900).window(place))).toEqual([{ ahead: 2, intoNext: 4 }, { ahead: 6, intoNext: 4 }, { ahead: 20, intoNext: 4 }]);
  expect(playerPolicy.start().window(situation).ahead).toBe(12);
});

const downloads = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 400_000 }), waitMs: fc.integer({ min: 0, max: 5_000 }), bodyMs: fc.integer({ min: 0, max: 60_000 }) }), { maxLength: 20 });
const situations = fc.record({
  rungs: fc.subarray([...rungs], { minLength: 1 }).chain((some) => fc.tuple(...some.map((rung) => fc.double({ min: 0.5, max: 1.6, noNaN: true }).map((size) => ({ ...rung, nextBytes: rung.nextBytes * size }))))),
  previous: fc.constantFrom(null, "96", "160", "320", "flac"),
  chunkMs: fc.integer({ min: 1, max: 10_000 }),
  aheadMs: fc.integer({ min: 0, max: 700_000 }),
  heardMs: fc.integer({ min: 0, max: 700_000 }),
  leftMs: fc.integer({ min: 0, max: 700_000 }),
});

test("whatever was measured, the tier is one of those offered, more audio ahead never lowers it, and the window is bounded", () => {
  fc.assert(
    fc.property(downloads, situations, fc.integer({ min: 0, max: 100_000 }), (measured, drawn, moreMs) => {
      const abr = playerPolicy.start();
      for (const download of measured) abr.measured({ tier: "96", ...download });
      const offered: AbrSituation = drawn;
      const index = (at: AbrSituation) => at.rungs.findIndex(({ tier }) => tier === abr.tier(at));
      const { ahead, intoNext } = abr.window(offered);
      expect(index(offered)).toBeGreaterThanOrEqual(0);
      expect(index({ ...offered, aheadMs: offered.aheadMs + moreMs })).toBeGreaterThanOrEqual(index(offered));
      expect(ahead).toBeGreaterThanOrEqual(1);
      expect(ahead).toBeLessThanOrEqual(20);
      expect(intoNext).toBeLessThanOrEqual(ahead + 2);
    }),
    { seed: 1, numRuns: 500 },
  );
});
