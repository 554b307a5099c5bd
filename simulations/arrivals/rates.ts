/** What a description of arrivals amounts to: rates at a time, on average and at most, and expected counts. Times in ms, rates per second. */
import { unheardOf } from "../description/index.ts";
import { curveOf, type RateCurve } from "./curve.ts";
import type { ArrivalsDescription, CurveDescription, ReplayDescription, SpikeDescription } from "./description.ts";
import { mmppMeanPerS } from "./mmpp.ts";
import { replayed } from "./replay.ts";
import { spikeAt, spikeBends } from "./spike.ts";

/** Of a burst process the mean over both phases; of a recording what came within half a second on either side. */
export function rateAt(description: ArrivalsDescription, atMs: number): number {
  switch (description.type) {
    case "constant":
      return description.ratePerS;
    case "mmpp":
      return mmppMeanPerS(description);
    case "replay":
      return countBetween(dueTimes(description), atMs - 500, atMs + 500);
    case "spike":
      return curveOf(description.base).at(atMs) * 1_000 * (1 + spikeAt(description, atMs));
    case "poisson":
    case "piecewise":
    case "diurnal":
      return curveOf(description).at(atMs) * 1_000;
    default:
      return unheardOf("arrivals.type", description);
  }
}

/** Arrivals expected from `fromMs` to `untilMs`. */
export function expectedArrivals(description: ArrivalsDescription, fromMs: number, untilMs: number): number {
  switch (description.type) {
    case "constant":
    case "mmpp":
      return (rateAt(description, fromMs) * (untilMs - fromMs)) / 1_000;
    case "replay":
      return countBetween(dueTimes(description), fromMs, untilMs);
    case "spike":
      return spikeIntegral(description, fromMs, untilMs);
    case "poisson":
    case "piecewise":
    case "diurnal":
      return curveOf(description).integral(fromMs, untilMs);
    default:
      return unheardOf("arrivals.type", description);
  }
}

export const meanRatePerS = (description: ArrivalsDescription, fromMs: number, untilMs: number): number => (expectedArrivals(description, fromMs, untilMs) * 1_000) / (untilMs - fromMs);

/** The highest rate from `fromMs` to `untilMs`; of a burst process its faster phase, of a recording the second with most. */
export function peakRatePerS(description: ArrivalsDescription, fromMs: number, untilMs: number): number {
  switch (description.type) {
    case "constant":
      return description.ratePerS;
    case "mmpp":
      return Math.max(...description.ratesPerS);
    case "replay":
      return busiestSecond(dueTimes(description).filter((atMs) => atMs >= fromMs && atMs < untilMs));
    case "spike": {
      const curve = curveOf(description.base);
      const rate = (atMs: number) => curve.at(atMs) * (1 + spikeAt(description, atMs));
      return 1_000 * stretches(curve, description, fromMs, untilMs).reduce((peak, [from, until]) => Math.max(peak, highest(rate, from, until)), 0);
    }
    case "poisson":
    case "piecewise":
    case "diurnal": {
      const curve = curveOf(description);
      // Just before a bend too: the rate may step there.
      return 1_000 * Math.max(...curve.bends(fromMs, untilMs).flatMap((atMs) => [curve.at(atMs), curve.at(Math.max(fromMs, atMs - 1e-6))]));
    }
    default:
      return unheardOf("arrivals.type", description);
  }
}

/** Of the arrivals at `atMs`, those that a release adds: they go to its tracks. */
export function excessShare(description: ArrivalsDescription, atMs: number): number {
  if (description.type !== "spike") return 0;
  const excess = spikeAt(description, atMs);
  return excess / (1 + excess);
}

/** The same with all rates times `factor`. A recording cannot be made denser: it stays as it is at 1 and is refused otherwise. */
export function scaled(description: ArrivalsDescription, factor: number): ArrivalsDescription {
  switch (description.type) {
    case "constant":
      return { ...description, ratePerS: description.ratePerS * factor };
    case "mmpp":
      return { ...description, ratesPerS: [description.ratesPerS[0] * factor, description.ratesPerS[1] * factor] };
    case "replay":
      if (factor === 1) return description;
      throw new RangeError(`a recording of ${description.timesMs.length} arrivals cannot be scaled by ${factor}`);
    case "spike":
      return { ...description, base: scaledCurve(description.base, factor) };
    case "poisson":
    case "piecewise":
    case "diurnal":
      return scaledCurve(description, factor);
    default:
      return unheardOf("arrivals.type", description);
  }
}

function scaledCurve(description: CurveDescription, factor: number): CurveDescription {
  if (description.type === "piecewise") return { ...description, points: description.points.map(({ atMs, ratePerS }) => ({ atMs, ratePerS: ratePerS * factor })) };
  return { ...description, ratePerS: description.ratePerS * factor };
}

function dueTimes(description: ReplayDescription): readonly number[] {
  const times = recordings.get(description) ?? replayed(description.timesMs, (atMs) => ({ atMs }), description).map(({ atMs }) => atMs);
  recordings.set(description, times);
  return times;
}

const recordings = new WeakMap<ReplayDescription, readonly number[]>();
const countBetween = (times: readonly number[], fromMs: number, untilMs: number): number => firstFrom(times, untilMs) - firstFrom(times, fromMs);

function firstFrom(times: readonly number[], fromMs: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function busiestSecond(times: readonly number[]): number {
  let [first, most] = [0, 0];
  for (const [n, atMs] of times.entries()) {
    while (atMs - (times[first] ?? atMs) >= 1_000) first++;
    most = Math.max(most, n - first + 1);
  }
  return most;
}

/** Stretches between bends, on which the rate is smooth. */
function stretches(curve: RateCurve, spike: SpikeDescription, fromMs: number, untilMs: number): [number, number][] {
  const times = [...curve.bends(fromMs, untilMs), ...spikeBends(spike, fromMs, untilMs)].toSorted((one, other) => one - other);
  return times.slice(1).map((until, n) => [times[n] ?? fromMs, until]);
}

/** By Gauss and Legendre with 5 points on stretches of at most tau / 4 or a 32nd of the ramp: exact to 1e-10 of it. */
function spikeIntegral(spike: SpikeDescription, fromMs: number, untilMs: number): number {
  const curve = curveOf(spike.base);
  return stretches(curve, spike, fromMs, untilMs).reduce((sum, [from, until]) => {
    const half = (until - from) / 2;
    return sum + half * gaussPoints.reduce((inner, [x, weight]) => inner + weight * curve.at(from + half * (1 + x)) * (1 + spikeAt(spike, from + half * (1 + x))), 0);
  }, 0);
}

const gaussPoints = [
  [0, 0.5688888888888889],
  [-0.5384693101056831, 0.47862867049936647],
  [0.5384693101056831, 0.47862867049936647],
  [-0.906179845938664, 0.23692688505618908],
  [0.906179845938664, 0.23692688505618908],
] as const;

/** Of a smooth function on a short stretch, by narrowing to its higher third. */
function highest(of: (at: number) => number, from: number, until: number): number {
  let [low, high] = [from, until];
  for (let n = 0; n < 60; n++) {
    const third = (high - low) / 3;
    if (of(low + third) < of(high - third)) low += third;
    else high -= third;
  }
  return Math.max(of(from), of(until), of((low + high) / 2));
}
