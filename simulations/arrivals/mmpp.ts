/** Bursts: a Poisson process whose rate changes between two values after exponential times (MMPP of two phases). Times in ms. */
import type { Stream } from "../random/index.ts";
import type { MmppDescription } from "./description.ts";

/** Of the time, that of phase 0. */
const firstShare = ({ meanStayMs: [one, other] }: MmppDescription): number => one / (one + other);

export const mmppMeanPerS = (mmpp: MmppDescription): number => firstShare(mmpp) * mmpp.ratesPerS[0] + (1 - firstShare(mmpp)) * mmpp.ratesPerS[1];

/**
 * Variance over mean of the arrivals in windows of `windowMs`: 1 + (variance of the rate's integral) / mean, with the rate's covariance
 * p0 p1 (r0 - r1)^2 exp(-u (1/m0 + 1/m1)) (Fischer and Meier-Hellstern 1993).
 */
export function dispersionIndex(mmpp: MmppDescription, windowMs: number): number {
  const share = firstShare(mmpp);
  const [one, other] = mmpp.ratesPerS.map((perS) => perS / 1_000);
  const perMs = 1 / mmpp.meanStayMs[0] + 1 / mmpp.meanStayMs[1];
  const variance = share * (1 - share) * ((one ?? 0) - (other ?? 0)) ** 2;
  const decay = perMs * windowMs;
  return 1 + (2 * variance * (decay + Math.expm1(-decay))) / perMs ** 2 / ((mmppMeanPerS(mmpp) / 1_000) * windowMs);
}

export interface Phase {
  readonly untilMs: number;
  readonly ratePerMs: number;
}

/** Phases from `fromMs` on, without end, the first drawn as it is after a long time. The same `stream` gives every generator of a run the same bursts. */
export function* phases(mmpp: MmppDescription, stream: Stream, fromMs: number): Generator<Phase, never, undefined> {
  let phase: 0 | 1 = stream.chance(firstShare(mmpp)) ? 0 : 1;
  let untilMs = fromMs;
  for (;;) {
    untilMs += stream.exponential(mmpp.meanStayMs[phase]);
    yield { untilMs, ratePerMs: mmpp.ratesPerS[phase] / 1_000 };
    phase = phase === 0 ? 1 : 0;
  }
}
