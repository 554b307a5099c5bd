/** Track lengths, from quantiles. A track keeps its length when its quantile comes from what names it rather than from a draw. */
import type { Quantile } from "./description.ts";

/** Length in s at `quantile` in [0, 1]. */
export function trackS(points: readonly Quantile[], quantile: number): number {
  for (let n = 1; n < points.length; n++) {
    const [before, point] = [points[n - 1], points[n]];
    if (before !== undefined && point !== undefined && quantile <= point.quantile) return before.lengthS + ((point.lengthS - before.lengthS) * (quantile - before.quantile)) / (point.quantile - before.quantile);
  }
  return points.at(-1)?.lengthS ?? 0;
}

export function meanTrackS(points: readonly Quantile[]): number {
  return points.slice(1).reduce((sum, point, n) => sum + ((point.quantile - (points[n]?.quantile ?? 0)) * (point.lengthS + (points[n]?.lengthS ?? 0))) / 2, 0);
}
