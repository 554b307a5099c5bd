import { describe, expect, test } from "@jest/globals";
import { abrPolicy, chunksAhead, ewmaRule, fixedTier, plainRule, ramp, wholeTrack, type AbrSituation, type Rung, type TierRule } from "./index.ts";

const rungs: readonly Rung[] = (["96", "160", "320"] as const).map((tier) => ({ tier, rateKbps: Number(tier), nextBytes: Number(tier) * 625 }));
const situation: AbrSituation = { rungs, previous: null, chunkMs: 5_000, aheadMs: 10_000, heardMs: 0, leftMs: 200_000 };

/** The tiers of chunks that arrive at these rates, the first one's before any of them. */
function tiers(rule: TierRule, ratesKbps: readonly number[], among = rungs): string[] {
  const chosen = [rule.tier({ ...situation, rungs: among })];
  for (const kbps of ratesKbps) {
    const previous = chosen.at(-1) ?? "96";
    rule.measured({ tier: previous, bytes: kbps * 125, waitMs: 100, bodyMs: 900 });
    chosen.push(rule.tier({ ...situation, rungs: among, previous }));
  }
  return chosen;
}

describe("plain rule -", () => {
  test("three chunks in a row at 1.5 x the next tier lead up, one below 1.5 x the current leads down", () => {
    expect(tiers(plainRule()(), [240, 240, 240, 480, 480, 480, 479, 239])).toEqual(["96", "96", "96", "160", "160", "160", "320", "160", "96"]);
  });

  test("a chunk between the two bounds breaks the row", () => {
    expect(tiers(plainRule()(), [240, 240, 239, 240, 240, 240])).toEqual(["96", "96", "96", "96", "96", "96", "160"]);
  });

  test("a step begins a new row", () => {
    expect(tiers(plainRule()(), [900, 900, 900, 900, 900, 900])).toEqual(["96", "96", "96", "160", "160", "160", "320"]);
  });

  test("to the letter it goes up and down on a link that never changes", () => {
    const steady = Array.from({ length: 12 }, () => 200);
    expect(tiers(plainRule("current")(), steady).join(" ")).toBe("96 96 96 160 96 96 96 160 96 96 96 160 96");
    expect(new Set(tiers(plainRule()(), steady))).toEqual(new Set(["96"]));
  });

  test("a tier that is not there is passed over", () => {
    const two = rungs.filter(({ tier }) => tier !== "160");
    expect(tiers(plainRule()(), [480, 480, 480, 100], two)).toEqual(["96", "96", "96", "320", "96"]);
  });
});

describe("rules for tier and window -", () => {
  test("a fixed tier falls to the best one below it, and there must be one", () => {
    expect(fixedTier("flac")().tier(situation)).toBe("320");
    expect(fixedTier("96")().tier({ ...situation, rungs: rungs.slice(1) })).toBe("160");
    expect(() => fixedTier("96")().tier({ ...situation, rungs: [] })).toThrow("no tier is available");
  });

  test("the rule of video players rises at 0.7 of the estimate and stays at 0.95", () => {
    expect(tiers(ewmaRule(), [300, 300, 300])).toEqual(["96", "160", "160", "160"]);
    expect(tiers(ewmaRule(), [1_000, 1_000, 340, 340, 340, 340, 340, 340]).slice(1, 3)).toEqual(["320", "320"]);
    expect(tiers(ewmaRule(), [460, 340, 340, 340, 340])).toEqual(["96", "320", "320", "320", "320", "320"]);
    expect(tiers(ewmaRule(), [460, 330, 330, 330, 330, 330, 330, 330, 330, 330, 330]).at(-1)).toBe("160");
  });

  test("the ramp deepens after 30 s of the track and stays shallow into the next", () => {
    const window = ramp(2, 12);
    expect(window({ ...situation, heardMs: 29_999 })).toEqual({ ahead: 2, intoNext: 2 });
    expect(window({ ...situation, heardMs: 30_000 })).toEqual({ ahead: 12, intoNext: 2 });
    expect(chunksAhead(6)(situation)).toEqual({ ahead: 6, intoNext: 6 });
    expect(wholeTrack(2)({ ...situation, leftMs: 12_000 })).toEqual({ ahead: 5, intoNext: 2 });
  });

  test("every start of a policy learns for itself", () => {
    const policy = abrPolicy("plain", plainRule(), chunksAhead(2));
    const [one, other] = [policy.start(), policy.start()];
    expect(tiers(one, [900, 900, 900])).toContain("160");
    expect(tiers(other, [900, 900])).not.toContain("160");
  });
});
