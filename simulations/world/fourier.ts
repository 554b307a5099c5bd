/** The discrete Fourier transform of a power of two, in place: sums of many random times are products of their transforms (Cooley and Tukey 1965). */

export interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export const zeros = (length: number): Complex => ({ re: new Float64Array(length), im: new Float64Array(length) });

/** The transform of real values, padded with zeros to `length`, a power of two. */
export function transformed(values: Float64Array, length: number): Complex {
  const out = zeros(length);
  out.re.set(values);
  transform(out, -1);
  return out;
}

/** The real values that have this transform. Changes its argument. */
export function inverse(spectrum: Complex): Float64Array {
  transform(spectrum, 1);
  const { length } = spectrum.re;
  return spectrum.re.map((value) => value / length);
}

function transform({ re, im }: Complex, sign: 1 | -1): void {
  const { length } = re;
  for (let at = 1, to = 0; at < length; at++) {
    let bit = length >> 1;
    for (; (to & bit) !== 0; bit >>= 1) to ^= bit;
    to ^= bit;
    if (at >= to) continue;
    [re[at], re[to]] = [re[to] ?? 0, re[at] ?? 0];
    [im[at], im[to]] = [im[to] ?? 0, im[at] ?? 0];
  }
  for (let span = 2; span <= length; span <<= 1) {
    const half = span >> 1;
    for (let n = 0; n < half; n++) {
      const angle = (sign * 2 * Math.PI * n) / span;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      for (let low = n; low < length; low += span) {
        const high = low + half;
        const [highRe, highIm] = [re[high] as number, im[high] as number];
        const turnedRe = highRe * cos - highIm * sin;
        const turnedIm = highRe * sin + highIm * cos;
        re[high] = (re[low] as number) - turnedRe;
        im[high] = (im[low] as number) - turnedIm;
        re[low] = (re[low] as number) + turnedRe;
        im[low] = (im[low] as number) + turnedIm;
      }
    }
  }
}
