/**
 * Vorbis audio packets waiting to be written into chunks: their bytes back to back, where each begins, and the position
 * in the track after each. Plain arrays instead of an object per packet: there are up to 345 packets per second of audio.
 */
import { segmentsOf } from "./ogg.ts";

export class PacketQueue {
  bytes: Uint8Array = new Uint8Array(1 << 16);
  /** offsets[i] = where packet i begins; offsets[count] = where the next one will. */
  readonly offsets: number[] = [0];
  /** ends[i] = position after packet i, samples. */
  readonly ends: number[] = [];
  /** Bytes in use: past the last packet's end while a packet is incomplete. */
  #filled = 0;

  get count(): number {
    return this.ends.length;
  }

  /** Position after the last packet; 0 when there is none. */
  get end(): number {
    return this.ends.at(-1) ?? 0;
  }

  /** Whether bytes of an unfinished packet wait. */
  get partialBytes(): number {
    return this.#filled - (this.offsets[this.count] as number);
  }

  append(bytes: Uint8Array): void {
    if (this.#filled + bytes.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.#filled + bytes.length));
      grown.set(this.bytes.subarray(0, this.#filled));
      this.bytes = grown;
    }
    this.bytes.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  /** The appended bytes up to offset `offset` of `bytes` are a packet that carries the track to `end`. */
  close(offset: number, end: number): void {
    this.offsets.push(offset);
    this.ends.push(end);
  }

  packet(index: number): Uint8Array {
    return this.bytes.subarray(this.offsets[index], this.offsets[index + 1]);
  }

  packetBytes(index: number): number {
    return (this.offsets[index + 1] as number) - (this.offsets[index] as number);
  }

  /** First packet that carries the track to `position` or further; `count` when none does. */
  reaching(position: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ends[middle] as number) >= position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Forgets the packets before `index`. */
  drop(index: number): void {
    const start = this.offsets[index] as number;
    this.bytes.copyWithin(0, start, this.#filled);
    this.#filled -= start;
    this.offsets.splice(0, index);
    for (let at = 0; at < this.offsets.length; at++) this.offsets[at] = (this.offsets[at] as number) - start;
    this.ends.splice(0, index);
  }

  /**
   * Splits packets [from, to) into pages of at most `pageSamples` samples and 255 segments, never less than a packet.
   * Returns the index after each page's last packet.
   */
  paginate(from: number, to: number, pageSamples: number): number[] {
    const breaks: number[] = [];
    let segments = 0;
    let begin = from === 0 ? 0 : (this.ends[from - 1] as number);
    for (let index = from; index < to; index++) {
      const needed = segmentsOf(this.packetBytes(index));
      if (segments > 0 && (segments + needed > 255 || (this.ends[index] as number) - begin > pageSamples)) {
        breaks.push(index);
        segments = 0;
        begin = this.ends[index - 1] as number;
      }
      segments += needed;
    }
    if (to > from) breaks.push(to);
    return breaks;
  }
}
