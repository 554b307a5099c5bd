/** What a person sees of a live run while it goes on. */
import { progressLine, soFar, type Sample } from "../../simulations/index.ts";

/** A line every five seconds: it reads the same in a log. */
export function showProgress(series: readonly Sample[], { durationS, warmUpS }: { readonly durationS: number; readonly warmUpS: number }): void {
  const last = series.at(-1);
  if (last === undefined || last.atS % 5 !== 0) return;
  const { offeredPerS, inFlight, recent, all, failed } = soFar(series);
  console.log(progressLine({ elapsedS: last.atS, durationS, warmUpS, targetPerS: 0, offeredPerS, inFlight, recentP99Ms: recent.p99Ms, p50Ms: all.p50Ms, p99Ms: all.p99Ms, failed }, 160));
}
