/** How much of a track is listened to, from the share of plays that are skipped by a time. Times in s of the track, without seeks. */
import type { Stream } from "../random/index.ts";
import type { SkipCurve } from "./description.ts";

interface Corner {
  readonly atS: number;
  readonly share: number;
}

/** Share of plays of a track of `lengthS` that are listened to until `atS` at least. */
export function reachShare(curve: SkipCurve, lengthS: number, atS: number): number {
  if (atS > lengthS) return 0;
  const corners = cornersOf(curve, lengthS);
  for (let n = 1; n < corners.length; n++) {
    const [before, corner] = [corners[n - 1] ?? start, corners[n] ?? start];
    if (atS <= corner.atS) return 1 - before.share - ((corner.share - before.share) * Math.max(0, atS - before.atS)) / (corner.atS - before.atS);
  }
  return 0;
}

/** P(a listener gets to chunk j) for every chunk of a track. */
export function chunkReach(curve: SkipCurve, lengthS: number, chunkS: number): readonly number[] {
  return Array.from({ length: Math.ceil(lengthS / chunkS) }, (_, chunk) => reachShare(curve, lengthS, chunk * chunkS));
}

/** Mean time listened to a track of `lengthS`. */
export function meanPlayS(curve: SkipCurve, lengthS: number): number {
  const corners = cornersOf(curve, lengthS);
  return corners.slice(1).reduce((sum, corner, n) => sum + (corner.atS - (corners[n]?.atS ?? 0)) * (1 - (corner.share + (corners[n]?.share ?? 0)) / 2), 0);
}

/** How long one play of a track of `lengthS` is; `lengthS` itself when it was not skipped. One draw. */
export function playS(curve: SkipCurve, lengthS: number, stream: Stream): number {
  return playAtS(curve, lengthS, stream.next());
}

/** The play at `u` of [0, 1): skipped ones first, by the time of the skip; then those that reach the end. */
export function playAtS(curve: SkipCurve, lengthS: number, u: number): number {
  if (u >= curve.scale * curve.beforeEnd) return lengthS;
  const corners = cornersOf(curve, lengthS);
  for (let n = 1; n < corners.length; n++) {
    const [before, corner] = [corners[n - 1] ?? start, corners[n] ?? start];
    if (u < corner.share) return before.atS + ((corner.atS - before.atS) * (u - before.share)) / (corner.share - before.share);
  }
  return lengthS;
}

const start: Corner = { atS: 0, share: 0 };

/** A track that is shorter than a point of the curve loses that point: its last stretch leads to the share before the end. */
function cornersOf({ points, beforeEnd, scale }: SkipCurve, lengthS: number): readonly Corner[] {
  const within = points.filter(({ atS }) => atS < lengthS).map(({ atS, share }): Corner => ({ atS, share: share * scale }));
  return [start, ...within, { atS: lengthS, share: beforeEnd * scale }];
}
