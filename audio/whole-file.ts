/**
 * A tier as one file, made from its chunks when it is asked for: no second copy is stored, and the length is known.
 *
 * Part k is made from chunk k alone and the layout computed at ingest, so a byte range needs only the chunks under it.
 * Vorbis: the chunk's pages that end in (T_k, T_k+1] (the chunker closes a page at T_k+1), numbered on from the part
 * before, with the headers in front of part 0 and the last-page mark on the last part only. FLAC: the chunk's frames,
 * and in front of part 0 a header with the track's length. Called by the gateway for GET /tracks/:id/stream.
 */
import { InvalidManifest } from "./errors.ts";
import { parseFileHeader, streamHeaderBytes, writeStreamHeader } from "./flac.ts";
import type { FileLayout, Manifest, TierName } from "./manifest.ts";
import { PageReader, renumberPage } from "./ogg.ts";

/** Pages before a later chunk's own: two of headers, one with the pre-roll packet. */
const pagesBeforeOwn = 3;

export interface PartSource {
  readonly manifest: Pick<Manifest, "samples" | "chunkSamples">;
  readonly tier: TierName;
  readonly layout: FileLayout;
  readonly index: number;
  /** The bytes of chunk `index` as stored; not changed. */
  readonly chunk: Uint8Array;
}

/**
 * Part `source.index` of the file. Throws InvalidManifest "no-such-chunk", or "chunk-differs" when the chunk is not the
 * one the layout was made with; OggError or FlacError when the chunk is damaged.
 */
export function filePart(source: PartSource): Uint8Array {
  const { layout, index } = source;
  const [offset, firstPage] = layout.parts[index] ?? [];
  if (offset === undefined || firstPage === undefined) throw new InvalidManifest("no-such-chunk", `The file has no part ${index}.`);
  const part = source.tier === "flac" ? flacPart(source) : vorbisPart(source, firstPage);
  if (part.length !== (layout.parts[index + 1]?.[0] ?? layout.bytes) - offset) {
    throw new InvalidManifest("chunk-differs", `Chunk ${index} does not belong to this file: its part has another length.`);
  }
  return part;
}

function vorbisPart({ manifest, layout, index, chunk }: PartSource, firstPage: number): Uint8Array {
  const reader = new PageReader({ firstSequence: 0 });
  const end = (index + 1) * manifest.chunkSamples;
  const own = reader.push(chunk).slice(index === 0 ? 0 : pagesBeforeOwn).filter((page) => page.granule <= end);
  reader.end();
  const part = new Uint8Array(own.reduce((sum, page) => sum + page.bytes.length, 0));
  let at = 0;
  for (const [place, page] of own.entries()) {
    part.set(page.bytes, at);
    const last = index === layout.parts.length - 1 && place === own.length - 1;
    renumberPage(part.subarray(at, at + page.bytes.length), firstPage + place, last);
    at += page.bytes.length;
  }
  return part;
}

function flacPart({ manifest, index, chunk }: PartSource): Uint8Array {
  const header = parseFileHeader(chunk);
  // Not by slice: given a Node Buffer, that is a view, and the caller's chunk would change.
  const part = new Uint8Array(chunk.subarray(index === 0 ? 0 : streamHeaderBytes));
  if (index > 0) return part;
  part.set(writeStreamHeader({ ...header, samples: manifest.samples }));
  return part;
}

/** Bytes [from, to) of part `index`. */
export interface PartSlice {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

/** The parts under bytes [start, end) of the file, in order; `end` may lie past the end of the file. Empty when nothing lies there. */
export function partsOfRange(layout: FileLayout, start: number, end: number): PartSlice[] {
  const slices: PartSlice[] = [];
  for (let index = partAt(layout, start); index < layout.parts.length; index++) {
    const offset = offsetOf(layout, index);
    const from = Math.max(start, offset) - offset;
    const to = Math.min(end, offsetOf(layout, index + 1)) - offset;
    if (offset >= end) break;
    if (from < to) slices.push({ index, from, to });
  }
  return slices;
}

/** The last part that begins at or before `position`. */
function partAt(layout: FileLayout, position: number): number {
  let low = 0;
  let high = layout.parts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (offsetOf(layout, middle) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

function offsetOf(layout: FileLayout, index: number): number {
  return layout.parts[index]?.[0] ?? layout.bytes;
}
