/**
 * Memory that is used again. A gateway reads some thousand chunks of 50 to 700 kB a second; made anew each time, V8 counts 200 MB a second of memory
 * outside its heap and collects everything three times a second for it, which was half of what a chunk from a file costs (docs/decisions/0019).
 *
 * Blocks come in sizes a quarter of a power of two apart, so that few sizes serve all and at most a fifth of a block is left over.
 */

const smallest = 4_096;

/** Bytes of the block for `bytes`. */
export function blockBytes(bytes: number): number {
  if (bytes <= smallest) return smallest;
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 2);
  return Math.ceil(bytes / step) * step;
}

export class BlockPool {
  readonly #spareBytes: number;
  /** By size. */
  readonly #spare = new Map<number, Buffer[]>();
  #bytes = 0;

  /** Keeps `spareBytes` of blocks that nobody uses; more than that it leaves to the collector. */
  constructor(spareBytes: number) {
    this.#spareBytes = spareBytes;
  }

  /** Of blocks that nobody uses. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A block of at least so many bytes, with whatever is in it. */
  take(bytes: number): Buffer {
    const size = blockBytes(bytes);
    const spare = this.#spare.get(size)?.pop();
    if (spare === undefined) return Buffer.allocUnsafeSlow(size);
    this.#bytes -= size;
    return spare;
  }

  /** A block back that `take` gave, which nobody reads or writes any more. */
  give(block: Buffer): void {
    const size = block.length;
    if (this.#bytes + size > this.#spareBytes) return;
    this.#bytes += size;
    const spare = this.#spare.get(size);
    if (spare === undefined) this.#spare.set(size, [block]);
    else spare.push(block);
  }
}
