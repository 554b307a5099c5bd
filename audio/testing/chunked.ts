/** Runs a chunker over a whole encode, in pieces. For tests. */
import type { Chunk, ChunkedStream } from "../chunk.ts";
import { filePart } from "../whole-file.ts";
import type { TierName } from "../manifest.ts";
import { joinedBytes } from "./signals.ts";

interface Chunker {
  push(bytes: Uint8Array): Chunk[];
  end(): ChunkedStream;
}

export interface Chunked extends ChunkedStream {
  /** All chunks of the stream, not only those of the end. */
  readonly chunks: readonly Chunk[];
}

/**
 * Pieces of `pieceBytes`, in a Buffer (as Node's streams and stores give, whose slice shares memory) that is overwritten
 * each time: what the chunker keeps must be its own.
 */
export function chunked(chunker: Chunker, encode: Uint8Array, pieceBytes = 16_384): Chunked {
  const chunks: Chunk[] = [];
  const piece = Buffer.alloc(pieceBytes);
  for (let at = 0; at < encode.length; at += pieceBytes) {
    const next = encode.subarray(at, at + pieceBytes);
    piece.set(next);
    chunks.push(...chunker.push(piece.subarray(0, next.length)));
    piece.fill(0xaa);
  }
  const stream = chunker.end();
  return { ...stream, chunks: [...chunks, ...stream.chunks] };
}

/** All parts of the tier's file, each made from a Buffer, which must stay as it was. */
export function wholeFile(stream: Chunked, tier: TierName, chunkSamples: number): Uint8Array {
  const manifest = { samples: stream.samples, chunkSamples };
  return joinedBytes(
    stream.chunks.map(({ index, bytes }) => {
      const chunk = Buffer.from(bytes);
      const part = filePart({ manifest, tier, layout: stream.layout, index, chunk });
      if (!chunk.equals(bytes)) throw new Error(`Making part ${index} changed its chunk.`);
      return part;
    }),
  );
}
