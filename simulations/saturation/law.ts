/** The scalability law on what a search measured: served by load, and what it is allowed to say of loads that nobody measured. */
import { extrapolationFactor, fitScalability, isExtrapolated, peakSize, throughputAt, type ScalabilityFit, type ScalabilityPoint } from "../queueing/index.ts";

/** Points at which nothing was served say nothing of how serving grows. */
export function lawOf(points: readonly ScalabilityPoint[]): ScalabilityFit {
  return fitScalability(points.filter(({ size, perS }) => size > 0 && perS > 0));
}

export type Foretold = { readonly perS: number } | { readonly refused: string };

/** What the law says of a size; refused more than ten times beyond what was measured. */
export function foretold(fit: ScalabilityFit, size: number): Foretold {
  if (fit.verdict !== "fitted") return { refused: fit.because };
  if (isExtrapolated(fit.measuredTo, size)) return { refused: `${size} is more than ${extrapolationFactor} times the ${fit.measuredTo} that were measured` };
  return { perS: throughputAt(fit.law, size) };
}

/** A sentence: where more load would serve less, or why the law says nothing. `shown` names a load. */
export function lawSentence(fit: ScalabilityFit, shown: (size: number) => string): string {
  if (fit.verdict !== "fitted") return `No scalability law was fitted: ${fit.because}.`;
  const { law, intervals, measuredTo } = fit;
  const peak = peakSize(law);
  if (peak === undefined || intervals.kappa[0] <= 0) return "By the scalability law nothing measured here says that more load would serve less.";
  if (isExtrapolated(measuredTo, peak)) return `By the scalability law the most is served beyond ${extrapolationFactor} times what was measured, which is too far to say where.`;
  return `By the scalability law the most is served at ${shown(peak)}; beyond, more load serves less.`;
}
