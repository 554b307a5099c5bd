/**
 * Magnitudes of the spectrum of real signals: a radix-2 complex FFT of half the size, its twiddles and window made once.
 * Cooley and Tukey 1965; the real-input split as in Press et al., Numerical Recipes, 12.3.
 */
export class Spectrum {
  readonly size: number;
  /** size / 2 power values (squared magnitudes), bin k at k * rate / size Hz; overwritten by each `of`. */
  readonly power: Float64Array;
  readonly #half: number;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #window: Float64Array;
  readonly #reversed: Uint16Array;

  /** `size` is a power of two, 8 to 65,536. The window is Hann's. */
  constructor(size: number) {
    this.size = size;
    const half = (this.#half = size / 2);
    this.power = new Float64Array(half);
    this.#re = new Float64Array(half);
    this.#im = new Float64Array(half);
    this.#cos = Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sin = Float64Array.from({ length: size }, (_, k) => Math.sin((2 * Math.PI * k) / size));
    this.#window = Float64Array.from({ length: size }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size));
    const bits = Math.log2(half);
    this.#reversed = new Uint16Array(half);
    for (let i = 0; i < half; i++) for (let b = 0; b < bits; b++) if (((i >> b) & 1) === 1) this.#reversed[i] = (this.#reversed[i] as number) | (1 << (bits - 1 - b));
  }

  /** Power spectrum of `samples` from `at`; there must be `size` of them. */
  of(samples: Float32Array, at: number): Float64Array {
    const re = this.#re, im = this.#im, window = this.#window, reversed = this.#reversed;
    for (let i = 0; i < this.#half; i++) {
      const to = reversed[i] as number;
      re[to] = (samples[at + 2 * i] as number) * (window[2 * i] as number);
      im[to] = (samples[at + 2 * i + 1] as number) * (window[2 * i + 1] as number);
    }
    this.#butterflies();
    return this.#split();
  }

  #butterflies(): void {
    this.#firstTwoStages();
    let width = 4;
    for (; width * 4 <= this.#half; width *= 4) this.#twoStages(width);
    if (width < this.#half) this.#stage(width);
  }

  /** The stages of `width` and twice that in one pass over memory: radix 4. */
  #twoStages(width: number): void {
    const re = this.#re, im = this.#im, cos = this.#cos, sin = this.#sin, half = this.#half;
    const stride = half / width / 2;
    for (let start = 0; start < half; start += 4 * width) {
      for (let k = 0; k < width; k++) {
        const i = start + k, j = i + width, l = j + width, m = l + width;
        const c1 = cos[2 * k * stride] as number, s1 = sin[2 * k * stride] as number;
        const c2 = cos[k * stride] as number, s2 = sin[k * stride] as number;
        const c3 = cos[3 * k * stride] as number, s3 = sin[3 * k * stride] as number;
        const br = (re[j] as number) * c1 + (im[j] as number) * s1, bi = (im[j] as number) * c1 - (re[j] as number) * s1;
        const cr = (re[l] as number) * c2 + (im[l] as number) * s2, ci = (im[l] as number) * c2 - (re[l] as number) * s2;
        const dr = (re[m] as number) * c3 + (im[m] as number) * s3, di = (im[m] as number) * c3 - (re[m] as number) * s3;
        const er = (re[i] as number) + br, ei = (im[i] as number) + bi, fr = (re[i] as number) - br, fi = (im[i] as number) - bi;
        const gr = cr + dr, gi = ci + di, hr = ci - di, hi = dr - cr;
        re[i] = er + gr;
        im[i] = ei + gi;
        re[j] = fr + hr;
        im[j] = fi + hi;
        re[l] = er - gr;
        im[l] = ei - gi;
        re[m] = fr - hr;
        im[m] = fi - hi;
      }
    }
  }

  #stage(width: number): void {
    const re = this.#re, im = this.#im, cos = this.#cos, sin = this.#sin, half = this.#half;
    const stride = half / width;
    for (let start = 0; start < half; start += 2 * width) {
      for (let k = 0; k < width; k++) {
        const c = cos[k * stride] as number, s = sin[k * stride] as number;
        const i = start + k, j = i + width;
        const xr = (re[j] as number) * c + (im[j] as number) * s;
        const xi = (im[j] as number) * c - (re[j] as number) * s;
        re[j] = (re[i] as number) - xr;
        im[j] = (im[i] as number) - xi;
        re[i] = (re[i] as number) + xr;
        im[i] = (im[i] as number) + xi;
      }
    }
  }

  /** Their twiddles are 1 and -i: no multiplication. */
  #firstTwoStages(): void {
    const re = this.#re, im = this.#im;
    for (let i = 0; i < this.#half; i += 4) {
      const ar = (re[i] as number) + (re[i + 1] as number), ai = (im[i] as number) + (im[i + 1] as number);
      const br = (re[i] as number) - (re[i + 1] as number), bi = (im[i] as number) - (im[i + 1] as number);
      const cr = (re[i + 2] as number) + (re[i + 3] as number), ci = (im[i + 2] as number) + (im[i + 3] as number);
      const dr = (im[i + 2] as number) - (im[i + 3] as number), di = (re[i + 3] as number) - (re[i + 2] as number);
      re[i] = ar + cr;
      im[i] = ai + ci;
      re[i + 1] = br + dr;
      im[i + 1] = bi + di;
      re[i + 2] = ar - cr;
      im[i + 2] = ai - ci;
      re[i + 3] = br - dr;
      im[i + 3] = bi - di;
    }
  }

  #split(): Float64Array {
    const re = this.#re, im = this.#im, cos = this.#cos, sin = this.#sin, half = this.#half, power = this.power;
    const dc = (re[0] as number) + (im[0] as number);
    power[0] = dc * dc;
    for (let k = 1; k < half; k++) {
      const ar = re[k] as number, ai = im[k] as number, br = re[half - k] as number, bi = im[half - k] as number;
      const er = (ar + br) / 2, ei = (ai - bi) / 2, or = (ai + bi) / 2, oi = (br - ar) / 2;
      const c = cos[k] as number, s = sin[k] as number;
      const xr = er + or * c + oi * s, xi = ei + oi * c - or * s;
      power[k] = xr * xr + xi * xi;
    }
    return power;
  }
}
