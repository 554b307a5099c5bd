/** Reads numbers of 1 to 32 bits, least significant bit first, as Vorbis packs them (Vorbis I, section 2). */
import { VorbisError } from "./errors.ts";

export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;

  /** Starts at bit `bit` of `bytes`. */
  constructor(bytes: Uint8Array, bit = 0) {
    this.#bytes = bytes;
    this.#at = bit;
  }

  /** The next `count` (0..32) bits as an unsigned number. Throws VorbisError "bad-header" past the end. */
  read(count: number): number {
    this.#need(count);
    let value = 0;
    for (let done = 0; done < count; ) {
      const inByte = this.#at & 7;
      const take = Math.min(8 - inByte, count - done);
      value |= (((this.#bytes[this.#at >>> 3] as number) >>> inByte) & ((1 << take) - 1)) << done;
      this.#at += take;
      done += take;
    }
    return value >>> 0;
  }

  flag(): boolean {
    return this.read(1) === 1;
  }

  skip(count: number): void {
    this.#need(count);
    this.#at += count;
  }

  #need(count: number): void {
    if (this.#at + count > this.#bytes.length * 8) throw new VorbisError("bad-header", "The Vorbis setup header ends too early.");
  }
}
