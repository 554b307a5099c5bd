/**
 * A small synthesiser for the demo library: wavetable voices, FM bells, drums, one reverb. Pure and deterministic: the
 * same piece gives the same samples on every machine, so the demo's track ids never change.
 */

export const rate = 44_100;

/** How a note sounds: the table fades from bright to dark, the level follows attack, decay, sustain and release (seconds). */
export interface Voice {
  readonly bright: readonly number[];
  readonly dark: readonly number[];
  readonly fade: number;
  readonly attack: number;
  readonly decay: number;
  readonly sustain: number;
  readonly release: number;
  /** Copies of the voice, this many cents apart, spread over the stereo field. */
  readonly detune: readonly number[];
  readonly gain: number;
  /** Share that goes to the reverb. */
  readonly wet: number;
}

/** Strengths of the harmonics 1, 2, 3, ... */
const saw = (n: number, slope = 1) => Array.from({ length: n }, (_, k) => 1 / (k + 1) ** slope);
const odd = (n: number, slope = 1) => Array.from({ length: n }, (_, k) => (k % 2 === 0 ? 1 / (k + 1) ** slope : 0));

export const voices = {
  pad: { bright: saw(14, 1.3), dark: saw(5, 1.8), fade: 2.5, attack: 0.7, decay: 1.5, sustain: 0.75, release: 1.6, detune: [-7, 0, 7], gain: 0.09, wet: 0.5 },
  strings: { bright: saw(18, 1.15), dark: saw(9, 1.4), fade: 1.2, attack: 0.18, decay: 0.6, sustain: 0.8, release: 0.5, detune: [-5, 4], gain: 0.1, wet: 0.4 },
  organ: { bright: odd(9, 1.2), dark: odd(5, 1.6), fade: 0.8, attack: 0.02, decay: 0.3, sustain: 0.8, release: 0.12, detune: [0], gain: 0.12, wet: 0.25 },
  pluck: { bright: saw(20, 0.9), dark: saw(3, 2), fade: 0.12, attack: 0.003, decay: 0.45, sustain: 0, release: 0.2, detune: [0], gain: 0.2, wet: 0.35 },
  piano: { bright: saw(12, 1.1), dark: saw(4, 1.9), fade: 0.35, attack: 0.004, decay: 1.6, sustain: 0.05, release: 0.3, detune: [-1.5, 1.5], gain: 0.17, wet: 0.3 },
  bass: { bright: saw(10, 1.2), dark: saw(3, 1.7), fade: 0.15, attack: 0.006, decay: 0.5, sustain: 0.5, release: 0.08, detune: [0], gain: 0.26, wet: 0.02 },
  lead: { bright: odd(12, 1), dark: odd(6, 1.3), fade: 0.4, attack: 0.03, decay: 0.3, sustain: 0.7, release: 0.2, detune: [-4, 4], gain: 0.11, wet: 0.35 },
} satisfies Record<string, Voice>;

const tableSize = 2048;
const sine = Float32Array.from({ length: tableSize + 1 }, (_, i) => Math.sin((2 * Math.PI * i) / tableSize));
const tables = new Map<string, Float32Array>();

/** One period with as many of the `harmonics` as stay below half the sampling rate at `hz`; peak 1. */
function table(harmonics: readonly number[], hz: number): Float32Array {
  const count = Math.max(1, Math.min(harmonics.length, Math.floor((0.45 * rate) / hz)));
  const name = harmonics.slice(0, count).join();
  const made = tables.get(name);
  if (made !== undefined) return made;
  const wave = new Float32Array(tableSize + 1);
  for (let k = 0; k < count; k++) for (let i = 0; i <= tableSize; i++) wave[i] = (wave[i] as number) + (harmonics[k] as number) * (sine[((k + 1) * i) % tableSize] as number);
  const peak = wave.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  tables.set(name, wave.map((value) => value / peak));
  return tables.get(name) as Float32Array;
}

const hertz = (midi: number) => 440 * 2 ** ((midi - 69) / 12);

/** Stereo sound being mixed. Times are seconds from its start; what would sound after its end is dropped. */
export class Mix {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly #wet: Float32Array;
  #noise = 0x2545f491;

