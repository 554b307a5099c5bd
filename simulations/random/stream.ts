/**
 * Chance, in named streams: what one part of a simulation draws leaves every other part's draws as they were. A stream is xoroshiro128+
 * (pure-rand), begun at a state that is hashed from the seed and the names; the same seed and names give the same numbers on every
 * machine and version of Node.
 */
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { JumpableRandomGenerator } from "pure-rand/types/JumpableRandomGenerator";

export class Stream {
  readonly #seed: number;
  readonly #name: string;
  readonly #generator: JumpableRandomGenerator;

  /** `seed`: an integer; `names` lead to the stream, the general one first. */
  constructor(seed: number, ...names: readonly (string | number)[]) {
    this.#seed = seed;
    this.#name = names.join("/");
    this.#generator = xoroshiro128plusFromState(stateOf(`${seed}:${this.#name}`));
  }

  /** A stream of its own below this one. It depends on this one's names alone, not on what was drawn here. */
  fork(name: string | number): Stream {
    return new Stream(this.#seed, ...(this.#name === "" ? [] : [this.#name]), name);
  }

  /** In [0, 1), of 53 random bits. */
  next(): number {
    const high = this.#generator.next() >>> 5;
    const low = this.#generator.next() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  /** In (0, 1]: its logarithm is finite. */
  positive(): number {
    return 1 - this.next();
  }

  /** A whole number from 0 to `below` - 1; `below` up to 2^53. */
  index(below: number): number {
    return Math.floor(this.next() * below);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Of the exponential distribution with this mean. */
  exponential(mean: number): number {
    return -mean * Math.log(this.positive());
  }
}

/** FNV-1a over the text, then splitmix32 for each word (Steele, Lea and Flood 2014): near seeds begin far apart. */
function stateOf(text: string): number[] {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return Array.from({ length: 4 }, (_, n) => {
    let mixed = (value + Math.imul(n + 1, 0x9e3779b9)) | 0;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  });
}
