/**
 * What an adaptive-bitrate policy is: it says in which tier the next chunk is fetched and how far ahead, from what was downloaded so far,
 * what is buffered and where in the track the listener is. It has no clock and no I/O; who asks it (the player, a simulation) keeps the
 * buffer and tells it of every download.
 *
 *   start() -> { window? -> tier? -> fetch -> measured } again and again
 *
 * `window` is asked whenever something was fetched and when another chunk begins to be heard; `tier` just before a request.
 */
import type { TierName } from "../../audio/index.ts";

/** A tier that may be used now. Of real encodes the average is well below the name (docs/chunk-format.md), and chunks vary. */
export interface Rung {
  readonly tier: TierName;
  /** What the tier takes on average. */
  readonly rateKbps: number;
  /** Size of the chunk that is fetched next. */
  readonly nextBytes: number;
}

export interface AbrSituation {
  /** The tiers that may be used, lowest first. Never empty. */
  readonly rungs: readonly Rung[];
  /** Tier of the chunk that was fetched before; null at the start of playback. */
  readonly previous: TierName | null;
  /** Length of the next chunk. */
  readonly chunkMs: number;
  /** Audio that is fetched and not yet heard, without a gap. */
  readonly aheadMs: number;
  /** Where in its track the listener is. */
  readonly heardMs: number;
  /** What is left of that track to hear. */
  readonly leftMs: number;
}

/** How far ahead may be fetched, in order. */
export interface AbrWindow {
  /** Chunks after the one that is heard, those of the next track included. At least 1. */
  readonly ahead: number;
  /** Of these, at most so many of the next track. */
  readonly intoNext: number;
}

/** A chunk that arrived whole over the network; none is told for one that was in a cache or was given up. */
export interface AbrDownload {
  readonly tier: TierName;
  readonly bytes: number;
  /** From the request to the first byte. */
  readonly waitMs: number;
  /** From the first byte to the last. */
  readonly bodyMs: number;
}

/** One playback's policy; holds what it has learnt. */
export interface Abr {
  /** Tier of the next chunk, one of `rungs`. */
  tier(situation: AbrSituation): TierName;
  window(situation: AbrSituation): AbrWindow;
  measured(download: AbrDownload): void;
}

export interface AbrPolicy {
  readonly name: string;
  start(): Abr;
}

/** Decides the tier, when the window is another's business. */
export type TierRule = Pick<Abr, "tier" | "measured">;

/** How far ahead, when that depends on the place in the track alone. */
export type WindowRule = (situation: AbrSituation) => AbrWindow;

/** A policy of a rule for the tier and a rule for the window. */
export const abrPolicy = (name: string, rule: () => TierRule, window: WindowRule): AbrPolicy => ({ name, start: () => ({ ...rule(), window }) });

/** From the request to the last byte, in kbit/s: what the listener's next request may expect. */
export const throughputKbps = ({ bytes, waitMs, bodyMs }: AbrDownload): number => (bytes * 8) / Math.max(waitMs + bodyMs, leastMs);

/** A body that was there at once says nothing about the link but that it is fast. */
const leastMs = 1;

/** The rung of `tier`, else the best one below it, else the lowest. */
export function rungOf(rungs: readonly Rung[], tier: TierName | null): number {
  const exact = rungs.findIndex((rung) => rung.tier === tier);
  if (exact >= 0 || tier === null) return Math.max(exact, 0);
  return Math.max(0, rungs.findLastIndex((rung) => order.indexOf(rung.tier) < order.indexOf(tier)));
}

const order: readonly TierName[] = ["96", "160", "320", "flac"];

/** The tier at `index`, which is kept within the rungs. Throws RangeError when there are none. */
export function tierAt(rungs: readonly Rung[], index: number): TierName {
  const rung = rungs[Math.min(Math.max(index, 0), rungs.length - 1)];
  if (rung === undefined) throw new RangeError("no tier is available");
  return rung.tier;
}