  constructor(seconds: number) {
    const samples = Math.round(seconds * rate);
    this.left = new Float32Array(samples);
    this.right = new Float32Array(samples);
    this.#wet = new Float32Array(samples);
  }

  /** Adds a note of `voice`. `pan` -1 (left) to 1, `velocity` 0 to 1. */
  note(voice: Voice, at: number, seconds: number, midi: number, velocity = 0.8, pan = 0): void {
    for (const [copy, cents] of voice.detune.entries()) {
      const spread = voice.detune.length === 1 ? 0 : (copy / (voice.detune.length - 1) - 0.5) * 1.2;
      this.#tone(voice, at, seconds, hertz(midi + cents / 100), (velocity * voice.gain) / Math.sqrt(voice.detune.length), Math.max(-1, Math.min(1, pan + spread)), copy * 0.37);
    }
  }

  #tone(voice: Voice, at: number, seconds: number, hz: number, gain: number, pan: number, phase: number): void {
    const bright = table(voice.bright, hz), dark = table(voice.dark, hz);
    const start = Math.round(at * rate);
    const end = Math.min(this.left.length, start + Math.round((seconds + voice.release) * rate));
    const gainLeft = gain * Math.cos(((pan + 1) * Math.PI) / 4), gainRight = gain * Math.sin(((pan + 1) * Math.PI) / 4);
    const step = (hz * tableSize) / rate;
    const held = seconds * rate, attack = voice.attack * rate, release = voice.release * rate;
    const darken = Math.exp(-1 / (voice.fade * rate)), settle = Math.exp(-1 / (voice.decay * rate));
    let at2 = (phase % 1) * tableSize, brightness = 1, fall = 1;
    for (let i = Math.max(0, start); i < end; i++) {
      const n = i - start;
      const index = at2 | 0, part = at2 - index;
      const high = (bright[index] as number) * (1 - part) + (bright[index + 1] as number) * part;
      const low = (dark[index] as number) * (1 - part) + (dark[index + 1] as number) * part;
      let level = voice.sustain + (1 - voice.sustain) * fall;
      if (n < attack) level *= n / attack;
      if (n > held) level *= 1 - (n - held) / release;
      const value = (low + (high - low) * brightness) * level;
      this.left[i] = (this.left[i] as number) + value * gainLeft;
      this.right[i] = (this.right[i] as number) + value * gainRight;
      this.#wet[i] = (this.#wet[i] as number) + value * gain * voice.wet;
      brightness *= darken;
      if (n >= attack) fall *= settle;
      at2 += step;
      if (at2 >= tableSize) at2 -= tableSize;
    }
  }

  /** A bell by frequency modulation (Chowning 1973): `ratio` between modulator and carrier, `index` its depth at the start. */
  bell(at: number, midi: number, velocity = 0.6, pan = 0, ratio = 3.51, index = 2.2, seconds = 2.5): void {
    const hz = hertz(midi), start = Math.round(at * rate), end = Math.min(this.left.length, start + Math.round(seconds * rate));
    const gainLeft = 0.13 * velocity * Math.cos(((pan + 1) * Math.PI) / 4), gainRight = 0.13 * velocity * Math.sin(((pan + 1) * Math.PI) / 4);
    const fall = Math.exp(-5 / (seconds * rate));
    let carrier = 0, modulator = 0, level = 1;
    for (let i = start; i < end; i++) {
      const depth = (index * level * tableSize) / (2 * Math.PI);
      const phase = carrier + depth * (sine[modulator | 0] as number) + 8 * tableSize;
      const value = (sine[(phase | 0) % tableSize] as number) * level * Math.min(1, (i - start) / 90);
      this.left[i] = (this.left[i] as number) + value * gainLeft;
      this.right[i] = (this.right[i] as number) + value * gainRight;
      this.#wet[i] = (this.#wet[i] as number) + value * 0.07 * velocity;
      carrier = (carrier + (hz * tableSize) / rate) % tableSize;
      modulator = (modulator + (hz * ratio * tableSize) / rate) % tableSize;
      level *= fall;
    }
  }

  kick(at: number, velocity = 1): void {
    this.#hit(at, 0.32, (t) => 0.75 * velocity * Math.sin(2 * Math.PI * (48 * t + 5.2 * (1 - Math.exp(-t * 28)))) * Math.exp(-t * 9), 0, 0.03);
  }

  snare(at: number, velocity = 1): void {
    this.#hit(at, 0.22, (t, noise) => velocity * (0.28 * noise * Math.exp(-t * 20) + 0.22 * Math.sin(2 * Math.PI * 185 * t) * Math.exp(-t * 26)), 0.1, 0.25);
  }

  hat(at: number, velocity = 1, open = false): void {
    let before = 0;
    this.#hit(at, open ? 0.25 : 0.07, (t, noise) => {
      const high = noise - before;
      before = noise;
      return 0.1 * velocity * high * Math.exp(-t * (open ? 14 : 60));
    }, -0.3, 0.08);
  }

  #hit(at: number, seconds: number, sound: (t: number, noise: number) => number, pan: number, wet: number): void {
    const start = Math.round(at * rate), end = Math.min(this.left.length, start + Math.round(seconds * rate));
    for (let i = start; i < end; i++) {
      const value = sound((i - start) / rate, this.#random());
      this.left[i] = (this.left[i] as number) + value * (1 - pan) * 0.8;
      this.right[i] = (this.right[i] as number) + value * (1 + pan) * 0.8;
      this.#wet[i] = (this.#wet[i] as number) + value * wet;
    }
  }

  /** White noise, -1 to 1 (xorshift). */
  #random(): number {
    this.#noise ^= this.#noise << 13;
    this.#noise ^= this.#noise >>> 17;
    this.#noise ^= this.#noise << 5;
    return this.#noise / 2 ** 31;
  }

  /** Adds the reverb, fades the ends and brings the loudest sample to `peak` (0.89: -1 dB). Stereo 16-bit samples, interleaved. */
  finish(options: { fadeIn?: number; fadeOut?: number; peak?: number } = {}): Int16Array<ArrayBuffer> {
    reverb(this.#wet, this.left, [1116, 1277, 1422, 1617]);
    reverb(this.#wet, this.right, [1139, 1300, 1445, 1640]);
    const samples = this.left.length;
    let peak = 1e-9;
    for (let i = 0; i < samples; i++) peak = Math.max(peak, Math.abs(this.left[i] as number), Math.abs(this.right[i] as number));
    // Pressed softly: peaks of drums may not decide how loud the rest is.
    const drive = 1.2 / peak, top = ((options.peak ?? 0.89) * 32_767) / Math.tanh(1.2);
    const fadeIn = (options.fadeIn ?? 0.02) * rate, fadeOut = (options.fadeOut ?? 2.5) * rate;
    const out = new Int16Array(2 * samples);
    for (let i = 0; i < samples; i++) {
      const fade = Math.min(1, i / Math.max(1, fadeIn), (samples - 1 - i) / Math.max(1, fadeOut));
      out[2 * i] = Math.round(Math.tanh((this.left[i] as number) * drive) * top * fade);
      out[2 * i + 1] = Math.round(Math.tanh((this.right[i] as number) * drive) * top * fade);
    }
    return out;
  }
}

/** Schroeder's reverb (1962): parallel combs with damped feedback, then an allpass; added to `into`. */
function reverb(from: Float32Array, into: Float32Array, delays: readonly number[]): void {
  const sum = new Float32Array(from.length);
  for (const delay of delays) {
    const line = new Float32Array(delay);
    let at = 0, damped = 0;
    for (let i = 0; i < from.length; i++) {
      const out = line[at] as number;
      damped = out * 0.75 + damped * 0.25;
      line[at] = (from[i] as number) + damped * 0.82;
      sum[i] = (sum[i] as number) + out * 0.25;
      if (++at === delay) at = 0;
    }
  }
  const line = new Float32Array(556);
  let at = 0;
  for (let i = 0; i < from.length; i++) {
    const held = line[at] as number, x = sum[i] as number;
    line[at] = x + held * 0.5;
    into[i] = (into[i] as number) + held - x * 0.5;
    if (++at === 556) at = 0;
  }
}
