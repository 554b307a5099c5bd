/**
 * Cuts one continuous Ogg Vorbis encode into chunks that decode, put end to end, to exactly what the encode decodes to.
 *
 * Input is ffmpeg's output (`-c:a libvorbis -q:a N -page_duration 1 -f ogg`), in pieces of any size. With packets i
 * ending at e_i, L = chunkSamples and N = length of the track, chunk k covers [T_k, T_k+1), T_k = k * L:
 *
 *       pre-roll   a                                    b         z
 *     |---------|----.----|--- ... ---|---------|----.----|---------|
 *               e     T_k                        T_k+1     T_k+1 + 256
 *               <lead>                                <---- tail ---->
 *
 *  - a = first packet with e_a > T_k. The packet before it is the pre-roll: a decoder needs it to give packet a's samples,
 *    and gives none for it. (Chunk 0 begins with packet 0, which gives none either.)
 *  - z = first packet with e_z >= min(N, T_k+1 + 256): the tail is what a player fades out under another tier's next chunk.
 *  - Every chunk is a whole Ogg stream: identification page, page with comment and setup headers, audio pages. Granule
 *    positions count from the start of the track. The last page is marked so and carries min(N, T_k+1 + 256), which makes
 *    every decoder cut the end to the sample.
 *  - The first audio page holds the pre-roll alone (chunk 0: packets 0 and 1, or 0 alone when there are only two), since
 *    ffmpeg trims a stream wrongly whose audio is one page.
 *  - Later pages last at most 0.25 s, so that a decoder can start early. A page ends before b, the first packet with
 *    e_b > T_k+1: from chunk k, whole-file.ts then takes whole pages.
 *
 * Positions are computed from block sizes and must equal every page's granule position. A chunk is given out as soon as
 * the page that completes it is known not to be the last, since only the last page's trim can change it. Memory: one
 * chunk. The layout of the tier as one file falls out on the way. Called by ingest, one instance per tier and track.
 */
import type { Chunk, ChunkedStream } from "./chunk.ts";
import { OggError, VorbisError } from "./errors.ts";
import { bodyStart, firstFlag, lastFlag, noGranule, pageBytes, pageHeaderBytes, PageReader, writePage, type OggPage } from "./ogg.ts";
import { PacketQueue } from "./packet-queue.ts";
import { BlockSizes, commentHeader, isHeader, parseIdent, type VorbisIdent } from "./vorbis.ts";

/** Samples after a chunk's own: enough for a 64-sample crossfade, and no more than a short block's worth of bytes. */
const tailSamples = 256;

/** The longest block Vorbis allows: with chunks at least this long, a pre-roll never reaches before chunk 0's start. */
const minChunkSamples = 8192;
/** Comment headers may hold pictures; ours never do. */
const maxPacketBytes = 1 << 20;
/** One logical stream per file, so any constant serves; constant makes the header bytes equal in all chunks. "Ensm". */
const serial = 0x456e_736d;

interface Codec {
  readonly ident: VorbisIdent;
  readonly sizes: BlockSizes;
  /** The two header pages every chunk begins with. */
  readonly header: Uint8Array;
  readonly pageSamples: number;
}

export class VorbisChunker {
  readonly #chunkSamples: number;
  readonly #pages = new PageReader({ firstSequence: 0 });
  readonly #queue = new PacketQueue();
  readonly #headers: Uint8Array[] = [];
  #codec: Codec | undefined;
  #block: number | undefined;
  /** Position up to which pages confirmed the packets; the track is at least this long. */
  #confirmed = 0;
  #samples: number | undefined;
  #index = 0;
  #offset = 0;
  #pageCount = 0;
  readonly #parts: [offset: number, firstPage: number][] = [];

  /** `chunkSamples`: 5 * rate; at least 8192. Throws RangeError. */
  constructor(options: { chunkSamples: number }) {
    if (!Number.isSafeInteger(options.chunkSamples) || options.chunkSamples < minChunkSamples) throw new RangeError(`chunkSamples must be an integer of at least ${minChunkSamples}`);
    this.#chunkSamples = options.chunkSamples;
  }

