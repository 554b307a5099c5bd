/**
 * Tempo: onsets as the rise of log energy in bands (spectral flux), then the lag at which they repeat. Octave errors
 * (half, double) remain in ambiguous music; the confidence says how much the beat stands out, and consumers fold octaves.
 */
import type { Estimate } from "../../catalog/ingested.ts";
import { Spectrum } from "./fft.ts";

const size = 1024;
const hop = 512;
/** Upper edges of the bands in FFT bins: octaves below, half octaves above. */
const edges = [2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];
const slowestBpm = 50;
const fastestBpm = 200;

/** Rise of log energy per frame, its local mean taken away; `rate` / 512 frames a second. */
function onsets(samples: Float32Array): Float32Array {
  const frames = Math.max(0, Math.floor((samples.length - size) / hop) + 1);
  const spectrum = new Spectrum(size);
  const flux = new Float32Array(frames);
  const before = new Float64Array(edges.length);
  for (let f = 0; f < frames; f++) {
    const power = spectrum.of(samples, f * hop);
    let rise = 0;
    let bin = 1;
    for (let b = 0; b < edges.length; b++) {
      let sum = 0;
      for (const edge = edges[b] as number; bin < edge; bin++) sum += power[bin] as number;
      // 1e-3: about -80 dB of full scale in one band; quieter is noise, not rhythm.
      const level = Math.log(1e-3 + sum);
      if (f > 0) rise += Math.max(0, level - (before[b] as number));
      before[b] = level;
    }
    flux[f] = rise;
  }
  return withoutLocalMean(flux, 16);
}

function withoutLocalMean(values: Float32Array, reach: number): Float32Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = (sums[i] as number) + (values[i] as number);
  return values.map((value, i) => {
    const from = Math.max(0, i - reach), to = Math.min(values.length, i + reach + 1);
    return Math.max(0, value - ((sums[to] as number) - (sums[from] as number)) / (to - from));
  });
}

/** Beats per minute of mono `samples` at `rate` Hz; null for less than 6 s and for sound without onsets. */
export function tempo(samples: Float32Array, rate: number): Estimate<number> | null {
  if (samples.length < 6 * rate) return null;
  const perMinute = (60 * rate) / hop;
  const flux = onsets(samples);
  const longest = Math.min(flux.length - 1, Math.ceil((8.5 * perMinute) / slowestBpm));
  const similarity = autocorrelation(flux, longest);
  const power = similarity[0] as number;
  if (power <= 0) return null;
  let best = 0;
  let bestScore = -Infinity;
  // A quarter of a frame is finer than what parabolas between neighbours can tell apart.
  for (let lag = perMinute / fastestBpm; lag <= perMinute / slowestBpm; lag += 0.25) {
    let comb = 0;
    for (let multiple = 1; multiple <= 4; multiple++) comb += between(similarity, lag * multiple) / multiple;
    // People tap near 120 (log-normal, Moelants 2002); it only decides between octaves.
    const score = comb * Math.exp(-0.5 * (Math.log2(perMinute / lag / 120) / 0.9) ** 2);
    if (score > bestScore) [best, bestScore] = [lag, score];
  }
  const lag = refine(similarity, best);
  // What two moments have in common anyway, beat or not, is the square of the mean.
  const chance = (flux.reduce((sum, value) => sum + value, 0) / flux.length) ** 2;
  const salience = (between(similarity, lag) - chance) / (power - chance || 1);
  return { value: Math.round((perMinute / lag) * 10) / 10, confidence: Math.round(Math.min(1, Math.max(0, salience * 1.3)) * 100) / 100 };
}

/** Sharpens `lag` at its multiples: the same error in frames is a smaller error in tempo eight beats later. */
function refine(similarity: Float64Array, lag: number): number {
  let refined = lag;
  for (let multiple = 1; multiple <= 8; multiple *= 2) {
    const around = refined * multiple;
    let peak = Math.round(around);
    for (let i = Math.ceil(around - 1.5); i <= around + 1.5; i++) if ((similarity[i] ?? -Infinity) > (similarity[peak] ?? -Infinity)) peak = i;
    const a = similarity[peak - 1], b = similarity[peak], c = similarity[peak + 1];
    if (a === undefined || b === undefined || c === undefined || b <= 0 || b < a || b < c) break;
    const bend = a - 2 * b + c;
    refined = (peak + (bend === 0 ? 0 : (0.5 * (a - c)) / bend)) / multiple;
  }
  return refined;
}

function autocorrelation(values: Float32Array, longest: number): Float64Array {
  const sums = new Float64Array(longest + 1);
  for (let lag = 0; lag <= longest; lag++) {
    let sum = 0;
    for (let i = lag; i < values.length; i++) sum += (values[i] as number) * (values[i - lag] as number);
    sums[lag] = sum / (values.length - lag);
  }
  return sums;
}

function between(values: Float64Array, at: number): number {
  const low = Math.floor(at);
  return (values[low] ?? 0) * (low + 1 - at) + (values[low + 1] ?? 0) * (at - low);
}
