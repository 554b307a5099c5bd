/**
 * A stream read backwards: 1 - u for each u. Of two runs that differ by this alone one is unlucky where the other is lucky, and their
 * mean is nearer to the truth than that of two independent runs (Hammersley and Morton 1956).
 */
import { Stream } from "../random/index.ts";

export class AntitheticStream extends Stream {
  readonly #seed: number;
  readonly #names: readonly (string | number)[];

  constructor(seed: number, ...names: readonly (string | number)[]) {
    super(seed, ...names);
    this.#seed = seed;
    this.#names = names;
  }

  /** The greatest below 1 for 0, so that it stays in [0, 1). */
  override next(): number {
    return 1 - 2 ** -53 - super.next();
  }

  override fork(name: string | number): AntitheticStream {
    return new AntitheticStream(this.#seed, ...this.#names, name);
  }
}
