/** Bounds of the edge, with unit and reason. */

const mib = 1024 * 1024;

export const edgeLimits = {
  chunks: {
    /** About 2,700 chunks of the 160 kbit/s tier: the hot part of a single machine's library. */
    bytes: 256 * mib,
    absentMs: 2_000,
    absentKeys: 10_000,
    reads: 512,
    /** Sizes vary from one second to the next; 300 chunks of 160 kbit/s. */
    spareBytes: 32 * mib,
  },
  images: {
    bytes: 32 * mib,
    absentMs: 10_000,
    absentKeys: 10_000,
    reads: 64,
    /** Images are made, not read: they lie in memory of their own. */
    spareBytes: 0,
  },
  /** Signatures known to be good: one per listener, track and tier (about 0.3 kB each). */
  verifiedUrls: 50_000,
  /** sharp runs on libuv's few threads; more at once only queue there. */
  resizes: 4,
  /** Waiting for one of them. */
  resizeQueue: 64,
  /** Pixels of a stored image: 25 megapixels decode to 100 MB. */
  imagePixels: 25_000_000,
} as const;

export const imageSizes = [64, 128, 256, 512, 1000] as const;
