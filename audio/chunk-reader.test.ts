import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Chunk } from "./chunk.ts";
import { VorbisChunkReader } from "./chunk-reader.ts";
import { InvalidManifest, OggError, VorbisError } from "./errors.ts";
import { chunked, wholeFile, type Chunked } from "./testing/chunked.ts";
import { convert } from "./testing/ffmpeg.ts";
import { bytesOf, differences, joinedBytes, music } from "./testing/signals.ts";
import { VorbisChunker } from "./vorbis-chunker.ts";
import { filePart, partsOfRange } from "./whole-file.ts";

const chunkSamples = 22_050;
let stream: Chunked;
let chunk: Chunk;

beforeAll(async () => {
  const [encode] = await convert([
    {
      input: bytesOf(music(3 * chunkSamples + 900, 2, 44_100)),
      inputOptions: ["-f", "f32le", "-ar", "44100", "-ac", "2"],
      outputOptions: ["-c:a", "libvorbis", "-q:a", "2", "-page_duration", "1", "-f", "ogg"],
    },
  ]);
  stream = chunked(new VorbisChunker({ chunkSamples }), encode as Uint8Array);
  chunk = stream.chunks[1] as Chunk;
});

function outcome(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (error instanceof OggError || error instanceof VorbisError || error instanceof InvalidManifest) return `${error.name} ${error.code}`;
    throw error;
  }
  return "no error";
}

const damaged = (bytes: Uint8Array, at: number) => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

const part = (index: number, bytes: Uint8Array): Uint8Array => filePart({ manifest: { samples: stream.samples, chunkSamples }, tier: "96", layout: stream.layout, index, chunk: bytes });

function reading(bytes: Uint8Array): string {
  return outcome(() => {
    const reader = new VorbisChunkReader();
    reader.push(bytes);
    reader.end();
  });
}

describe("a chunk read as it arrives", () => {
  test("gives the pre-roll first, then pages up to the end of its tail", () => {
    const reader = new VorbisChunkReader();
    const pages = reader.push(chunk.bytes);
    reader.end();
    expect(reader.headers).toMatchObject({ rate: 44_100, channels: 2 });
    expect(pages[0]).toMatchObject({ endSample: chunkSamples - chunk.lead, last: false });
    expect(pages[0]?.packets).toHaveLength(1);
    expect(pages.at(-1)).toMatchObject({ endSample: 2 * chunkSamples + 256, last: true });
    expect(pages.slice(0, -1).some((page) => page.last)).toBe(false);
  });

  test("gives a page as soon as its last byte is there", () => {
    const reader = new VorbisChunkReader({ header: stream.header });
    const rest = chunk.bytes.subarray(stream.header.length);
    const firstPageBytes = 27 + (rest[26] as number) + rest.subarray(27, 27 + (rest[26] as number)).reduce((sum, length) => sum + length, 0);
    expect(reader.push(rest.subarray(0, firstPageBytes - 1))).toEqual([]);
    expect(reader.push(rest.subarray(firstPageBytes - 1, firstPageBytes))).toHaveLength(1);
  });

  test("is refused when damaged, cut short or not a chunk", () => {
    expect(reading(chunk.bytes)).toBe("no error");
    expect(reading(damaged(chunk.bytes, chunk.bytes.length - 5))).toBe("OggError bad-crc");
    expect(reading(chunk.bytes.subarray(0, -1))).toBe("OggError truncated");
    expect(reading(chunk.bytes.subarray(stream.header.length))).toBe("OggError bad-sequence");
    expect(reading(new TextEncoder().encode("<!doctype html><title>404</title>"))).toBe("OggError not-ogg");
  });
});

describe("parts of a whole file", () => {
  test("leave the stored chunk as it is", () => {
    const before = chunk.bytes.slice();
    part(1, chunk.bytes);
    expect(differences(chunk.bytes, before)).toBe(0);
  });

  test("under a byte range give the bytes of the file", () => {
    const file = wholeFile(stream, "96", chunkSamples);
    for (const [start, end] of [[0, 1], [4_000, 20_000], [file.length - 10, file.length + 10]] as const) {
      const pieces = partsOfRange(stream.layout, start, end).map(({ index, from, to }) => part(index, (stream.chunks[index] as Chunk).bytes).subarray(from, to));
      expect(differences(joinedBytes(pieces), file.subarray(start, end))).toBe(0);
    }
  });

  test("are not made from another chunk or a damaged one", () => {
    expect(outcome(() => part(1, (stream.chunks[2] as Chunk).bytes))).toBe("InvalidManifest chunk-differs");
    expect(outcome(() => part(1, damaged(chunk.bytes, 9_000)))).toBe("OggError bad-crc");
    expect(outcome(() => part(1, chunk.bytes.subarray(0, 9_000)))).toBe("OggError truncated");
    expect(outcome(() => part(7, chunk.bytes))).toBe("InvalidManifest no-such-chunk");
  });
});
