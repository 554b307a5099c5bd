import { beforeAll, describe, expect, test } from "@jest/globals";
import { FLACDecoder } from "@wasm-audio-decoders/flac";
import * as fc from "fast-check";
import { crc16, crc8 } from "./crc.ts";
import { FlacError } from "./errors.ts";
import { FlacChunker } from "./flac-chunker.ts";
import { FrameReader, parseFileHeader, streamHeaderBytes, writeStreamHeader, type FlacFrame } from "./flac.ts";
import { chunked, wholeFile, type Chunked } from "./testing/chunked.ts";
import { convert } from "./testing/ffmpeg.ts";
import { bytesOf, differences, joinedBytes, music } from "./testing/signals.ts";

interface Shape {
  readonly name: string;
  readonly rate: 44_100 | 48_000;
  readonly channels: 1 | 2;
  readonly bits: 16 | 24;
  readonly samples: number;
  readonly noise?: boolean;
}

interface Encode extends Shape {
  readonly chunkSamples: number;
  /** The samples that were encoded, as raw bytes: 16 bit, or 24 in 32. */
  readonly source: Uint8Array;
  readonly bytes: Uint8Array;
  readonly stream: Chunked;
  readonly file: Uint8Array;
  readonly decoded: readonly Uint8Array[];
  readonly wholeDecoded: Uint8Array;
}

const shapes: readonly Shape[] = [
  { name: "16 bit", rate: 44_100, channels: 2, bits: 16, samples: 12 * 44_100 + 17 },
  { name: "24 bit", rate: 44_100, channels: 2, bits: 24, samples: 6 * 44_100 },
  { name: "48 kHz mono", rate: 48_000, channels: 1, bits: 16, samples: 11 * 48_000 + 4_001 },
  { name: "white noise, stored uncompressed", rate: 44_100, channels: 2, bits: 16, samples: 2 * 44_100, noise: true },
  { name: "1 sample", rate: 44_100, channels: 2, bits: 16, samples: 1 },
  { name: "17 samples", rate: 48_000, channels: 2, bits: 24, samples: 17 },
  { name: "one frame", rate: 44_100, channels: 1, bits: 16, samples: 4_410 },
  { name: "a chunk exactly", rate: 44_100, channels: 2, bits: 16, samples: 5 * 44_100 },
  { name: "1 sample after a chunk", rate: 44_100, channels: 2, bits: 16, samples: 5 * 44_100 + 1 },
];

function sourceOf({ samples, channels, rate, bits, noise }: Shape): Uint8Array {
  let seed = 1;
  const random = () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0) / 2 ** 31;
  const signal = noise === true ? Float32Array.from({ length: samples * channels }, random) : music(samples, channels, rate);
  const clipped = signal.map((value) => Math.max(-1, Math.min(1 - 2 ** -15, value)));
  return bits === 16 ? bytesOf(Int16Array.from(clipped, (value) => Math.floor(value * 2 ** 15))) : bytesOf(Int32Array.from(clipped, (value) => Math.floor(value * 2 ** 23) * 256));
}

const rawOf = ({ bits }: Shape) => (bits === 16 ? "s16le" : "s32le");

let encodes: Encode[];

beforeAll(async () => {
  const sources = shapes.map(sourceOf);
  const encoded = await convert(
    shapes.map((shape, index) => ({
      input: sources[index] as Uint8Array,
      inputOptions: ["-f", rawOf(shape), "-ar", String(shape.rate), "-ac", String(shape.channels)],
      outputOptions: ["-c:a", "flac", "-frame_size", shape.rate === 44_100 ? "4410" : "4000", ...(shape.bits === 24 ? ["-bits_per_raw_sample", "24"] : []), "-f", "flac"],
    })),
  );
  const cut = shapes.map((shape, index) => {
    const chunkSamples = 5 * shape.rate;
    const bytes = encoded[index] as Uint8Array;
    const stream = chunked(new FlacChunker({ chunkSamples }), bytes, 10_007);
    return { ...shape, chunkSamples, source: sources[index] as Uint8Array, bytes, stream, file: wholeFile(stream, "flac", chunkSamples) };
  });
  const decoded = await convert(cut.flatMap((encode) => [encode.file, ...encode.stream.chunks.map((chunk) => chunk.bytes)].map((input) => ({ input, outputOptions: ["-f", rawOf(encode)] }))));
  encodes = cut.map((encode) => {
    const [wholeDecoded, ...chunks] = decoded.splice(0, 1 + encode.stream.chunks.length) as [Uint8Array, ...Uint8Array[]];
    return { ...encode, wholeDecoded, decoded: chunks };
  });
});