  /**
   * Takes the next bytes of the encode, split anywhere; they are copied. Returns the chunks that became complete, in
   * order. Throws OggError or VorbisError when the stream is damaged or not what ffmpeg writes; give up then.
   */
  push(bytes: Uint8Array): Chunk[] {
    const chunks: Chunk[] = [];
    for (const page of this.#pages.push(bytes)) {
      this.#take(page);
      while (this.#codec !== undefined && this.#confirmed >= (this.#index + 1) * this.#chunkSamples + tailSamples) {
        chunks.push(this.#cut(this.#codec, (this.#index + 1) * this.#chunkSamples + tailSamples));
      }
    }
    return chunks;
  }

  /** To be called once, after the last byte. Throws OggError "truncated" when the last page is missing, VorbisError "empty" when there are no samples. */
  end(): ChunkedStream {
    this.#pages.end();
    const codec = this.#codec;
    const samples = this.#samples;
    if (codec === undefined || samples === undefined || samples === 0) throw new VorbisError("empty", "The Vorbis stream holds no audio.");
    const chunks: Chunk[] = [];
    while (this.#index * this.#chunkSamples < samples) chunks.push(this.#cut(codec, Math.min(samples, (this.#index + 1) * this.#chunkSamples + tailSamples)));
    return {
      chunks,
      samples,
      rate: codec.ident.rate,
      channels: codec.ident.channels,
      header: codec.header,
      layout: { bytes: this.#offset, parts: this.#parts },
    };
  }

  #take(page: OggPage): void {
    const queue = this.#queue;
    if (page.continued !== queue.partialBytes > 0) throw new OggError("bad-sequence", `Ogg page ${page.sequence} does not continue where the page before it stopped.`);
    if (queue.partialBytes > maxPacketBytes) throw new OggError("too-large", "A Vorbis packet is larger than any this product makes.");
    let offset = (queue.offsets[queue.count] as number) + queue.partialBytes;
    const bytes = page.bytes;
    queue.append(bytes.subarray(bodyStart(page)));
    let packets = 0;
    for (let at = pageHeaderBytes, to = bodyStart(page); at < to; at++) {
      const segment = bytes[at] as number;
      offset += segment;
      if (segment === 255) continue;
      packets++;
      if (this.#codec === undefined) this.#header(offset);
      else this.#audio(this.#codec, offset);
    }
    if (this.#codec === undefined || queue.count === 0) return;
    if (page.last) this.#finish(page.granule);
    else if (packets > 0) this.#confirm(page);
  }

  #header(end: number): void {
    const queue = this.#queue;
    queue.close(end, 0);
    this.#headers.push(queue.packet(queue.count - 1).slice());
    if (this.#headers.length < 3) return;
    const [ident, comment, setup] = this.#headers as [Uint8Array, Uint8Array, Uint8Array];
    if (!isHeader(comment, 3)) throw new VorbisError("bad-header", "The Vorbis comment header is missing.");
    const parsed = parseIdent(ident);
    this.#codec = { ident: parsed, sizes: new BlockSizes(parsed, setup), header: headerPages(ident, setup), pageSamples: Math.floor(parsed.rate / 4) };
    queue.drop(queue.count);
  }

  #audio(codec: Codec, end: number): void {
    const queue = this.#queue;
    const start = queue.offsets[queue.count] as number;
    const block = codec.sizes.of(end > start ? queue.bytes[start] : undefined);
    queue.close(end, this.#block === undefined ? 0 : queue.end + (this.#block + block) / 4);
    this.#block = block;
  }

  #confirm(page: OggPage): void {
    if (page.granule !== this.#queue.end) {
      throw new VorbisError("bad-position", `Ogg page ${page.sequence} claims position ${page.granule}; its packets reach ${this.#queue.end}.`);
    }
    this.#confirmed = page.granule;
  }

  /** The last page may claim less than its packets reach: the encoder pads the end to a whole block. */
  #finish(granule: number): void {
    const samples = granule === noGranule ? this.#confirmed : granule;
    if (samples < this.#confirmed || samples > this.#queue.end) {
      throw new VorbisError("bad-position", `The last Ogg page claims ${samples} samples; its packets reach from ${this.#confirmed} to ${this.#queue.end}.`);
    }
    this.#samples = samples;
  }

  /** Writes the next chunk, whose audio and tail end at `limit`. */
  #cut(codec: Codec, limit: number): Chunk {
    const queue = this.#queue;
    const index = this.#index++;
    const from = index * this.#chunkSamples;
    const to = from + this.#chunkSamples;
    const stop = queue.reaching(limit) + 1;
    // The track's last packet may reach past T_k+1 and be cut back to it: it is the last chunk's own all the same.
    const own = limit <= to ? stop : queue.reaching(to + 1);
    const first = index === 0 ? 0 : queue.reaching(from + 1) - 1;
    const second = index === 0 && stop > 2 ? 2 : first + 1;

    const breaks = [second, ...queue.paginate(second, own, codec.pageSamples)];
    const ownPages = breaks.length;
    breaks.push(...queue.paginate(own, stop, codec.pageSamples));
    const lengths = breaks.map((end, page) => packetLengths(queue, page === 0 ? first : (breaks[page - 1] as number), end));
    const bytes = new Uint8Array(lengths.reduce((sum, packets) => sum + pageBytes(packets), codec.header.length));
    bytes.set(codec.header);

    let at = codec.header.length;
    let packet = first;
    // The part of the whole file: everything but the headers and the pre-roll of later chunks, and the tail.
    let partStart = 0;
    let partEnd = 0;
    for (const [page, packets] of lengths.entries()) {
      const last = page === lengths.length - 1;
      if (page === 1 && index > 0) partStart = at;
      const granule = last ? limit : (queue.ends[packet + packets.length - 1] as number);
      at = writePage(bytes, at, { flags: last ? lastFlag : 0, granule, serial, sequence: page + 2 }, packets, queue.bytes, queue.offsets[packet]);
      packet += packets.length;
      if (page === ownPages - 1) partEnd = at;
    }
    this.#parts.push([this.#offset, this.#pageCount]);
    this.#offset += partEnd - partStart;
    this.#pageCount += index === 0 ? ownPages + 2 : ownPages - 1;

    const lead = index === 0 ? 0 : from - (queue.ends[first] as number);
    // The packet before the next chunk's first is its pre-roll. After the last chunk nothing is needed.
    queue.drop(own - 1);
    return { index, bytes, lead, tail: Math.max(0, limit - to), samples: Math.min(limit, to) - from };
  }
}

function packetLengths(queue: PacketQueue, from: number, to: number): number[] {
  const lengths: number[] = [];
  for (let index = from; index < to; index++) lengths.push(queue.packetBytes(index));
  return lengths;
}

function headerPages(ident: Uint8Array, setup: Uint8Array): Uint8Array {
  const comment = commentHeader();
  const body = new Uint8Array(comment.length + setup.length);
  body.set(comment);
  body.set(setup, comment.length);
  const packets = [comment.length, setup.length];
  const pages = new Uint8Array(pageBytes([ident.length]) + pageBytes(packets));
  const at = writePage(pages, 0, { flags: firstFlag, granule: 0, serial, sequence: 0 }, [ident.length], ident);
  writePage(pages, at, { flags: 0, granule: 0, serial, sequence: 1 }, packets, body);
  return pages;
}
