/** What both chunkers hand to ingest: the chunks of one tier as they become complete, then the facts about the tier. */
import type { FileLayout } from "./manifest.ts";

/** One chunk, a complete playable file: decoding it gives exactly `lead + samples + tail` samples. */
export interface Chunk {
  readonly index: number;
  /** Freshly allocated, never touched again by the chunker. */
  readonly bytes: Uint8Array;
  /** Samples before the chunk's own; 0 for FLAC and for chunk 0. */
  readonly lead: number;
  /** Samples after the chunk's own: at most 256, 0 for FLAC and for the last chunk. */
  readonly tail: number;
  /** The chunk's own samples: chunkSamples, fewer in the last chunk. */
  readonly samples: number;
}

/** What `end()` of a chunker answers. */
export interface ChunkedStream {
  /** Chunks completed by the end of the stream: add them to those `push` returned. */
  readonly chunks: readonly Chunk[];
  /** Length of the track, samples per channel. Must be equal in all tiers of a track. */
  readonly samples: number;
  readonly rate: number;
  readonly channels: number;
  /** The first bytes of every chunk of this tier, equal in all of them. `tierManifest` hashes them. */
  readonly header: Uint8Array;
  /** The tier as one file, see whole-file.ts. */
  readonly layout: FileLayout;
}
