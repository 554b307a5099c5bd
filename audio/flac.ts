/**
 * FLAC streams (RFC 9639): the stream header, and where each frame ends. No audio is decoded.
 *
 * A frame does not say how long it is, and what looks like a frame header may occur inside one. So a frame ends where a
 * header follows that has a right CRC-8, the same shape and the next frame number, and the bytes up to there have a
 * right CRC-16; the last frame ends with the stream. Callers: the FLAC chunker, the player's chunk reader.
 */
import { Carry } from "./carry.ts";
import { crc8, crc16 } from "./crc.ts";
import { FlacError } from "./errors.ts";

/** "fLaC", the block header and STREAMINFO. */
export const streamHeaderBytes = 4 + 4 + 34;
/** The streams of different length of one tier have these first bytes in common: the length in samples follows. */
export const commonHeaderBytes = 21;
const nothing = new Uint8Array(0);
const streamMark = [0x66, 0x4c, 0x61, 0x43];
/** Tags and pictures are of no use here; a stream with more is not one of ours. */
const maxMetadataBytes = 16 << 20;

export interface StreamHeader {
  readonly rate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  /** Samples per channel in every frame but the last. */
  readonly blockSamples: number;
  /** Length of the stream, samples per channel; 0 when the encoder did not know it. */
  readonly samples: number;
}

/** Writes a stream header. Frame sizes and the MD5 of the audio are given as unknown (0), as RFC 9639 8.2 allows. */
export function writeStreamHeader(header: StreamHeader): Uint8Array {
  const bytes = new Uint8Array(streamHeaderBytes);
  bytes.set([0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34]);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, header.blockSamples);
  view.setUint16(10, header.blockSamples);
  view.setUint32(18, header.rate * 2 ** 12 + (header.channels - 1) * 2 ** 9 + (header.bitsPerSample - 1) * 2 ** 4 + Math.floor(header.samples / 2 ** 32));
  view.setUint32(22, header.samples % 2 ** 32);
  return bytes;
}

/** Reads STREAMINFO. Throws FlacError "bad-header". */
function parseStreamHeader(block: Uint8Array): StreamHeader {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  if (block.length !== 34) throw new FlacError("bad-header", "The FLAC stream header has the wrong length.");
  const mixed = view.getUint32(10);
  const header = {
    rate: mixed >>> 12,
    channels: ((mixed >>> 9) & 7) + 1,
    bitsPerSample: ((mixed >>> 4) & 31) + 1,
    blockSamples: view.getUint16(2),
    samples: (mixed & 15) * 2 ** 32 + view.getUint32(14),
  };
  if (view.getUint16(0) !== header.blockSamples) throw new FlacError("bad-block-size", "The FLAC frames differ in length: they cannot be cut on a grid.");
  if (header.rate === 0 || header.blockSamples < 16 || header.bitsPerSample < 4) throw new FlacError("bad-header", "The FLAC stream header is not valid.");
  return header;
}

/** The header of a whole stream whose only metadata is STREAMINFO: what our chunks are. Throws FlacError "not-flac" or "bad-header". */
export function parseFileHeader(bytes: Uint8Array): StreamHeader {
  const expected = [...streamMark, 0x80, 0, 0, 34];
  if (bytes.length < streamHeaderBytes || expected.some((byte, at) => bytes[at] !== byte)) throw new FlacError("not-flac", "These bytes do not begin a FLAC chunk.");
  return parseStreamHeader(bytes.subarray(8, streamHeaderBytes));
}

interface FrameHeader {
  /** Number of the frame in its stream. */
  readonly number: number;
  readonly samples: number;
  readonly channels: number;
}