function problems(problem: (encode: Encode) => unknown): Record<string, unknown> {
  return Object.fromEntries(encodes.map((encode): [string, unknown] => [encode.name, problem(encode)]).filter(([, found]) => found !== undefined && found !== 0));
}

function outcome(bytes: Uint8Array, chunkSamples = 5 * 44_100): string {
  const chunker = new FlacChunker({ chunkSamples });
  try {
    chunker.push(bytes);
    return `${chunker.end().samples} samples`;
  } catch (error) {
    if (error instanceof FlacError) return error.code;
    throw error;
  }
}

describe("chunks of a FLAC encode", () => {
  test("have the length of the track, on the grid, without lead or tail", () => {
    expect(problems(({ stream, samples, chunkSamples }) => (stream.samples === samples && stream.chunks.length === Math.ceil(samples / chunkSamples) ? undefined : stream.samples))).toEqual({});
    expect(problems(({ stream, samples, chunkSamples }) => stream.chunks.find((chunk, index) => chunk.index !== index || chunk.lead !== 0 || chunk.tail !== 0 || chunk.samples !== Math.min(chunkSamples, samples - index * chunkSamples))?.index)).toEqual({});
  });

  test("put end to end are the source, bit for bit", () => {
    expect(problems(({ decoded, source }) => differences(joinedBytes(decoded), source))).toEqual({});
  });

  test("are standalone files: header with their own length, then whole frames", () => {
    const wrong = problems(({ stream, rate, channels, bits }) =>
      stream.chunks.find(({ bytes, samples }) => {
        const reader = new FrameReader();
        const frames = [...reader.push(bytes), ...reader.end()];
        const header = parseFileHeader(bytes);
        return header.samples !== samples || header.rate !== rate || header.channels !== channels || header.bitsPerSample !== bits || frames.reduce((sum, frame) => sum + frame.samples, 0) !== samples || differences(bytes.subarray(0, stream.header.length), stream.header) !== 0;
      })?.index,
    );
    expect(wrong).toEqual({});
  });

  test("decode exactly in the player's decoder, frame by frame and as files", async () => {
    for (const { name, stream, source, channels, bits } of encodes) {
      const values = bits === 16 ? new Int16Array(source.buffer) : new Int32Array(source.buffer);
      const scale = bits === 16 ? 2 ** 15 : 2 ** 31;
      let at = 0;
      for (const { bytes, samples } of stream.chunks) {
        const expected = values.subarray(at, (at += samples * channels));
        const decoder = new FLACDecoder();
        await decoder.ready;
        const reader = new FrameReader();
        const frames = [...reader.push(bytes), ...reader.end()];
        const decodes = [await decoder.decodeFrames(frames.map((frame) => frame.bytes))];
        await decoder.reset();
        // The decoder's own file parser loses a last frame of 12 bytes (one sample, mono), from ffmpeg's files too.
        if (name !== "48 kHz mono") decodes.push(await decoder.decodeFile(bytes));
        for (const { channelData, samplesDecoded, errors } of decodes) {
          expect([name, samplesDecoded, errors]).toEqual([name, samples, []]);
          // Float samples, scaled by 32767 where positive: equal means within that.
          const worst = channelData.reduce((most, output, channel) => output.reduce((worse, value, index) => Math.max(worse, Math.abs(value - (expected[index * channels + channel] as number) / scale)), most), 0);
          expect([name, worst < 2 ** -14.9]).toEqual([name, true]);
        }
        decoder.free();
      }
    }
  });

  test("are the same however the encode arrives", () => {
    const encode = encodes.find(({ name }) => name === "17 samples") as Encode;
    for (const pieceBytes of [1, 3, 1 << 20]) {
      const again = chunked(new FlacChunker({ chunkSamples: encode.chunkSamples }), encode.bytes, pieceBytes);
      expect(differences(joinedBytes(again.chunks.map((chunk) => chunk.bytes)), joinedBytes(encode.stream.chunks.map((chunk) => chunk.bytes)))).toBe(0);
    }
  });
});

/** Header of a mono 16-bit frame of 16 samples at 44.1 kHz. */
function frameHeader(number: number): Uint8Array {
  const coded = number < 128 ? [number] : [0xc0 | (number >>> 6), 0x80 | (number & 0x3f)];
  const header = Uint8Array.of(0xff, 0xf8, 0x69, 0x08, ...coded, 15);
  return Uint8Array.of(...header, crc8(header, 0, header.length));
}

/** A frame that stores its 32 bytes of samples as they are. */
function storedFrame(number: number, samples: Uint8Array): Uint8Array {
  const frame = Uint8Array.of(...frameHeader(number), 0x02, ...samples);
  const check = crc16(frame);
  return Uint8Array.of(...frame, check >>> 8, check & 0xff);
}

