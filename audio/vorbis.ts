/**
 * Vorbis packets, as far as cutting needs them: what the headers say about block sizes, and how far each audio packet
 * carries the stream. No audio is decoded.
 *
 * A packet's block overlaps its predecessor's: the first packet after a start gives no samples, every later one gives
 * (previous block + this block) / 4 (Vorbis I, section 4.3.8).
 */
import { VorbisError } from "./errors.ts";
import { ilog, parseModes } from "./vorbis-setup.ts";

export interface VorbisIdent {
  readonly channels: number;
  readonly rate: number;
  /** Block sizes in samples: [short, long]. */
  readonly blocks: readonly [number, number];
}

/** Reads an identification header. Throws VorbisError "bad-header". */
export function parseIdent(packet: Uint8Array): VorbisIdent {
  if (packet.length !== 30 || !isHeader(packet, 1)) throw new VorbisError("bad-header", "The stream does not begin with a Vorbis identification header.");
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const channels = view.getUint8(11);
  const rate = view.getUint32(12, true);
  const exponents = view.getUint8(28);
  const short = exponents & 15;
  const long = exponents >>> 4;
  if (view.getUint32(7, true) !== 0 || channels === 0 || rate === 0 || short < 6 || long < short || long > 13 || (view.getUint8(29) & 1) === 0) {
    throw new VorbisError("bad-header", "The Vorbis identification header is not valid.");
  }
  return { channels, rate, blocks: [1 << short, 1 << long] };
}

/** Whether this packet is the header of `type`: 1 identification, 3 comment, 5 setup. */
export function isHeader(packet: Uint8Array, type: 1 | 3 | 5): boolean {
  return packet.length > 7 && packet[0] === type && vorbisMark.every((byte, index) => packet[index + 1] === byte);
}

const vorbisMark = [0x76, 0x6f, 0x72, 0x62, 0x69, 0x73];

/** Tells each audio packet's block size from its first bits. */
export class BlockSizes {
  readonly #blocks: readonly number[];
  readonly #mask: number;

  /** From the identification and setup headers. Throws VorbisError "bad-header". */
  constructor(ident: VorbisIdent, setup: Uint8Array) {
    if (!isHeader(setup, 5)) throw new VorbisError("bad-header", "The Vorbis setup header is missing.");
    const modes = parseModes(setup, ident.channels);
    this.#blocks = modes.map((long) => ident.blocks[long ? 1 : 0]);
    this.#mask = (1 << ilog(modes.length - 1)) - 1;
  }

  /** Block size of the audio packet that begins with `firstByte`. Throws VorbisError "bad-packet". */
  of(firstByte: number | undefined): number {
    // Bit 0 is 0 for audio; the mode number follows (at most 6 bits, so it never leaves the first byte).
    const block = firstByte === undefined || (firstByte & 1) !== 0 ? undefined : this.#blocks[(firstByte >>> 1) & this.#mask];
    if (block === undefined) throw new VorbisError("bad-packet", "A packet is not Vorbis audio, or uses a mode that does not exist.");
    return block;
  }
}

/** A comment header with a fixed vendor and no comments: tags live in the catalog, and chunk headers must all be equal. */
export function commentHeader(): Uint8Array {
  const vendor = new TextEncoder().encode("Ensemble");
  const packet = new Uint8Array(7 + 4 + vendor.length + 4 + 1);
  packet[0] = 3;
  packet.set(vorbisMark, 1);
  new DataView(packet.buffer).setUint32(7, vendor.length, true);
  packet.set(vendor, 11);
  packet[packet.length - 1] = 1;
  return packet;
}