/** The frame header at `at`; undefined when there is none, "incomplete" when the bytes end before that is known. */
function frameHeaderAt(bytes: Uint8Array, at: number): FrameHeader | "incomplete" | undefined {
  if (at + 1 >= bytes.length) return bytes[at] === 0xff ? "incomplete" : undefined;
  // 0xf9 would be a stream of variable block size.
  if (bytes[at] !== 0xff || bytes[at + 1] !== 0xf8) return undefined;
  if (at + 5 > bytes.length) return "incomplete";
  const sizes = bytes[at + 2] as number;
  const shape = bytes[at + 3] as number;
  const sizeCode = sizes >>> 4;
  const rateCode = sizes & 15;
  const channelCode = shape >>> 4;
  if (sizeCode === 0 || rateCode === 15 || channelCode > 10 || ((shape >>> 1) & 7) === 3 || (shape & 1) !== 0) return undefined;
  const lead = bytes[at + 4] as number;
  // Coded like UTF-8, with up to 31 bits: leading ones count the bytes.
  const extra = lead < 0x80 ? 0 : Math.clz32(~(lead << 24)) - 1;
  if (lead >= 0x80 && (extra < 1 || extra > 5)) return undefined;
  const size = at + 5 + extra;
  const rate = size + (sizeCode === 6 ? 1 : sizeCode === 7 ? 2 : 0);
  const check = rate + (rateCode === 12 ? 1 : rateCode >= 13 ? 2 : 0);
  if (check >= bytes.length) return "incomplete";
  if (crc8(bytes, at, check) !== bytes[check]) return undefined;
  let number = extra === 0 ? lead : lead & (0x3f >>> extra);
  for (let index = at + 5; index < size; index++) {
    const byte = bytes[index] as number;
    if ((byte & 0xc0) !== 0x80) return undefined;
    number = number * 64 + (byte & 0x3f);
  }
  return { number, samples: blockSamples(bytes, sizeCode, size), channels: channelCode < 8 ? channelCode + 1 : 2 };
}

/** RFC 9639 9.1.1. */
function blockSamples(bytes: Uint8Array, code: number, at: number): number {
  if (code === 1) return 192;
  if (code <= 5) return 144 << code;
  if (code === 6) return (bytes[at] as number) + 1;
  if (code === 7) return (((bytes[at] as number) << 8) | (bytes[at + 1] as number)) + 1;
  return 1 << code;
}

/** A whole frame, header and footer included. */
export interface FlacFrame {
  readonly bytes: Uint8Array;
  readonly number: number;
  /** Samples per channel. */
  readonly samples: number;
}

/** Splits a FLAC stream of fixed block size into frames while it arrives, in pieces of any size. */
export class FrameReader {
  #header: StreamHeader | undefined;
  readonly #carry = new Carry();
  /** Bytes from the start of the block or frame being read. */
  #input: Uint8Array = new Uint8Array(0);
  #stage: "mark" | "metadata" | "frames" = "mark";
  #metadataBytes = 0;
  #frame: FrameHeader | undefined;
  /** Up to here #input holds no end of the current frame, and #crc is the CRC-16. */
  #scanned = 0;
  #crc = 0;
  #ended = false;

  /** Known once the stream header has arrived, before the first frame. */
  get header(): StreamHeader | undefined {
    return this.#header;
  }

