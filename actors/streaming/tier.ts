/** Which tiers a plan may use, and which one a play starts with. Pure. */
import { tierNames, type TierName } from "../../audio/index.ts";
import type { Plan } from "../action.ts";

export const qualities = ["auto", ...tierNames] as const;
export type Quality = (typeof qualities)[number];

const tiersOfPlan: Readonly<Record<Plan, readonly TierName[]>> = {
  free: ["96", "160"],
  premium: ["96", "160", "320", "flac"],
};

/** The tiers that exist and that the plan may use, lowest first. */
export function permittedTiers(plan: Plan, existing: Readonly<Partial<Record<TierName, unknown>>>): TierName[] {
  return tiersOfPlan[plan].filter((tier) => existing[tier] !== undefined);
}

export type Choice = { readonly tier: TierName } | { readonly refused: "not-allowed" | "not-available" };

/** The tier of a play. "auto" is the highest lossy one: a player asks for lossless by name. `permitted` as permittedTiers gave it. */
export function chooseTier(plan: Plan, quality: Quality, permitted: readonly TierName[]): Choice {
  if (quality !== "auto") {
    if (!tiersOfPlan[plan].includes(quality)) return { refused: "not-allowed" };
    return permitted.includes(quality) ? { tier: quality } : { refused: "not-available" };
  }
  const tier = permitted.findLast((tier) => tier !== "flac");
  return tier === undefined ? { refused: "not-available" } : { tier };
}
