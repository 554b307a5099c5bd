/** The release spike: what it adds to its base, and a bound of that for thinning. Times in ms. */
import type { SpikeDescription } from "./description.ts";

/** By how much the rate is above its base: 0 before the start, at most `amplitude`. */
export function spikeAt(spike: SpikeDescription, atMs: number): number {
  return spikeBound(spike, atMs, atMs);
}

/** At least what `spikeAt` is between `fromMs` and `untilMs`, for the ramp only rises and the fall only falls. */
export function spikeBound({ startMs, rampMs, tauMs, amplitude, holdMs }: SpikeDescription, fromMs: number, untilMs: number): number {
  const fallsFromMs = holdMs === undefined ? startMs : startMs + rampMs + holdMs;
  const ramp = Math.min(1, Math.max(0, (untilMs - startMs) / rampMs));
  return amplitude * ramp * Math.exp(-Math.max(0, fromMs - fallsFromMs) / tauMs);
}

/** Times at which the spike bends between `fromMs` and `untilMs`, with further ones so that no stretch is long against what changes there. */
export function spikeBends(spike: SpikeDescription, fromMs: number, untilMs: number): number[] {
  const { startMs, rampMs, tauMs, holdMs = 0 } = spike;
  const topMs = startMs + rampMs;
  const fallMs = spike.holdMs === undefined ? topMs : topMs + holdMs;
  const inRamp = Array.from({ length: rampSteps }, (_, n) => startMs + (rampMs * n) / rampSteps);
  const inFall = Array.from({ length: fallSteps }, (_, n) => fallMs + (tauMs * n) / 4);
  return [...inRamp, topMs, ...inFall].filter((atMs) => atMs > fromMs && atMs < untilMs);
}

const rampSteps = 32;
/** To exp(-40): what is left then is no arrival in any run. */
const fallSteps = 160;