  /**
   * The frames that are known to be complete: a frame is when the next one begins. They are views, to be read or copied
   * before the next push and before `bytes` is used again. Throws FlacError when the stream is damaged or not like ours.
   */
  push(bytes: Uint8Array): FlacFrame[] {
    this.#input = this.#carry.join(bytes);
    if (this.#stage === "mark") this.#mark();
    while (this.#stage === "metadata" && this.#block()) continue;
    const frames: FlacFrame[] = [];
    if (this.#stage === "frames") for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    this.#carry.keep(this.#input);
    return frames;
  }

  /** The last frame, which the end of the stream completes. Throws FlacError "empty" or "truncated". */
  end(): FlacFrame[] {
    if (this.#ended) return [];
    if (this.#stage !== "frames") throw new FlacError("truncated", "The FLAC stream stops inside its header.");
    this.#input = this.#carry.join(nothing);
    if (this.#input.length === 0) throw new FlacError("empty", "The FLAC stream holds no audio.");
    const frame = this.#frame;
    if (frame === undefined || crc16(this.#input, this.#scanned, this.#input.length, this.#crc) !== 0) throw new FlacError("truncated", "The FLAC stream stops inside a frame, or its last frame is damaged.");
    this.#ended = true;
    return [{ bytes: this.#input, number: frame.number, samples: frame.samples }];
  }

  #mark(): void {
    for (let at = 0; at < Math.min(4, this.#input.length); at++) if (this.#input[at] !== streamMark[at]) throw new FlacError("not-flac", "These bytes do not begin a FLAC stream.");
    if (this.#input.length < 4) return;
    this.#input = this.#input.subarray(4);
    this.#stage = "metadata";
  }

  /** Reads one metadata block; false when it is incomplete. */
  #block(): boolean {
    if (this.#input.length < 4) return false;
    const [type, high, middle, low] = this.#input as unknown as [number, number, number, number];
    const length = (high << 16) | (middle << 8) | low;
    if (this.#metadataBytes + length > maxMetadataBytes) throw new FlacError("too-large", "The FLAC stream has too much metadata.");
    if (this.#header === undefined && (type & 0x7f) !== 0) throw new FlacError("bad-header", "The FLAC stream does not begin with its header.");
    if (this.#input.length < 4 + length) return false;
    this.#header ??= parseStreamHeader(this.#input.subarray(4, 4 + length));
    this.#metadataBytes += length;
    this.#input = this.#input.subarray(4 + length);
    if ((type & 0x80) !== 0) this.#stage = "frames";
    return true;
  }

  #next(): FlacFrame | undefined {
    const header = this.#header as StreamHeader;
    if (this.#frame === undefined) {
      if (this.#input.length === 0) return undefined;
      const first = frameHeaderAt(this.#input, 0);
      if (first === "incomplete") return undefined;
      if (first === undefined || first.samples > header.blockSamples || first.channels !== header.channels) throw new FlacError("bad-frame", "The FLAC stream's first frame is damaged.");
      this.#begin(first);
    }
    const frame = this.#frame as FrameHeader;
    const input = this.#input;
    for (let at = input.indexOf(0xff, this.#scanned); at !== -1; at = input.indexOf(0xff, at + 1)) {
      const next = frameHeaderAt(input, at);
      if (next === "incomplete") {
        this.#advance(at);
        return undefined;
      }
      if (next === undefined || next.number !== frame.number + 1 || next.samples > header.blockSamples || next.channels !== header.channels) continue;
      this.#advance(at);
      if (this.#crc !== 0) continue;
      if (frame.samples !== header.blockSamples) throw new FlacError("bad-block-size", `FLAC frame ${frame.number} is short, yet not the last.`);
      this.#input = input.subarray(at);
      this.#begin(next);
      return { bytes: input.subarray(0, at), number: frame.number, samples: frame.samples };
    }
    this.#advance(input.length);
    // Uncompressed, one bit more for a side channel, and room for headers: no frame is larger (RFC 9639 9.2.2).
    if (input.length > Math.ceil((header.blockSamples * header.channels * (header.bitsPerSample + 1)) / 8) + 64) {
      throw new FlacError("bad-frame", `FLAC frame ${frame.number} is damaged: its end cannot be found.`);
    }
    return undefined;
  }

  #begin(frame: FrameHeader): void {
    this.#frame = frame;
    this.#scanned = 0;
    this.#crc = 0;
    // The scan must not find this frame's own header: every header is at least six bytes.
    this.#advance(Math.min(2, this.#input.length));
  }

  #advance(to: number): void {
    this.#crc = crc16(this.#input, this.#scanned, to, this.#crc);
    this.#scanned = to;
  }
}
