/**
 * Which tier the next chunk is fetched in. The engine asks once per chunk, just before it opens it, so a new answer is
 * heard at the next chunk boundary that is not decoded yet.
 */
import type { TierName } from "../../audio/index.ts";
import type { Quality } from "../shapes.ts";

export interface TierQuestion {
  /** Tiers the listener may use and the track has, best last. Never empty. */
  readonly available: readonly TierName[];
  /** Tier of the chunk before; null at the start of playback. */
  readonly previous: TierName | null;
  /** Audio decoded and fetched ahead of what is heard. */
  readonly aheadMs: number;
}

/** One finished download of at least one chunk's body, for choosers that measure. */
export interface Throughput {
  readonly bytes: number;
  /** Time the body took, without the wait for the first byte. */
  readonly bodyMs: number;
}

export interface TierChooser {
  choose(question: TierQuestion): TierName;
  measured(throughput: Throughput): void;
}

/** "auto" while nothing is measured: the middle tier, else the nearest below, else the lowest. */
const unmeasured: TierName = "160";

/** The listener's choice, or the unmeasured start for "auto". A tier that is not available falls to the best one below it. */
export class FixedTier implements TierChooser {
  quality: Quality;

  constructor(quality: Quality) {
    this.quality = quality;
  }

  choose({ available }: TierQuestion): TierName {
    return bestUpTo(available, this.quality === "auto" ? unmeasured : this.quality);
  }

  measured(): void {}
}

const order: readonly TierName[] = ["96", "160", "320", "flac"];

/** The best of `available` that is not above `wanted`; the lowest one when all are above. Throws when there is none. */
export function bestUpTo(available: readonly TierName[], wanted: TierName): TierName {
  const sorted = order.filter((tier) => available.includes(tier));
  const best = sorted.findLast((tier) => order.indexOf(tier) <= order.indexOf(wanted)) ?? sorted[0];
  if (best === undefined) throw new RangeError("no tier is available");
  return best;
}
