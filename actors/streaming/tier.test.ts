import { describe, expect, test } from "@jest/globals";
import { chooseTier, permittedTiers, qualities, type Choice, type Quality } from "./tier.ts";
import type { Plan } from "../action.ts";
import { tierNames, type TierName } from "../../audio/index.ts";

const existing = (...tiers: TierName[]) => Object.fromEntries(tiers.map((tier) => [tier, {}]));
const choose = (plan: Plan, quality: Quality, tiers: TierName[]): Choice => chooseTier(plan, quality, permittedTiers(plan, existing(...tiers)));

describe("tiers", () => {
  test("free has 96 and 160, premium has all that exist", () => {
    expect(permittedTiers("free", existing(...tierNames))).toEqual(["96", "160"]);
    expect(permittedTiers("premium", existing(...tierNames))).toEqual(["96", "160", "320", "flac"]);
    expect(permittedTiers("premium", existing("96", "160"))).toEqual(["96", "160"]);
  });

  test.each([
    ["free", "auto", ["96", "160", "320", "flac"], { tier: "160" }],
    ["free", "auto", ["96"], { tier: "96" }],
    ["free", "auto", ["320", "flac"], { refused: "not-available" }],
    ["free", "96", ["96", "160"], { tier: "96" }],
    ["free", "320", ["96", "160", "320"], { refused: "not-allowed" }],
    ["free", "320", ["96"], { refused: "not-allowed" }],
    ["free", "flac", ["flac"], { refused: "not-allowed" }],
    ["free", "160", ["96"], { refused: "not-available" }],
    ["premium", "auto", ["96", "160", "320", "flac"], { tier: "320" }],
    ["premium", "auto", ["96", "flac"], { tier: "96" }],
    ["premium", "auto", ["flac"], { refused: "not-available" }],
    ["premium", "flac", ["96", "flac"], { tier: "flac" }],
    ["premium", "flac", ["96"], { refused: "not-available" }],
  ] as const)("%s asking %s of %j", (plan, quality, tiers, choice) => {
    expect(choose(plan, quality, [...tiers])).toEqual(choice);
  });

  test("nobody ever gets a tier outside the plan or the track", () => {
    for (const plan of ["free", "premium"] as const)
      for (const quality of qualities)
        for (let mask = 0; mask < 16; mask++) {
          const tiers = tierNames.filter((_, bit) => (mask >> bit) & 1);
          const choice = choose(plan, quality, tiers);
          if (!("tier" in choice)) continue;
          expect(tiers).toContain(choice.tier);
          if (plan === "free") expect(["96", "160"]).toContain(choice.tier);
          if (quality !== "auto") expect(choice.tier).toBe(quality);
        }
  });
});
