/**
 * What the chunk format promises, on real encodes: decoded one by one, the chunks of a tier are the encode to the last
 * bit, in ffmpeg and in the decoder the player uses; put together they are one file that decodes to the same.
 */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { OggVorbisDecoder } from "@wasm-audio-decoders/ogg-vorbis";
import { VorbisChunkReader, type VorbisHeaders } from "./chunk-reader.ts";
import { PageReader, wholePackets } from "./ogg.ts";
import { chunked, wholeFile, type Chunked } from "./testing/chunked.ts";
import { convert, decodeFloat } from "./testing/ffmpeg.ts";
import { bytesOf, differences, joined, music } from "./testing/signals.ts";
import { VorbisChunker } from "./vorbis-chunker.ts";

interface Track {
  readonly name: string;
  readonly rate: number;
  readonly channels: number;
  readonly samples: Float32Array;
  readonly chunkSamples: number;
}

interface Encode extends Track {
  readonly quality: number;
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly stream: Chunked;
  readonly file: Uint8Array;
  /** Interleaved: the encode, the whole file and each chunk, as ffmpeg decodes them. */
  readonly reference: Float32Array;
  readonly wholeDecoded: Float32Array;
  readonly decoded: readonly Float32Array[];
}

const stereo = (name: string, length: number, chunkSamples = 5 * 44_100): Track => ({ name, rate: 44_100, channels: 2, samples: music(length, 2, 44_100), chunkSamples });
/** For tracks that are about a seam: half a second, to have more of them in less. */
const short = 22_050;
const tracks: readonly Track[] = [
  stereo("13.3 s", Math.floor(13.3 * 44_100)),
  { name: "mono", rate: 44_100, channels: 1, samples: music(7 * 44_100 + 11, 1, 44_100), chunkSamples: 5 * 44_100 },
  { name: "48 kHz", rate: 48_000, channels: 2, samples: music(11 * 48_000 + 1, 2, 48_000), chunkSamples: 5 * 48_000 },
  { name: "silence", rate: 44_100, channels: 2, samples: new Float32Array(2 * 6 * 44_100), chunkSamples: 5 * 44_100 },
  ...[1, 64, 441, 500, 1_000, 2_205, 4_410, 8_820, 12_000].map((length) => stereo(`${length} samples`, length)),
  ...[0, 44, 100, 256, 500].map((over) => stereo(`${over} samples after a chunk`, 3 * short + over, short)),
];
const qualities = [2, 5, 9];

let encodes: Encode[];

beforeAll(async () => {
  const wanted = tracks.flatMap((track) => qualities.map((quality) => ({ track, quality })));
  const inputs = new Map(tracks.map((track) => [track, bytesOf(track.samples)]));
  const encoded = await convert(
    wanted.map(({ track, quality }) => ({
      input: inputs.get(track) as Uint8Array,
      inputOptions: ["-f", "f32le", "-ar", String(track.rate), "-ac", String(track.channels)],
      outputOptions: ["-c:a", "libvorbis", "-q:a", String(quality), "-page_duration", "1", "-f", "ogg"],
    })),
  );
  const cut = wanted.map(({ track, quality }, index) => {
    const { chunkSamples } = track;
    const bytes = encoded[index] as Uint8Array;
    const stream = chunked(new VorbisChunker({ chunkSamples }), bytes);
    return { ...track, quality, length: track.samples.length / track.channels, bytes, stream, file: wholeFile(stream, "160", chunkSamples) };
  });
  const decoded = await decodeFloat(cut.flatMap(({ bytes, file, stream }) => [bytes, file, ...stream.chunks.map((chunk) => chunk.bytes)]));
  // ffmpeg 4.1, which npm brings where the machine has none, leaves the padding at the end of every Vorbis stream, its own
  // encodes included. Cut it off then; the player's decoder below and later ffmpegs show that streams end where they should.
  const trims = (decoded[0] as Float32Array).length === (cut[0] as (typeof cut)[number]).samples.length;
  const cutTo = (samples: number, { channels }: Track, decode: Float32Array): Float32Array => (trims ? decode : decode.subarray(0, samples * channels));
  encodes = cut.map((encode) => {
    const [reference, wholeDecoded, ...chunks] = decoded.splice(0, 2 + encode.stream.chunks.length) as [Float32Array, Float32Array, ...Float32Array[]];
    return {
      ...encode,
      reference: cutTo(encode.length, encode, reference),
      wholeDecoded: cutTo(encode.length, encode, wholeDecoded),
      decoded: encode.stream.chunks.map(({ lead, samples, tail }, index) => cutTo(lead + samples + tail, encode, chunks[index] as Float32Array)),
    };
  });
});

