/** Rules for the tier: one that never changes, the plain one of the specification, and the one of today's video players. */
import type { TierName } from "../../audio/index.ts";
import { RateEstimate } from "./estimate.ts";
import { rungOf, throughputKbps, tierAt, type TierRule } from "./policy.ts";

/** Always `tier`, or the best one below it. */
export const fixedTier = (tier: TierName) => (): TierRule => ({ tier: ({ rungs }) => tierAt(rungs, rungOf(rungs, tier)), measured: () => {} });

/** A chunk must arrive this much faster than it plays. */
const margin = 1.5;
const chunksToRise = 3;

/**
 * The plain rule. It starts at the lowest tier; the throughput T of a chunk is its bits over the time from its request to its last byte,
 * R the rate of a tier, q the tier of the moment:
 *
 *   T < 1.5 R[q]                    one tier down, count 0
 *   else T >= 1.5 R[q + 1]          count + 1; the third in a row: one tier up, count 0
 *   else                            count 0
 *
 * "current" reads "three chunks at full speed" as 1.5 x the current tier: any steady link between 1.5 R[q] and 1.5 R[q + 1] then goes up
 * after three chunks and down after one, for ever. It is here to show that.
 */
export const plainRule = (upAgainst: "next" | "current" = "next") => (): TierRule => {
  let last: number | null = null;
  let good = 0;
  return {
    measured(download) {
      last = throughputKbps(download);
    },
    tier({ rungs, previous }) {
      const at = rungOf(rungs, previous);
      if (last === null) return tierAt(rungs, at);
      const current = rungs[at]?.rateKbps ?? 0;
      const next = rungs[at + 1]?.rateKbps;
      let step = 0;
      if (last < margin * current) step = -1;
      else if (last >= margin * (upAgainst === "next" ? (next ?? Number.POSITIVE_INFINITY) : current)) good += 1;
      else good = 0;
      if (good === chunksToRise) step = 1;
      if (step !== 0) good = 0;
      last = null;
      return tierAt(rungs, at + step);
    },
  };
};

/**
 * The rule of video players (hls.js' defaults, half lives 3 s and 9 s): the best tier of at most 0.7 of the estimated rate; a tier that
 * is not above the one of the moment may take 0.95. Starts at the lowest: on a 3G link the first chunk is there after 0.75 s, not 1.95 s.
 */
export const ewmaRule = (): TierRule => {
  const estimate = new RateEstimate(3, 9);
  return {
    measured: (download) => estimate.add(download),
    tier({ rungs, previous }) {
      const { kbps } = estimate;
      if (kbps === null) return tierAt(rungs, rungOf(rungs, previous));
      const at = rungOf(rungs, previous);
      return tierAt(rungs, rungs.findLastIndex(({ rateKbps }, n) => rateKbps <= kbps * (n > at ? 0.7 : 0.95)));
    },
  };
};