function split(bytes: Uint8Array, pieceBytes: number): FlacFrame[] {
  const reader = new FrameReader();
  const frames: FlacFrame[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) frames.push(...reader.push(bytes.subarray(at, at + pieceBytes)).map((frame) => ({ ...frame, bytes: frame.bytes.slice() })));
  return [...frames, ...reader.end()];
}

describe("frames whose samples look like frames", () => {
  const streamHeader = writeStreamHeader({ rate: 44_100, channels: 1, bitsPerSample: 16, blockSamples: 16, samples: 0 });
  const frames = Array.from({ length: 140 }, (_, number) => {
    const samples = new Uint8Array(32).fill(0xff);
    // The very header that follows, twice: once whole, once at the end of the frame where it touches the checksum.
    samples.set(frameHeader(number + 1), 3);
    samples.set(frameHeader(number + 1), 32 - frameHeader(number + 1).length);
    return storedFrame(number, samples);
  });

  test("are split where they end, however they arrive", () => {
    for (const pieceBytes of [1, 2, 5, 43, 44, 45, 10_000]) {
      const found = split(joinedBytes([streamHeader, ...frames]), pieceBytes);
      expect(found.map(({ number, samples }) => [number, samples])).toEqual(frames.map((_, number) => [number, 16]));
      expect(found.map(({ bytes }) => [...bytes])).toEqual(frames.map((frame) => [...frame]));
    }
  });

  test("are refused when one of them is missing", () => {
    expect(() => split(joinedBytes([streamHeader, ...frames.slice(0, 5), ...frames.slice(6)]), 64)).toThrow(FlacError);
  });
});

describe("the lossless tier as one file", () => {
  test("decodes to the source, has the length the layout gives and the track's in its header", () => {
    expect(problems(({ wholeDecoded, source }) => differences(wholeDecoded, source))).toEqual({});
    expect(problems(({ file, stream, samples }) => (file.length === stream.layout.bytes && parseFileHeader(file).samples === samples ? undefined : file.length))).toEqual({});
  });

  test("holds the encoder's frames unchanged", () => {
    expect(problems(({ file, bytes }) => differences(file.subarray(streamHeaderBytes), bytes.subarray(bytes.length - file.length + streamHeaderBytes)))).toEqual({});
  });
});

const named = (name: string): Encode => encodes.find((encode) => encode.name === name) as Encode;

describe("a FLAC encode that cannot be cut", () => {
  test("with a byte of audio changed is refused", () => {
    const { bytes } = named("one frame");
    const audio = bytes.length - named("one frame").file.length + streamHeaderBytes;
    fc.assert(
      fc.property(fc.integer({ min: audio, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = bytes.slice();
        damaged[at] = (damaged[at] as number) ^ change;
        expect(["bad-frame", "truncated", "bad-block-size"]).toContain(outcome(damaged));
      }),
      { numRuns: 100 },
    );
    const long = named("16 bit").bytes.slice();
    long[1_000_000] = (long[1_000_000] as number) ^ 1;
    expect(outcome(long)).toBe("bad-frame");
  });

  test("cut short is refused", () => {
    const { bytes, samples } = named("16 bit");
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), (length) => {
        const result = outcome(bytes.subarray(0, length));
        // Cut between two frames it is a shorter stream; a file that tells its length shows that, a pipe's header does not.
        if (result.endsWith("samples")) expect(Number.parseInt(result, 10)).toBeLessThan(samples);
        else expect(["truncated", "empty"]).toContain(result);
      }),
      { numRuns: 40 },
    );
  });

  test("of another shape is refused", () => {
    const { bytes } = named("one frame");
    expect(outcome(bytes, 5 * 48_000)).toBe("bad-block-size");
    expect(outcome(new TextEncoder().encode("OggS and more"))).toBe("not-flac");
    expect(outcome(new Uint8Array(0))).toBe("truncated");
    const header = writeStreamHeader({ rate: 44_100, channels: 2, bitsPerSample: 16, blockSamples: 4_410, samples: 0 });
    expect(outcome(header)).toBe("empty");
    expect(outcome(joinedBytes([header, new TextEncoder().encode("no frame at all")]))).toBe("bad-frame");
    expect(outcome(joinedBytes([header.subarray(0, 4), Uint8Array.of(1, 0, 0, 1, 0), header.subarray(4)]))).toBe("bad-header");
    expect(outcome(joinedBytes([header, named("a chunk exactly").stream.chunks[0]?.bytes.subarray(100_000) ?? header]))).toBe("bad-frame");
  });

  test("that does not begin with frame 0 is refused", () => {
    const later = named("16 bit").stream.chunks[1]?.bytes as Uint8Array;
    expect(outcome(later)).toBe("bad-frame");
  });
});
