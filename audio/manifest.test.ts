import { describe, expect, test } from "@jest/globals";
import { build } from "esbuild";
import * as fc from "fast-check";
import { InvalidManifest } from "./errors.ts";
import { chunkCount, chunkKey, samplesOfChunk, type FileLayout, type Manifest, type TierManifest } from "./manifest.ts";
import { assertManifest, tierManifest } from "./manifest-build.ts";
import { filePart, partsOfRange } from "./whole-file.ts";

const tier: TierManifest = {
  codec: "vorbis",
  header: { bytes: 4_000, sha256: "0".repeat(64) },
  avgKbps: 150,
  chunks: [
    [0, 90_000, 0, 256],
    [90_000, 91_000, 448, 100],
    [181_000, 5_000, 576, 0],
  ],
};
const manifest: Manifest = {
  v: 1,
  track: "t1",
  media: "m1",
  rate: 44_100,
  channels: 2,
  samples: 441_100,
  chunkSamples: 220_500,
  loudness: { lufs: -14.2, truePeak: null },
  tiers: { "160": tier, flac: { ...tier, codec: "flac", header: { bytes: 21, sha256: "f".repeat(64) }, chunks: [[0, 600_000, 0, 0], [600_000, 600_000, 0, 0], [1_200_000, 900, 0, 0]] } },
};

const problem = (value: unknown): string => {
  try {
    assertManifest(value);
  } catch (error) {
    if (error instanceof InvalidManifest) return error.message;
    throw error;
  }
  return "none";
};

const withTier = (change: object) => ({ ...manifest, tiers: { "160": { ...tier, ...change } } });

describe("a manifest", () => {
  test("counts chunks and their samples", () => {
    expect(chunkCount(manifest)).toBe(3);
    expect([0, 1, 2, 3].map((index) => samplesOfChunk(manifest, index))).toEqual([220_500, 220_500, 100, 0]);
    expect(chunkCount({ samples: 1, chunkSamples: 220_500 })).toBe(1);
    expect(chunkCount({ samples: 441_000, chunkSamples: 220_500 })).toBe(2);
    expect([chunkKey("t1", "160", 7), chunkKey("t1", "flac", 0)]).toEqual(["audio/t1/160/7.ogg", "audio/t1/flac/0.flac"]);
  });

  test("that is right is accepted, after JSON too, and with tiers of a later version", () => {
    expect(problem(manifest)).toBe("none");
    expect(problem(JSON.parse(JSON.stringify(manifest)))).toBe("none");
    expect(problem({ ...manifest, tiers: { ...manifest.tiers, surround: { anything: 1 } } })).toBe("none");
  });

  test.each<[string, unknown]>([
    ["the manifest is not an object", null],
    ["the manifest is not an object", []],
    ["v is not 1", { ...manifest, v: 2 }],
    ["track is not an id", { ...manifest, track: "" }],
    ["rate is neither 44100 nor 48000", { ...manifest, rate: 22_050 }],
    ["channels is neither 1 nor 2", { ...manifest, channels: 6 }],
    ["samples is not a length", { ...manifest, samples: 0 }],
    ["samples is not a length", { ...manifest, samples: 1.5 }],
    ["chunkSamples is not a length", { ...manifest, chunkSamples: 1 }],
    ["loudness is not an object", { ...manifest, loudness: undefined }],
    ["loudness.lufs is neither a number nor null", { ...manifest, loudness: { lufs: "loud", truePeak: 0 } }],
    ["there is no tier", { ...manifest, tiers: {} }],
    ["tier 160 has the wrong codec", withTier({ codec: "flac" })],
    ["tier 160 has no header length", withTier({ header: { bytes: 0, sha256: "0".repeat(64) } })],
    ["tier 160 has no header hash", withTier({ header: { bytes: 10, sha256: "0" } })],
    ["tier 160 has no bit rate", withTier({ avgKbps: Number.NaN })],
    ["tier 160 does not have 3 chunks", withTier({ chunks: tier.chunks.slice(1) })],
    ["chunk 0 of tier 160 is not four counts", withTier({ chunks: [[0, 90_000, 0], ...tier.chunks.slice(1)] })],
    ["chunk 1 of tier 160 does not follow the one before", withTier({ chunks: [tier.chunks[0], [90_001, 91_000, 448, 100], tier.chunks[2]] })],
    ["chunk 0 of tier 160 has an impossible lead", withTier({ chunks: [[0, 90_000, 1, 256], ...tier.chunks.slice(1)] })],
    ["chunk 1 of tier 160 has an impossible tail", withTier({ chunks: [tier.chunks[0], [90_000, 91_000, 448, 101], tier.chunks[2]] })],
  ])("is refused when %s", (message, value) => {
    expect(problem(value)).toContain(message);
  });

  test("gets a tier's entry from its chunks", async () => {
    const chunks = [
      { bytes: 90_000, lead: 0, tail: 256 },
      { bytes: 30_000, lead: 448, tail: 0 },
    ];
    expect(await tierManifest("vorbis", chunks, { header: new TextEncoder().encode("abc"), samples: 48_000 * 8, rate: 48_000 })).toEqual({
      codec: "vorbis",
      header: { bytes: 3, sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
      avgKbps: 120,
      chunks: [
        [0, 90_000, 0, 256],
        [90_000, 30_000, 448, 0],
      ],
    });
  });
});

describe("a byte range of a whole file", () => {
  const layout: FileLayout = { bytes: 1_000, parts: [[0, 0], [400, 9], [900, 20]] };

  test("lies in these parts", () => {
    expect(partsOfRange(layout, 0, 1_000)).toEqual([{ index: 0, from: 0, to: 400 }, { index: 1, from: 0, to: 500 }, { index: 2, from: 0, to: 100 }]);
    expect(partsOfRange(layout, 399, 401)).toEqual([{ index: 0, from: 399, to: 400 }, { index: 1, from: 0, to: 1 }]);
    expect(partsOfRange(layout, 400, 900)).toEqual([{ index: 1, from: 0, to: 500 }]);
    expect(partsOfRange(layout, 950, 9_000)).toEqual([{ index: 2, from: 50, to: 100 }]);
    expect(partsOfRange(layout, 1_000, 2_000)).toEqual([]);
    expect(partsOfRange(layout, 10, 10)).toEqual([]);
  });

  test("is the same bytes as the slice of the file, for any file and range", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lengths, fc.nat(700), fc.nat(700), (sizes, start, length) => {
        let offset = 0;
        const parts = sizes.map((size): [number, number] => [(offset += size) - size, 0]);
        const found = partsOfRange({ bytes: offset, parts }, start, start + length).flatMap(({ index, from, to }) => Array.from({ length: to - from }, (_, at) => (parts[index]?.[0] ?? 0) + from + at));
        const expected = Array.from({ length: Math.max(0, Math.min(offset, start + length) - start) }, (_, at) => start + at);
        expect(found).toEqual(expected);
      }),
    );
  });

  test("has no part past the last chunk", () => {
    expect(() => filePart({ manifest, tier: "160", layout, index: 3, chunk: new Uint8Array(0) })).toThrow(InvalidManifest);
  });
});

test("the audio folder can be bundled for a browser: it uses nothing of Node", async () => {
  const { outputFiles } = await build({ entryPoints: [new URL("index.ts", import.meta.url).pathname], bundle: true, format: "esm", platform: "browser", write: false, logLevel: "silent", metafile: true });
  expect(outputFiles[0]?.text).not.toMatch(/\bBuffer\b|\bprocess\b/);
});
