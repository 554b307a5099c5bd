/**
 * Cuts a FLAC encode into chunks: each a standalone .flac of the frames of chunkSamples samples.
 *
 * Input is ffmpeg's output (`-c:a flac -frame_size 4410` at 44.1 kHz, `4000` at 48 kHz, `-f flac`), in pieces of any
 * size. The frame size divides a chunk, so chunks are cut between frames and need neither lead nor tail. Frames keep
 * the number they have in the track, as Vorbis granules keep the track's position: a chunk's frames are the track's,
 * byte for byte. Called by ingest, one instance per track.
 */
import type { Chunk, ChunkedStream } from "./chunk.ts";
import { FlacError } from "./errors.ts";
import { commonHeaderBytes, FrameReader, streamHeaderBytes, writeStreamHeader, type FlacFrame, type StreamHeader } from "./flac.ts";

export class FlacChunker {
  readonly #chunkSamples: number;
  readonly #reader = new FrameReader();
  /** The chunk being filled, in memory that the next one uses again: #filled bytes, #pending samples. */
  #body = new Uint8Array(1 << 19);
  #filled = streamHeaderBytes;
  #pending = 0;
  #samples = 0;
  #index = 0;
  #offset = 0;
  readonly #parts: [offset: number, firstPage: number][] = [];

  /** `chunkSamples`: 5 * rate, a multiple of the encode's frame size. Throws RangeError. */
  constructor(options: { chunkSamples: number }) {
    if (!Number.isSafeInteger(options.chunkSamples) || options.chunkSamples < 16) throw new RangeError("chunkSamples must be an integer of at least 16");
    this.#chunkSamples = options.chunkSamples;
  }

  /**
   * Takes the next bytes of the encode, split anywhere; they are copied. Returns the chunks that became complete, in
   * order. Throws FlacError when the stream is damaged or its frames do not divide a chunk; give up then.
   */
  push(bytes: Uint8Array): Chunk[] {
    return this.#take(this.#reader.push(bytes));
  }

  /** To be called once, after the last byte. Throws FlacError "empty" or "truncated". */
  end(): ChunkedStream {
    const chunks = this.#take(this.#reader.end());
    const header = this.#reader.header;
    if (header === undefined) throw new FlacError("empty", "The FLAC stream holds no audio.");
    if (this.#pending > 0) chunks.push(this.#cut(header));
    if (header.samples !== 0 && header.samples !== this.#samples) throw new FlacError("truncated", `The FLAC stream announces ${header.samples} samples and holds ${this.#samples}.`);
    return {
      chunks,
      samples: this.#samples,
      rate: header.rate,
      channels: header.channels,
      header: writeStreamHeader(header).subarray(0, commonHeaderBytes),
      layout: { bytes: this.#offset, parts: this.#parts },
    };
  }

  #take(frames: readonly FlacFrame[]): Chunk[] {
    const chunks: Chunk[] = [];
    const header = this.#reader.header;
    if (header === undefined) return chunks;
    if (this.#chunkSamples % header.blockSamples !== 0) {
      throw new FlacError("bad-block-size", `FLAC frames of ${header.blockSamples} samples do not divide a chunk of ${this.#chunkSamples}.`);
    }
    for (const frame of frames) {
      if (frame.number !== this.#samples / header.blockSamples) throw new FlacError("bad-frame", "The FLAC stream does not begin with frame 0.");
      this.#append(frame.bytes);
      this.#pending += frame.samples;
      this.#samples += frame.samples;
      if (this.#pending === this.#chunkSamples) chunks.push(this.#cut(header));
    }
    return chunks;
  }

  #append(bytes: Uint8Array): void {
    if (this.#filled + bytes.length > this.#body.length) {
      const grown = new Uint8Array(2 * (this.#filled + bytes.length));
      grown.set(this.#body.subarray(0, this.#filled));
      this.#body = grown;
    }
    this.#body.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  #cut(header: StreamHeader): Chunk {
    const samples = this.#pending;
    this.#body.set(writeStreamHeader({ ...header, samples }));
    const bytes = this.#body.slice(0, this.#filled);
    this.#parts.push([this.#offset, 0]);
    this.#offset += bytes.length - (this.#index === 0 ? 0 : streamHeaderBytes);
    this.#filled = streamHeaderBytes;
    this.#pending = 0;
    return { index: this.#index++, bytes, lead: 0, tail: 0, samples };
  }
}
