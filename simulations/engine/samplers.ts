/**
 * Service times, in seconds, drawn from a station's own stream. All draw by inversion where there is one, so a stream read backwards
 * (antithetic) turns long services into short ones. None uses sines: their last bit differs between versions of V8.
 */
import { atLeast, above, InvalidOption } from "./errors.ts";

/** What a sampler draws from; a `Stream` is one. */
export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** In (0, 1]. */
  positive(): number;
}

/** May look at the job; those below do not. */
export type Sampler<J = unknown> = (chance: Chance, job: J) => number;

export function deterministic(seconds: number): Sampler {
  atLeast("seconds", seconds, 0);
  return () => seconds;
}

export function exponential(meanS: number): Sampler {
  above("meanS", meanS, 0);
  return (chance) => -meanS * Math.log(chance.positive());
}

/** By its mean and the squared coefficient of variation of the value (not of its logarithm). */
export function lognormal(meanS: number, cs2: number): Sampler {
  above("meanS", meanS, 0);
  above("cs2", cs2, 0);
  const sigma = Math.sqrt(Math.log(1 + cs2));
  const mu = Math.log(meanS) - (sigma * sigma) / 2;
  return (chance) => Math.exp(mu + sigma * normal(chance));
}

/** Two exponentials with balanced means (Whitt 1982), for a squared coefficient of variation of 1 and above: short calls and a few long ones. */
export function hyperexponential(meanS: number, cs2: number): Sampler {
  above("meanS", meanS, 0);
  atLeast("cs2", cs2, 1);
  const share = 0.5 * (1 + Math.sqrt((cs2 - 1) / (cs2 + 1)));
  const [shortS, longS] = [meanS / (2 * share), meanS / (2 * (1 - share))];
  return (chance) => (chance.next() < share ? shortS : longS) * -Math.log(chance.positive());
}

/** Draws again what a calibration saw. The array is used as it is: the caller leaves it alone. */
export function empirical(samplesS: readonly number[] | Float64Array): Sampler {
  if (samplesS.length === 0) throw new InvalidOption("samplesS", "empty", "at least one sample");
  for (const sample of samplesS) atLeast("samplesS", sample, 0);
  const { length } = samplesS;
  return (chance) => samplesS[Math.floor(chance.next() * length)] as number;
}

/** Standard normal, by the inverse of its distribution (Acklam 2003; relative error below 1.2e-9). */
function normal(chance: Chance): number {
  const p = chance.positive() - 2 ** -54;
  if (p < 0.02425) return -tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - 0.02425) return tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  const above = (((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r - 30.66479806614716) * r + 2.506628277459239) * q;
  return above / (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) * r + 1);
}

function tail(q: number): number {
  const above = ((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968) * q + 2.938163982698783;
  return -above / ((((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1);
}
