/**
 * Decoders: a chunk's bytes in, samples out, page by page while the chunk arrives.
 *
 * Vorbis goes through libvorbis and FLAC through libFLAC, both as WebAssembly (@wasm-audio-decoders): the same decoder
 * in every browser and in Node, exact to the sample, and no container in between that trims or pads. The browser's own
 * ways fail here: MSE refuses Ogg, decodeAudioData resamples each chunk alone, WebCodecs is missing or slow in places.
 */
import { FLACDecoder } from "@wasm-audio-decoders/flac";
import { OggVorbisDecoder } from "@wasm-audio-decoders/ogg-vorbis";
import { FlacChunkReader, VorbisChunkReader, type FlacFrame, type TierManifest, type VorbisPage } from "../../audio/index.ts";
import { PlaybackError } from "../errors.ts";

/** One array per channel, all of one length. */
export type Samples = readonly Float32Array[];

/** Decodes one chunk after the other. `begin` starts a chunk anew; nothing of the one before is left in the decoder. */
export interface ChunkDecoder {
  begin(): Promise<void>;
  /** Takes the next bytes of the chunk; answers what became decodable, perhaps nothing. */
  push(bytes: Uint8Array): Promise<Samples>;
  /** The rest. Throws PlaybackError "CORRUPT" when the chunk is cut short. */
  end(): Promise<Samples>;
  free(): void;
}

export type Codec = TierManifest["codec"];

export function openDecoder(codec: Codec): Promise<ChunkDecoder> {
  return codec === "vorbis" ? VorbisDecoder.open() : LosslessDecoder.open();
}

const none: Samples = [];

type OggPages = Parameters<OggVorbisDecoder["decodeOggPages"]>[0];

class VorbisDecoder implements ChunkDecoder {
  readonly #wasm: OggVorbisDecoder;
  #reader = new VorbisChunkReader();
  #fresh = true;
  #headersSent = false;

  private constructor(wasm: OggVorbisDecoder) {
    this.#wasm = wasm;
  }

  static async open(): Promise<VorbisDecoder> {
    const wasm = new OggVorbisDecoder();
    await wasm.ready;
    return new VorbisDecoder(wasm);
  }

  async begin(): Promise<void> {
    // A chunk repeats the packet before it; a decoder that remembered would put it out twice. About 1 ms.
    if (!this.#fresh) await this.#wasm.reset();
    this.#fresh = true;
    this.#headersSent = false;
    this.#reader = new VorbisChunkReader();
  }

  async push(bytes: Uint8Array): Promise<Samples> {
    return this.#decode(readable(() => this.#reader.push(bytes)));
  }

  async end(): Promise<Samples> {
    readable(() => this.#reader.end());
    return none;
  }

  free(): void {
    this.#wasm.free();
  }

  async #decode(pages: readonly VorbisPage[]): Promise<Samples> {
    const packets = pages.flatMap((page) => page.packets);
    const { headers } = this.#reader;
    if (packets.length === 0 || headers === undefined) return none;
    this.#fresh = false;
    const frames = packets.map((data) => ({ header: { vorbisSetup: headers.setup }, data }));
    // Pages made by hand: our own reader has parsed them, the decoder needs the headers once and then the packets.
    const page = { data: this.#headersSent ? new Uint8Array(1) : headers.ident, codecFrames: frames, isLastPage: false };
    this.#headersSent = true;
    const { channelData, errors } = await this.#wasm.decodeOggPages([page] as unknown as OggPages);
    if (errors.length > 0) throw new PlaybackError("CORRUPT", "A part of this track cannot be decoded.", errors);
    return channelData;
  }
}

class LosslessDecoder implements ChunkDecoder {
  readonly #wasm: FLACDecoder;
  #reader = new FlacChunkReader();
  #fresh = true;

  private constructor(wasm: FLACDecoder) {
    this.#wasm = wasm;
  }

  static async open(): Promise<LosslessDecoder> {
    const wasm = new FLACDecoder();
    await wasm.ready;
    return new LosslessDecoder(wasm);
  }

  async begin(): Promise<void> {
    if (!this.#fresh) await this.#wasm.reset();
    this.#fresh = true;
    this.#reader = new FlacChunkReader();
  }

  async push(bytes: Uint8Array): Promise<Samples> {
    return this.#decode(readable(() => this.#reader.push(bytes)));
  }

  async end(): Promise<Samples> {
    return this.#decode(readable(() => this.#reader.end()));
  }

  free(): void {
    this.#wasm.free();
  }

  async #decode(frames: readonly FlacFrame[]): Promise<Samples> {
    if (frames.length === 0) return none;
    this.#fresh = false;
    const { channelData, errors, bitDepth } = await this.#wasm.decodeFrames(frames.map((frame) => frame.bytes));
    if (errors.length > 0) throw new PlaybackError("CORRUPT", "A part of this track cannot be decoded.", errors);
    return channelData.map((samples) => fullScale(samples, bitDepth));
  }
}

/**
 * libFLAC's samples as the rest of the world scales them. The WebAssembly build divides integers by 2^(bits-1) - 1, so
 * its loudest negative sample is below -1; ffmpeg, browsers and our Vorbis tiers use 2^(bits-1). Exact up to 24 bits.
 */
function fullScale(samples: Float32Array, bits: number): Float32Array {
  const half = 2 ** (bits - 1);
  for (let i = 0; i < samples.length; i++) samples[i] = Math.round((samples[i] ?? 0) * (half - 1)) / half;
  return samples;
}

/** Runs a parser step; what it cannot read is a corrupt chunk. */
function readable<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new PlaybackError("CORRUPT", "A part of this track is damaged.", error);
  }
}
