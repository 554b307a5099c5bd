import { describe, expect, test } from "@jest/globals";
import { analyse, energy, key, tempo } from "./index.ts";
import { Spectrum } from "./fft.ts";

const rate = 22_050;

/** `seconds` of decaying clicks at `bpm`. */
function clicks(bpm: number, seconds = 60): Float32Array {
  const samples = new Float32Array(rate * seconds);
  for (let beat = 0; ; beat++) {
    const at = Math.round((beat * 60 * rate) / bpm);
    if (at >= samples.length) return samples;
    for (let i = 0; i < 600 && at + i < samples.length; i++) samples[at + i] = 0.8 * Math.exp(-i / 100) * Math.sin(i / 4);
  }
}

function chord(midi: readonly number[], seconds = 10): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, n) => midi.reduce((sum, note) => sum + 0.1 * Math.sin((2 * Math.PI * 440 * 2 ** ((note - 69) / 12) * n) / rate), 0));
}

/** Deterministic white noise in -1..1 (xorshift). */
function noise(seconds: number, amplitude: number): Float32Array {
  let state = 88_172_645;
  return Float32Array.from({ length: rate * seconds }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (amplitude * state) / 2 ** 31;
  });
}

describe("spectrum", () => {
  test("is the discrete Fourier transform of the windowed signal", () => {
    const size = 64;
    const samples = noise(1, 1).subarray(0, size);
    const power = new Spectrum(size).of(samples, 0);
    for (let k = 0; k < size / 2; k++) {
      let re = 0, im = 0;
      for (let n = 0; n < size; n++) {
        const x = (samples[n] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size));
        re += x * Math.cos((2 * Math.PI * k * n) / size);
        im -= x * Math.sin((2 * Math.PI * k * n) / size);
      }
      expect(power[k]).toBeCloseTo(re * re + im * im, 3);
    }
  });
});

describe("tempo", () => {
  test.each([70, 78.5, 90, 100, 107.3, 120, 128, 135.1, 140])("clicks at %d beats a minute are found within 0.3", (bpm) => {
    const found = tempo(clicks(bpm), rate);
    expect(Math.abs((found?.value ?? 0) - bpm)).toBeLessThan(0.3);
    expect(found?.confidence).toBeGreaterThan(0.5);
  });

  test("fast clicks may be heard an octave lower, never as something else", () => {
    const found = tempo(clicks(174), rate)?.value ?? 0;
    expect(Math.min(Math.abs(found - 174), Math.abs(found - 87))).toBeLessThan(0.3);
  });

  test("noise has no beat worth believing, a few seconds and silence have none", () => {
    expect(tempo(noise(30, 0.3), rate)?.confidence ?? 0).toBeLessThan(0.3);
    expect(tempo(clicks(120, 4), rate)).toBeNull();
    expect(tempo(new Float32Array(rate * 20), rate)).toBeNull();
  });
});

describe("key", () => {
  test.each([
    ["C major", [60, 64, 67]],
    ["G major", [55, 59, 62, 67]],
    ["A minor", [57, 60, 64]],
    ["F# minor", [54, 57, 61]],
    ["D# major", [51, 55, 58]],
  ])("the chord of %s is heard as that", (name, midi) => {
    const found = key(chord(midi), rate);
    expect(found?.value).toBe(name);
    expect(found?.confidence).toBeGreaterThan(0.3);
  });

  test("a cadence decides between relative keys", () => {
    const cadence = [[57, 60, 64], [62, 65, 69], [64, 68, 71], [57, 60, 64]].flatMap((notes) => [...chord(notes, 3)]);
    expect(key(Float32Array.from(cadence), rate)?.value).toBe("A minor");
  });

  test("silence has none", () => {
    expect(key(new Float32Array(rate * 10), rate)).toBeNull();
  });
});

describe("energy", () => {
  test("rises with loudness and brightness, within 0 and 1", () => {
    const soft = energy(chord([48, 52, 55], 20).map((x) => x * 0.1), rate)?.value ?? 1;
    const full = energy(chord([48, 52, 55], 20), rate)?.value ?? 1;
    const harsh = energy(noise(20, 0.9), rate)?.value ?? 0;
    expect(soft).toBeGreaterThanOrEqual(0);
    expect(full).toBeGreaterThan(soft);
    expect(harsh).toBeGreaterThan(full);
    expect(harsh).toBeLessThanOrEqual(1);
  });

  test("silence and half a second have none", () => {
    expect(energy(new Float32Array(rate * 10), rate)).toBeNull();
    expect(energy(noise(1, 0.5).subarray(0, rate / 2), rate)).toBeNull();
  });
});

test("a minute of sound costs a fraction of a second", () => {
  const minute = clicks(120);
  analyse(minute, rate);
  const before = process.cpuUsage();
  analyse(minute, rate);
  const { user } = process.cpuUsage(before);
  expect(user / 1e6).toBeLessThan(0.5);
});