/** What `problem` finds wrong with each encode, by name: a failure lists all of them. */
function problems(problem: (encode: Encode) => unknown): Record<string, unknown> {
  return Object.fromEntries(encodes.map((encode): [string, unknown] => [`${encode.name}, q${encode.quality}`, problem(encode)]).filter(([, found]) => found !== undefined));
}

const different = (left: Float32Array, right: Float32Array): number | undefined => differences(left, right) || undefined;

/** A chunk's own samples, of its decode. */
const body = (encode: Encode, index: number): Float32Array => {
  const { lead, samples } = encode.stream.chunks[index] as Chunked["chunks"][number];
  return (encode.decoded[index] as Float32Array).subarray(lead * encode.channels, (lead + samples) * encode.channels);
};

describe("chunks of a Vorbis encode", () => {
  test("have the length of the track, on the grid", () => {
    expect(problems(({ stream, length, chunkSamples, reference, channels }) => (stream.samples === length && reference.length === length * channels && stream.chunks.length === Math.ceil(length / chunkSamples) ? undefined : stream.samples))).toEqual({});
    expect(problems(({ stream, chunkSamples, length }) => stream.chunks.filter((chunk, index) => chunk.index !== index || chunk.samples !== Math.min(chunkSamples, length - index * chunkSamples)).at(0)?.index)).toEqual({});
  });

  test("decode to exactly lead + samples + tail", () => {
    const wrong = problems(({ stream, decoded, channels }) => stream.chunks.find((chunk, index) => decoded[index]?.length !== (chunk.lead + chunk.samples + chunk.tail) * channels)?.index);
    expect(wrong).toEqual({});
  });

  test("give the encode's samples when put end to end, bit for bit, in ffmpeg", () => {
    expect(problems((encode) => different(joined(encode.decoded.map((_, index) => body(encode, index))), encode.reference))).toEqual({});
  });

  test("carry the next chunk's first samples as tail, and the last samples of the one before as lead", () => {
    const wrong = problems(({ stream, decoded, reference, chunkSamples, channels }) =>
      stream.chunks.find(({ index, lead, samples, tail }) => {
        const from = (index * chunkSamples - lead) * channels;
        return tail !== Math.min(256, Math.max(0, stream.samples - (index + 1) * chunkSamples)) || (index === 0 && lead !== 0) || lead > 1023 || different(decoded[index] as Float32Array, reference.subarray(from, from + (lead + samples + tail) * channels));
      })?.index,
    );
    expect(wrong).toEqual({});
  });

  test("are Ogg streams with equal headers, absolute positions and pages of at most 0.25 s", () => {
    const wrong = problems(({ stream, chunkSamples, rate }) =>
      stream.chunks.find(({ index, bytes, lead, samples, tail }) => {
        const pages = new PageReader({ firstSequence: 0 }).push(bytes);
        const audio = pages.slice(2);
        const start = index * chunkSamples - lead;
        const end = index * chunkSamples + samples + tail;
        const granules = audio.map((page) => page.granule);
        const firstIsRight = index === 0 || granules[0] === start;
        const bounded = granules.every((granule, at) => granule - (at === 0 ? start : (granules[at - 1] as number)) <= rate / 4);
        const lasts = audio.filter((page) => page.last);
        return differences(bytes.subarray(0, stream.header.length), stream.header) !== 0 || !firstIsRight || !bounded || granules.at(-1) !== end || lasts.length !== 1 || lasts[0] !== audio.at(-1);
      })?.index,
    );
    expect(wrong).toEqual({});
  });

  test("begin with a page of the pre-roll alone, the first chunk with a page of packets 0 and 1", () => {
    const wrong = problems(({ stream }) =>
      stream.chunks.find(({ index, bytes }) => {
        const [first = 0, ...rest] = new PageReader().push(bytes).slice(2).map((page) => wholePackets(page).length);
        // Audio in one page is what ffmpeg trims wrongly: with only two packets each has its own.
        return rest.length === 0 || first !== (index === 0 && first + (rest[0] ?? 0) > 2 ? 2 : 1);
      })?.index,
    );
    expect(wrong).toEqual({});
  });

  test("are the same however the encode arrives", () => {
    for (const encode of encodes.filter(({ quality, name }) => quality === 5 && ["mono", "1 samples"].includes(name))) {
      for (const pieceBytes of [1, 7, 997, 1 << 20]) {
        const again = chunked(new VorbisChunker({ chunkSamples: encode.chunkSamples }), encode.bytes, pieceBytes);
        expect(again.chunks.map((chunk) => [chunk.index, chunk.lead, chunk.tail])).toEqual(encode.stream.chunks.map((chunk) => [chunk.index, chunk.lead, chunk.tail]));
        expect(again.chunks.reduce((sum, chunk, index) => sum + differences(chunk.bytes, encode.stream.chunks[index]?.bytes ?? new Uint8Array(0)), 0)).toBe(0);
      }
    }
  });

  test("come out while the encode is running, not at its end", () => {
    const encode = encodes.find(({ name, quality }) => name === "13.3 s" && quality === 5) as Encode;
    const chunker = new VorbisChunker({ chunkSamples: encode.chunkSamples });
    expect(chunker.push(encode.bytes.subarray(0, Math.floor(encode.bytes.length * 0.75))).map((chunk) => chunk.index)).toEqual([0]);
  });
});

