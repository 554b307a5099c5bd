/**
 * Energy: how intense a track feels, 0 (a lullaby) to 1 (metal). Loudness, how little it varies, and how much of the
 * sound is high, mapped to 0..1 over the range of ordinary music. A coarse guide for playlists, hence the modest confidence.
 */
import type { Estimate } from "../../catalog/ingested.ts";

/** Energy of mono `samples` at `rate` Hz; null for less than a second and for silence. */
export function energy(samples: Float32Array, rate: number): Estimate<number> | null {
  const block = Math.round(rate / 10);
  const blocks = Math.floor(samples.length / block);
  if (blocks < 10) return null;
  const levels = new Float64Array(blocks);
  let power = 0;
  let slope = 0;
  for (let b = 0; b < blocks; b++) {
    let sum = 0;
    for (let i = Math.max(1, b * block); i < (b + 1) * block; i++) {
      const x = samples[i] as number, rise = x - (samples[i - 1] as number);
      sum += x * x;
      slope += rise * rise;
    }
    power += sum;
    levels[b] = 10 * Math.log10(1e-10 + sum / block);
  }
  const mean = power / (blocks * block);
  if (mean < 1e-8) return null;
  const loud = unit(10 * Math.log10(mean), -32, -8);
  // Power of the difference over power: the mean square frequency, without a transform.
  const bright = unit(Math.sqrt(slope / power) * (rate / (2 * Math.PI)), 300, 3000);
  const quiet = levels.toSorted()[Math.floor(blocks / 10)] as number;
  const dense = 1 - unit(10 * Math.log10(mean) - quiet, 2, 24);
  return { value: Math.round((0.55 * loud + 0.25 * bright + 0.2 * dense) * 100) / 100, confidence: Math.round(0.7 * Math.min(1, blocks / 200) * 100) / 100 };
}

const unit = (value: number, low: number, high: number) => Math.min(1, Math.max(0, (value - low) / (high - low)));
