/**
 * The manifest: what a player needs to play a track in every tier. One per track, written once at ingest, immutable.
 *
 * Chunk k of every tier covers the samples [k * chunkSamples, min((k + 1) * chunkSamples, samples)) of the track: the
 * grid is shared, so a player may change tier at any chunk boundary. Decoding a Vorbis chunk gives exactly
 * `lead + (samples of chunk k) + tail` samples; a player drops the lead, and plays the tail only under the head of
 * another tier's next chunk.
 */

export const lossyTiers = ["96", "160", "320"] as const;
export const tierNames = ["96", "160", "320", "flac"] as const;
export type LossyTier = (typeof lossyTiers)[number];
export type TierName = (typeof tierNames)[number];

/** [offset of the chunk in the concatenation of the tier's chunks, bytes, lead samples, tail samples] */
export type ChunkEntry = readonly [offset: number, bytes: number, lead: number, tail: number];

export interface TierManifest {
  readonly codec: "vorbis" | "flac";
  /**
   * The first `bytes` bytes are the same in every chunk of the tier: a client that holds them may skip them with a Range.
   * Vorbis: the three headers, about 4 KB. FLAC: the 21 bytes before the chunk's own length, which are not worth skipping.
   */
  readonly header: { readonly bytes: number; readonly sha256: string };
  /** Mean bit rate of the audio as stored, in kbit/s. Tier names are nominal. */
  readonly avgKbps: number;
  readonly chunks: readonly ChunkEntry[];
}

/**
 * A tier as one whole file (GET /tracks/:id/stream): the exact length in bytes and, per chunk, where its part of the
 * file starts and the number of the part's first Ogg page (0 for FLAC). audio/whole-file.ts makes part k from chunk k
 * alone, so any byte range needs only the chunks under it.
 */
export interface FileLayout {
  readonly bytes: number;
  readonly parts: readonly (readonly [offset: number, firstPage: number])[];
}

/** Kept beside the manifest and never sent to players. */
export type FileLayouts = Readonly<Partial<Record<TierName, FileLayout>>>;

export interface Loudness {
  /** Integrated loudness, LUFS (EBU R 128); null for silence. */
  readonly lufs: number | null;
  /** True peak, dBTP; null for silence. */
  readonly truePeak: number | null;
}

export interface Manifest {
  readonly v: 1;
  readonly track: string;
  /** Changes when the track is encoded again: objects are immutable. */
  readonly media: string;
  readonly rate: 44_100 | 48_000;
  readonly channels: 1 | 2;
  /** Length of the track in samples per channel. */
  readonly samples: number;
  /** Samples per chunk: 5 seconds at `rate`. Clients must not assume it. */
  readonly chunkSamples: number;
  readonly loudness: Loudness;
  readonly tiers: Readonly<Partial<Record<TierName, TierManifest>>>;
}

/** Where a chunk is stored, and (after a slash) where the edge serves it. */
export function chunkKey(trackId: string, tier: TierName, chunk: number): string {
  return `audio/${trackId}/${tier}/${chunk}.${tier === "flac" ? "flac" : "ogg"}`;
}

export function imageKey(imageId: string): string {
  return `image/${imageId}`;
}

/** Number of chunks of a track: every track has at least one. */
export function chunkCount(track: Pick<Manifest, "samples" | "chunkSamples">): number {
  return Math.max(1, Math.ceil(track.samples / track.chunkSamples));
}

/** Samples of chunk `index`, without lead and tail. 0 when the track has no such chunk. */
export function samplesOfChunk(track: Pick<Manifest, "samples" | "chunkSamples">, index: number): number {
  return Math.max(0, Math.min(track.chunkSamples, track.samples - index * track.chunkSamples));
}
