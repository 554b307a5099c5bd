/** How long plays and pauses last, as tables that the fluid integrates and the events draw from: one description, so that both see the same listeners. */
import { playAtS, trackS, type ListenerDescription } from "../listener/index.ts";
import type { Stream } from "../random/index.ts";

export type Pauses = ListenerDescription["pauses"];

const tracks = 256;
const skipsOf = 512;
const buckets = 4_096;

/** Lengths of plays in s, ascending, each as likely as the others: means of equal parts of the distribution, so its mean is kept. */
export function playLengthsS({ trackS: quantiles, skips }: Pick<ListenerDescription, "trackS" | "skips">): Float64Array {
  const all = new Float64Array(tracks * skipsOf);
  for (let track = 0; track < tracks; track++) {
    const lengthS = trackS(quantiles, (track + 0.5) / tracks);
    for (let skip = 0; skip < skipsOf; skip++) all[track * skipsOf + skip] = playAtS(skips, lengthS, (skip + 0.5) / skipsOf);
  }
  all.sort();
  const each = all.length / buckets;
  return Float64Array.from({ length: buckets }, (_, n) => meanOf(all.subarray(n * each, (n + 1) * each)));
}

export const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Shares of plays with a short pause before them alone, a long one alone, and both. */
export function pauseShares({ none, short, long }: Pauses): { readonly short: number; readonly long: number; readonly both: number } {
  const both = Math.max(0, none + short + long - 1);
  return { short: short - both, long: long - both, both };
}

export function meanPauseS(pauses: Pauses): number {
  return pauses.short * pauses.shortMeanS + pauses.long * pauses.longMeanS;
}

export function drawPauseS({ none, short, long, shortMeanS, longMeanS }: Pauses, stream: Stream): number {
  const u = stream.next();
  if (u < none) return 0;
  return (u < none + short ? stream.exponential(shortMeanS) : 0) + (u >= 1 - long ? stream.exponential(longMeanS) : 0);
}

/** E[(pause - t)+]: what its share of each step follows from. */
export function pauseBeyondS(pauses: Pauses, t: number): number {
  const { shortMeanS, longMeanS } = pauses;
  const shares = pauseShares(pauses);
  return shares.short * beyond(shortMeanS, t) + shares.long * beyond(longMeanS, t) + shares.both * beyondBoth(shortMeanS, longMeanS, t);
}

const beyond = (meanS: number, t: number): number => (meanS === 0 ? 0 : meanS * Math.exp(-t / meanS));

/** Of the sum of two exponential times. */
function beyondBoth(oneS: number, otherS: number, t: number): number {
  if (Math.abs(oneS - otherS) <= 1e-6 * (oneS + otherS)) return oneS === 0 ? 0 : Math.exp(-t / oneS) * (2 * oneS + t);
  return (oneS * beyond(oneS, t) - otherS * beyond(otherS, t)) / (oneS - otherS);
}
