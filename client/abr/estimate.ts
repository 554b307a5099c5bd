/**
 * The link's rate from the downloads so far: two exponentially weighted means, one that forgets fast and one that forgets slowly, and
 * the smaller of the two, as today's video players estimate (hls.js, shaka, dash.js). A download weighs by the time it took, and the half
 * life is in that time too: an hour in which nothing was fetched ages nothing.
 */
import { throughputKbps, type AbrDownload } from "./policy.ts";

export class RateEstimate {
  readonly #fast: Mean;
  readonly #slow: Mean;

  /** Half lives in seconds of downloading. */
  constructor(fastS: number, slowS: number) {
    this.#fast = new Mean(fastS);
    this.#slow = new Mean(slowS);
  }

  add(download: AbrDownload): void {
    // As in hls.js: what took less than 50 ms weighs as much, else a fast link never outweighs a slow second.
    const seconds = Math.max(download.waitMs + download.bodyMs, 50) / 1000;
    const kbps = throughputKbps(download);
    this.#fast.add(kbps, seconds);
    this.#slow.add(kbps, seconds);
  }

  /** In kbit/s; null before the first download. */
  get kbps(): number | null {
    const fast = this.#fast.value;
    const slow = this.#slow.value;
    return fast === null || slow === null ? null : Math.min(fast, slow);
  }
}

class Mean {
  readonly #keep: number;
  #sum = 0;
  #weight = 0;

  constructor(halfLifeS: number) {
    this.#keep = 0.5 ** (1 / halfLifeS);
  }

  add(value: number, seconds: number): void {
    const kept = this.#keep ** seconds;
    this.#sum = kept * this.#sum + (1 - kept) * value;
    this.#weight = kept * this.#weight + (1 - kept);
  }

  /** Divided by the weight seen, so that the first values are not drawn to 0. */
  get value(): number | null {
    return this.#weight === 0 ? null : this.#sum / this.#weight;
  }
}
