/** The tiers of a simulated track and how large their chunks are. */
import type { TierName } from "../../audio/index.ts";
import type { Stream } from "../random/index.ts";

export interface Ladder {
  /** Lowest first. */
  readonly tiers: readonly TierName[];
  readonly chunkMs: number;
  rateKbps(tier: TierName): number;
  /** The same for the same arguments. `ms`: length of this chunk. */
  bytes(tier: TierName, play: number, chunk: number, ms: number): number;
}

const tiers = ["96", "160", "320"] as const;
const chunkMs = 5_000;
/** Averages of our encodes by libvorbis -q:a 2, 5 and 9 (docs/chunk-format.md): well below the names. */
const encodedKbps: Readonly<Partial<Record<TierName, number>>> = { "96": 81, "160": 131, "320": 266 };

/** What a tier takes on average, of our encodes. */
export const averageKbps = (tier: TierName) => encodedKbps[tier] ?? Number(tier);

/** Every chunk as large as the tier's name says. */
export const nominalLadder: Ladder = { tiers, chunkMs, rateKbps: Number, bytes: (tier, _play, _chunk, ms) => (Number(tier) * ms) / 8 };

/**
 * Chunks as an encoder of variable rate makes them: around the averages of our encodes, a quiet passage small and a dense one large in
 * all tiers alike, between 0.6 and 1.4 of the average.
 */
export function encodedLadder(stream: Stream): Ladder {
  return { tiers, chunkMs, rateKbps: averageKbps, bytes: (tier, play, chunk, ms) => Math.round((averageKbps(tier) * ms * (0.6 + 0.8 * stream.fork(`${play}/${chunk}`).next())) / 8) };
}
