/**
 * A day on which nothing happens, again and again: its arrivals, scaled so that the world's streams at one time are `concurrent` at most,
 * and what follows from them. Happenings change it; the service is made for it.
 */
import { expectedArrivals, type ArrivalsDescription } from "../arrivals/index.ts";
import { DescriptionError } from "../description/index.ts";
import type { WorldDay } from "./description.ts";
import { inverse, transformed } from "./fourier.ts";
import { kernelsOf, type Kernels } from "./kernels.ts";
import { playLengthsS } from "./lengths.ts";

export interface Baseline {
  readonly stepS: number;
  readonly kernels: Kernels;
  /** Equally likely, in s. */
  readonly playLengthsS: Float64Array;
  /** Steps of a day; the curves below have as many elements. */
  readonly daySteps: number;
  readonly regions: readonly RegionBaseline[];
  readonly peakPlaying: number;
  readonly meanPlaying: number;
  readonly peakPlays: number;
}

export interface RegionBaseline {
  /** Sessions that begin in a step. */
  readonly arrivals: Float64Array;
  readonly sessions: Float64Array;
  readonly playing: Float64Array;
  /** Per s. */
  readonly plays: Float64Array;
  readonly peakPlaying: number;
  readonly peakSessions: number;
  readonly peakPlays: number;
}

const dayS = 86_400;

export function baselineOf(day: WorldDay, stepS: number): Baseline {
  if (!(stepS >= 1) || !Number.isInteger(dayS / stepS)) throw new DescriptionError("stepS", stepS, "from 1, a whole part of a day");
  const daySteps = dayS / stepS;
  const lengths = playLengthsS(day.listener);
  const kernels = kernelsOf({ playLengthsS: lengths, pauses: day.listener.pauses, sessions: day.listener.sessions }, stepS);
  const shares = day.regions.map((region) => arrivalsOf(day, region, stepS, daySteps));
  const unscaled = shares.map((arrivals) => periodic(arrivals, kernels.playing));
  const scale = day.concurrent / highest(summed(unscaled));
  const regions = shares.map((share, n): RegionBaseline => {
    const arrivals = share.map((value) => value * scale);
    const [sessions, plays] = [periodic(arrivals, kernels.inSession), periodic(arrivals, kernels.starts).map((count) => count / stepS)];
    const playing = (unscaled[n] ?? arrivals).map((value) => value * scale);
    return { arrivals, sessions, playing, plays, peakPlaying: highest(playing), peakSessions: highest(sessions), peakPlays: highest(plays) };
  });
  const world = summed(regions.map(({ playing }) => playing));
  return { stepS, kernels, playLengthsS: lengths, daySteps, regions, peakPlaying: highest(world), meanPlaying: world.reduce((sum, value) => sum + value, 0) / daySteps, peakPlays: highest(summed(regions.map(({ plays }) => plays))) };
}

function arrivalsOf(day: WorldDay, { share, name, offsetHours }: WorldDay["regions"][number], stepS: number, daySteps: number): Float64Array {
  const description: ArrivalsDescription = { type: "diurnal", ratePerS: share, startHour: 0, regions: [{ name, share: 1, offsetHours }], ...(day.curve === undefined ? {} : { hours: day.curve }) };
  return Float64Array.from({ length: daySteps }, (_, n) => expectedArrivals(description, n * stepS * 1_000, (n + 1) * stepS * 1_000));
}

/** Arrivals of every day since ever, convolved with a kernel. */
function periodic(arrivals: Float64Array, kernel: Float64Array): Float64Array {
  const { length } = arrivals;
  const days = Math.ceil(kernel.length / length);
  const span = length * (days + 1);
  let size = 1;
  while (size < span + kernel.length) size *= 2;
  const [many, one] = [transformed(Float64Array.from({ length: span }, (_, n) => arrivals[n % length] ?? 0), size), transformed(kernel, size)];
  for (let n = 0; n < size; n++) {
    const [re, im] = [many.re[n] as number, many.im[n] as number];
    many.re[n] = re * (one.re[n] as number) - im * (one.im[n] as number);
    many.im[n] = re * (one.im[n] as number) + im * (one.re[n] as number);
  }
  return inverse(many).subarray(days * length, span);
}

export function summed(parts: readonly Float64Array[]): Float64Array {
  return (parts[0] ?? new Float64Array()).map((_, n) => parts.reduce((sum, part) => sum + (part[n] ?? 0), 0));
}

export const highest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, value), 0);
