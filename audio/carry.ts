/**
 * The incomplete end of what a parser was given, carried over to its next piece of input, in memory that is used again:
 * a track is some thousand pieces, and memory taken for each would keep the garbage collector busy beside the encoder.
 */

const nothing = new Uint8Array(0);

export class Carry {
  #room: Uint8Array = nothing;
  /** A view into #room: what is carried. */
  #kept: Uint8Array = nothing;

  /** What is carried and `bytes`, end to end: `bytes` itself when nothing is. A view that the next `join` overwrites. */
  join(bytes: Uint8Array): Uint8Array {
    const kept = this.#kept.length;
    if (kept === 0) return bytes;
    let start = this.#kept.byteOffset - this.#room.byteOffset;
    if (start + kept + bytes.length > this.#room.length) {
      const from = this.#kept;
      if (kept + bytes.length > this.#room.length) this.#room = new Uint8Array(2 * (kept + bytes.length));
      this.#room.set(from);
      start = 0;
    }
    this.#room.set(bytes, start + kept);
    return this.#room.subarray(start, start + kept + bytes.length);
  }

  /** Carries `rest`, the end of what `join` answered. Copied when it is the caller's memory; views given out stay as they are. */
  keep(rest: Uint8Array): void {
    if (rest.length === 0 || rest.buffer === this.#room.buffer) this.#kept = rest;
    else {
      if (rest.length > this.#room.length) this.#room = new Uint8Array(2 * rest.length);
      this.#room.set(rest);
      this.#kept = this.#room.subarray(0, rest.length);
    }
  }

  get length(): number {
    return this.#kept.length;
  }
}
