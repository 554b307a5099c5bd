/**
 * Key: how strong each of the twelve notes is (peaks of the spectrum from 60 Hz to 2 kHz), held against the profiles that
 * Krumhansl and Kessler measured for major and minor keys (1982).
 */
import type { Estimate } from "../../catalog/ingested.ts";
import { Spectrum } from "./fft.ts";

const size = 8192;
const hop = 8192;
const names = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
const major = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88];
const minor = [6.33, 2.68, 3.52, 5.38, 2.6, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17];

/** Strength of the notes C to B in mono `samples` at `rate` Hz. */
function chroma(samples: Float32Array, rate: number): Float64Array {
  const spectrum = new Spectrum(size);
  const notes = new Float64Array(12);
  const lowest = Math.ceil((60 * size) / rate);
  const highest = Math.floor((2000 * size) / rate);
  for (let at = 0; at + size <= samples.length; at += hop) {
    const power = spectrum.of(samples, at);
    const frame = new Float64Array(12);
    let total = 0;
    for (let k = lowest; k <= highest; k++) {
      const b = power[k] as number;
      if (b <= (power[k - 1] as number) || b < (power[k + 1] as number)) continue;
      // Between the bins: a parabola through the log power of three.
      const a = Math.log(1e-12 + (power[k - 1] as number)), m = Math.log(1e-12 + b), c = Math.log(1e-12 + (power[k + 1] as number));
      const pitch = 69 + 12 * Math.log2((((k + (0.5 * (a - c)) / (a - 2 * m + c || 1)) * rate) / size) / 440);
      const near = Math.round(pitch);
      const strength = Math.sqrt(b) * (1 - 2 * Math.abs(pitch - near));
      if (strength <= 0) continue;
      const note = ((near % 12) + 12) % 12;
      frame[note] = (frame[note] as number) + strength;
      total += strength;
    }
    // Each frame counts the same: a loud ending must not decide alone.
    if (total > 1) for (let note = 0; note < 12; note++) notes[note] = (notes[note] as number) + (frame[note] as number) / total;
  }
  return notes;
}

/** "C major", "A minor", ...; null when there is no tonal sound. The confidence is the lead over the next best key. */
export function key(samples: Float32Array, rate: number): Estimate<string> | null {
  const notes = chroma(samples, rate);
  if (notes.every((strength) => strength === 0)) return null;
  const keys = names
    .flatMap((name, tonic) => [
      { value: `${name} major`, fit: correlation(notes, major, tonic) },
      { value: `${name} minor`, fit: correlation(notes, minor, tonic) },
    ])
    .toSorted((a, b) => b.fit - a.fit);
  const [best, next] = keys;
  if (best === undefined || next === undefined || !Number.isFinite(best.fit)) return null;
  // Weak fits are noise whatever their lead; a lead of 0.15 is as clear as music gets.
  const confidence = Math.max(0, best.fit) * (0.4 + 0.6 * Math.min(1, (best.fit - next.fit) / 0.15));
  return { value: best.value, confidence: Math.round(Math.min(1, confidence) * 100) / 100 };
}

function correlation(notes: Float64Array, profile: readonly number[], tonic: number): number {
  const meanNotes = notes.reduce((sum, value) => sum + value, 0) / 12;
  const meanProfile = profile.reduce((sum, value) => sum + value, 0) / 12;
  let both = 0, ofNotes = 0, ofProfile = 0;
  for (let i = 0; i < 12; i++) {
    const x = (notes[(i + tonic) % 12] as number) - meanNotes, y = (profile[i] as number) - meanProfile;
    both += x * y;
    ofNotes += x * x;
    ofProfile += y * y;
  }
  return both / Math.sqrt(ofNotes * ofProfile);
}
