/**
 * Reads one chunk as its bytes arrive, for a player that decodes before the chunk is complete.
 *
 * How a player uses it with `@wasm-audio-decoders/ogg-vorbis`, whose `decodeOggPages` accepts hand-made page objects:
 *
 *     const reader = new VorbisChunkReader();
 *     // once per chunk, on a decoder that is new or reset, with the headers:
 *     await decoder.decodeOggPages([{ data: headers.ident, codecFrames: [] }]);
 *     // then for each page; the setup header is read from the first frame only
 *     await decoder.decodeOggPages([{ data: packets[0], codecFrames: packets.map((data) => ({ data, header: { vorbisSetup: headers.setup } })) }]);
 *
 * Of what comes out, the first `lead` samples are dropped and the rest is cut to `samples + tail` (manifest, ChunkEntry):
 * only the last page reaches further than that. `endSample` tells the same from the stream itself.
 */
import { VorbisError } from "./errors.ts";
import { PageReader, wholePackets } from "./ogg.ts";
import { isHeader, parseIdent } from "./vorbis.ts";

/** A FLAC chunk, frame by frame (0.1 s each): feed `frame.bytes` to `decodeFrames` of `@wasm-audio-decoders/flac`. */
export { FrameReader as FlacChunkReader } from "./flac.ts";

export interface VorbisHeaders {
  readonly ident: Uint8Array;
  readonly setup: Uint8Array;
  readonly rate: number;
  readonly channels: number;
}

export interface VorbisPage {
  /**
   * Whole audio packets, to be decoded in order: views, to be read before the next push. The first packet of a chunk
   * gives no samples.
   */
  readonly packets: readonly Uint8Array[];
  /** Position in the track after these packets, samples. On the last page, where the chunk's tail ends: cut what the decoder gives beyond it. */
  readonly endSample: number;
  readonly last: boolean;
}

export class VorbisChunkReader {
  readonly #reader = new PageReader({ firstSequence: 0 });
  #ident: Uint8Array | undefined;
  #headers: VorbisHeaders | undefined;

  /** `header`: the tier's header bytes, when they are held already and the request skipped them with `Range: bytes={header.bytes}-`. */
  constructor(options: { header?: Uint8Array } = {}) {
    if (options.header !== undefined) this.push(options.header);
  }

  /** Known before the first page is returned. */
  get headers(): VorbisHeaders | undefined {
    return this.#headers;
  }

  /** Takes the next bytes and returns the audio pages (<= 0.25 s each) that are complete now. Throws OggError or VorbisError on damage. */
  push(bytes: Uint8Array): VorbisPage[] {
    const pages: VorbisPage[] = [];
    for (const page of this.#reader.push(bytes)) {
      const packets = wholePackets(page);
      if (this.#headers !== undefined) pages.push({ packets, endSample: page.granule, last: page.last });
      else this.#header(packets);
    }
    return pages;
  }

  /** Throws OggError "truncated" when the chunk's last page has not arrived. */
  end(): void {
    this.#reader.end();
  }

  #header(packets: readonly Uint8Array[]): void {
    const [first, second] = packets;
    if (this.#ident === undefined) {
      if (first === undefined || packets.length !== 1) throw new VorbisError("bad-header", "The chunk does not begin with an identification header.");
      parseIdent(first);
      // Copied: the page is overwritten by later ones. (Not by slice: given a Node Buffer, that is a view.)
      this.#ident = new Uint8Array(first);
      return;
    }
    if (first === undefined || second === undefined || packets.length !== 2 || !isHeader(first, 3) || !isHeader(second, 5)) throw new VorbisError("bad-header", "The chunk's second page does not hold its comment and setup headers.");
    const { rate, channels } = parseIdent(this.#ident);
    this.#headers = { ident: this.#ident, setup: new Uint8Array(second), rate, channels };
  }
}