function interleave({ channelData, samplesDecoded }: { channelData: Float32Array[]; samplesDecoded: number }): Float32Array {
  const out = new Float32Array(samplesDecoded * channelData.length);
  for (const [channel, samples] of channelData.entries()) for (let at = 0; at < samplesDecoded; at++) out[at * channelData.length + channel] = samples[at] as number;
  return out;
}

describe("chunks in the player's decoder", () => {
  let decoder: OggVorbisDecoder;

  beforeAll(async () => {
    decoder = new OggVorbisDecoder();
    await decoder.ready;
  });

  test("give the encode's samples, chunk files decoded whole", async () => {
    for (const { name, quality, bytes, stream, channels } of encodes) {
      const reference = interleave(await decoder.decodeFile(bytes));
      const pieces: Float32Array[] = [];
      for (const { bytes: chunk, lead, samples, tail } of stream.chunks) {
        const decoded = interleave(await decoder.decodeFile(chunk));
        expect([name, quality, decoded.length]).toEqual([name, quality, (lead + samples + tail) * channels]);
        pieces.push(decoded.subarray(lead * channels, (lead + samples) * channels));
      }
      expect([name, quality, differences(joined(pieces), reference)]).toEqual([name, quality, 0]);
    }
  });

  test("give the same page by page, as the bytes arrive and with the header held already", async () => {
    for (const { name, quality, bytes, stream, channels, chunkSamples } of encodes.filter(({ quality }) => quality === 5)) {
      const reference = interleave(await decoder.decodeFile(bytes));
      const pieces: Float32Array[] = [];
      for (const { index, bytes: chunk, lead, samples } of stream.chunks) {
        const header = index > 0 ? stream.header : undefined;
        const reader = new VorbisChunkReader(header === undefined ? {} : { header });
        const decoded: Float32Array[] = [];
        let begun = false;
        let end = 0;
        for (let at = header?.length ?? 0; at < chunk.length; at += 3_000) {
          for (const { packets, endSample } of reader.push(chunk.subarray(at, at + 3_000))) {
            const { ident, setup } = reader.headers as VorbisHeaders;
            const pages = [...(begun ? [] : [{ data: ident, codecFrames: [] }]), { data: packets[0], codecFrames: packets.map((data) => ({ data, header: { vorbisSetup: setup } })) }];
            begun = true;
            end = endSample;
            decoded.push(interleave(await decoder.decodeOggPages(pages as unknown as Parameters<OggVorbisDecoder["decodeOggPages"]>[0])));
          }
        }
        reader.end();
        await decoder.reset();
        expect(end).toBe(index * chunkSamples + samples + (stream.chunks[index]?.tail ?? 0));
        pieces.push(joined(decoded).subarray(lead * channels, (lead + samples) * channels));
      }
      expect([name, quality, differences(joined(pieces), reference)]).toEqual([name, quality, 0]);
    }
  });
});

describe("a tier as one file", () => {
  test("decodes to what the encode decodes to", () => {
    expect(problems((encode) => different(encode.wholeDecoded, encode.reference))).toEqual({});
  });

  test("has the length the layout gives, pages numbered without a gap, one last page", () => {
    const wrong = problems(({ file, stream }) => {
      const reader = new PageReader({ firstSequence: 0 });
      reader.push(file);
      reader.end();
      return file.length === stream.layout.bytes ? undefined : file.length;
    });
    expect(wrong).toEqual({});
  });
});
