import { beforeAll, describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { OggError, VorbisError } from "./errors.ts";
import { firstFlag, lastFlag, pageBytes, PageReader, wholePackets, writePage } from "./ogg.ts";
import { convert } from "./testing/ffmpeg.ts";
import { bytesOf, joinedBytes, music } from "./testing/signals.ts";
import { VorbisChunker } from "./vorbis-chunker.ts";
import { BlockSizes, commentHeader, isHeader, parseIdent } from "./vorbis.ts";
import { parseModes } from "./vorbis-setup.ts";

let stereo: Uint8Array;
let mono: Uint8Array;
let nothing: Uint8Array;
const chunkSamples = 22_050;

const raw = (channels: number, rate: number): string[] => ["-f", "f32le", "-ar", String(rate), "-ac", String(channels)];

beforeAll(async () => {
  const outputOptions = ["-c:a", "libvorbis", "-q:a", "5", "-page_duration", "1", "-f", "ogg"];
  [stereo, mono, nothing] = (await convert([
    { input: bytesOf(music(60_000, 2, 44_100)), inputOptions: raw(2, 44_100), outputOptions },
    { input: bytesOf(music(60_000, 1, 48_000)), inputOptions: raw(1, 48_000), outputOptions },
    { input: bytesOf(music(60_000, 1, 48_000)), inputOptions: raw(1, 48_000), outputOptions: ["-af", "atrim=end_sample=0", ...outputOptions] },
  ])) as [Uint8Array, Uint8Array, Uint8Array];
});

const pagesOf = (bytes: Uint8Array) => new PageReader().push(bytes);
const packetsOf = (bytes: Uint8Array) => pagesOf(bytes).flatMap(wholePackets);

/** An Ogg stream of these packets, each on a page of its own, with right checksums. */
function rewritten(packets: readonly { packet: Uint8Array; granule: number; flags?: number }[]): Uint8Array {
  return joinedBytes(
    packets.map(({ packet, granule, flags }, sequence) => {
      const page = new Uint8Array(pageBytes([packet.length]));
      writePage(page, 0, { flags: flags ?? (sequence === 0 ? firstFlag : sequence === packets.length - 1 ? lastFlag : 0), granule, serial: 1, sequence }, [packet.length], packet);
      return page;
    }),
  );
}

const taken = (bytes: Uint8Array) => pagesOf(bytes).flatMap((page) => wholePackets(page).map((packet) => ({ packet, granule: page.granule })));

function outcome(bytes: Uint8Array): string {
  const chunker = new VorbisChunker({ chunkSamples });
  try {
    chunker.push(bytes);
    return `${chunker.end().samples} samples`;
  } catch (error) {
    if (error instanceof VorbisError || error instanceof OggError) return `${error.name} ${error.code}`;
    throw error;
  }
}

describe("Vorbis headers", () => {
  test("give rate, channels and block sizes", () => {
    expect(parseIdent(packetsOf(stereo)[0] as Uint8Array)).toEqual({ channels: 2, rate: 44_100, blocks: [256, 2048] });
    expect(parseIdent(packetsOf(mono)[0] as Uint8Array)).toEqual({ channels: 1, rate: 48_000, blocks: [256, 2048] });
  });

  test("of libvorbis have two modes: short and long blocks", () => {
    expect(parseModes(packetsOf(stereo)[2] as Uint8Array, 2)).toEqual([false, true]);
    expect(parseModes(packetsOf(mono)[2] as Uint8Array, 1)).toEqual([false, true]);
  });

  test("for comments are always the same, and empty", () => {
    expect(isHeader(commentHeader(), 3)).toBe(true);
    expect(new TextDecoder().decode(commentHeader().subarray(1))).toBe("vorbis\x08\0\0\0Ensemble\0\0\0\0\x01");
  });

  test("cut short anywhere are refused", () => {
    const setup = packetsOf(stereo)[2] as Uint8Array;
    fc.assert(fc.property(fc.integer({ min: 0, max: setup.length - 1 }), (length) => expect(() => parseModes(setup.subarray(0, length), 2)).toThrow(VorbisError)), { numRuns: 50 });
  });

  test("with any bytes changed end in modes or in a VorbisError, and soon", () => {
    const setup = packetsOf(stereo)[2] as Uint8Array;
    const change = fc.tuple(fc.nat({ max: setup.length - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = setup.slice();
        for (const [at, value] of changes) bytes[at] = value;
        try {
          expect(parseModes(bytes, 2).length).toBeLessThanOrEqual(64);
        } catch (error) {
          expect(error).toBeInstanceOf(VorbisError);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("in the wrong place or of another codec are refused", () => {
    const packets = taken(stereo);
    expect(outcome(rewritten(packets.slice(1)))).toBe("VorbisError bad-header");
    expect(outcome(rewritten([packets[0], packets[2], packets[1], ...packets.slice(3)] as typeof packets))).toBe("VorbisError bad-header");
    expect(outcome(rewritten(packets.map((each, at) => (at === 0 ? { packet: new TextEncoder().encode("OpusHead and so on, nineteen"), granule: 0 } : each))))).toBe("VorbisError bad-header");
  });
});

describe("Vorbis positions", () => {
  test("follow from block sizes: nothing for the first packet, then a quarter of two neighbours", () => {
    const [ident, , setup, ...audio] = packetsOf(stereo) as [Uint8Array, Uint8Array, Uint8Array, ...Uint8Array[]];
    const sizes = new BlockSizes(parseIdent(ident), setup);
    const granules = pagesOf(stereo).slice(2).map((page) => page.granule);
    let position = 0;
    const computed = audio.map((packet, at) => (position += at === 0 ? 0 : (sizes.of(audio[at - 1]?.[0]) + sizes.of(packet[0])) / 4));
    expect(computed.slice(0, -1)).toEqual(granules.slice(0, -1));
    expect(granules.at(-1)).toBe(60_000);
    expect(computed.at(-1)).toBeGreaterThanOrEqual(60_000);
    expect(new Set(audio.map((packet) => sizes.of(packet[0])))).toEqual(new Set([256, 2048]));
  });

  test("that pages claim otherwise are refused", () => {
    const packets = taken(stereo);
    const middle = Math.floor(packets.length / 2);
    const moved = (by: number, at: number) => rewritten(packets.map((each, index) => (index === at ? { ...each, granule: each.granule + by } : each)));
    expect(outcome(moved(0, middle))).toBe("60000 samples");
    expect(outcome(moved(1, middle))).toBe("VorbisError bad-position");
    expect(outcome(moved(-1, middle))).toBe("VorbisError bad-position");
    expect(outcome(moved(5_000, packets.length - 1))).toBe("VorbisError bad-position");
    expect(outcome(moved(-5_000, packets.length - 1))).toBe("VorbisError bad-position");
  });

  test("after a packet that is missing do not fit either", () => {
    const packets = taken(stereo);
    expect(outcome(rewritten(packets.filter((_, index) => index !== 20)))).toBe("VorbisError bad-position");
  });
});

describe("a Vorbis encode that cannot be cut", () => {
  test("without audio is refused", () => {
    expect(outcome(rewritten(taken(stereo).slice(0, 3)))).toBe("VorbisError empty");
    expect(["VorbisError empty", "OggError truncated"]).toContain(outcome(nothing));
    expect(outcome(new Uint8Array(0))).toBe("OggError truncated");
  });

  test("cut short is refused", () => {
    fc.assert(fc.property(fc.nat({ max: stereo.length - 1 }), (length) => expect(outcome(stereo.subarray(0, length))).toMatch(/truncated/)), { numRuns: 40 });
  });

  test("with a byte changed is refused", () => {
    fc.assert(
      fc.property(fc.nat({ max: stereo.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = stereo.slice();
        bytes[at] = (bytes[at] as number) ^ change;
        expect(outcome(bytes)).toMatch(/Error/);
      }),
      { numRuns: 100 },
    );
  });

  test("with packets that are empty or no audio is refused", () => {
    const packets = taken(stereo);
    const replaced = (packet: Uint8Array) => rewritten(packets.map((each, index) => (index === 20 ? { ...each, packet } : each)));
    expect(outcome(replaced(new Uint8Array(0)))).toBe("VorbisError bad-packet");
    expect(outcome(replaced(Uint8Array.of(1, 2, 3)))).toBe("VorbisError bad-packet");
  });

  test("needs chunks longer than a block", () => {
    expect(() => new VorbisChunker({ chunkSamples: 4_096 })).toThrow(RangeError);
    expect(() => new VorbisChunker({ chunkSamples: 22_050.5 })).toThrow(RangeError);
  });
});
