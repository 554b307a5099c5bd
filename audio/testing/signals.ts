/** Signals for tests: the same samples every time. */

/**
 * Interleaved samples with what makes an encoder work: gliding tones, noise, and clicks, at which Vorbis changes to short
 * blocks.
 */
export function music(samples: number, channels: number, rate: number): Float32Array {
  const out = new Float32Array(samples * channels);
  let noise = 0x2545_f491;
  for (let at = 0; at < samples; at++) {
    const seconds = at / rate;
    noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) | 0;
    const click = at % Math.floor(rate * 0.37) < 200 ? 0.4 * (noise / 2 ** 31) : 0;
    for (let channel = 0; channel < channels; channel++) {
      const glide = Math.sin(2 * Math.PI * (220 + 110 * channel + 40 * Math.sin(seconds)) * seconds);
      const high = Math.sin(2 * Math.PI * 3100 * seconds * (1 + 0.01 * channel));
      out[at * channels + channel] = 0.35 * glide + 0.08 * high + 0.02 * (noise / 2 ** 31) + click;
    }
  }
  return out;
}

export function bytesOf(samples: Samples): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

export function joined(pieces: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export function joinedBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

type Samples = Float32Array | Int16Array | Int32Array | Uint8Array;

/** Number of places where the two differ, their difference in length included. 0 = the same to the last bit. */
export function differences<Kind extends Samples>(left: Kind, right: Kind): number {
  if (Buffer.from(bytesOf(left).buffer, left.byteOffset, left.byteLength).equals(bytesOf(right))) return 0;
  let count = Math.abs(left.length - right.length);
  for (let at = 0; at < Math.min(left.length, right.length); at++) if (!Object.is(left[at], right[at])) count++;
  return Math.max(1, count);
}
