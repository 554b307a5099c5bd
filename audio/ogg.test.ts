import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { crc32 } from "./crc.ts";
import { OggError } from "./errors.ts";
import { firstFlag, lastFlag, maxPageBytes, noGranule, pageBytes, PageReader, renumberPage, segmentsOf, wholePackets, writePage, type OggPage } from "./ogg.ts";
import { joinedBytes } from "./testing/signals.ts";

const serial = 7;

/** A stream of pages of whole packets; the last page is marked. */
function streamOf(pages: readonly { packets: readonly Uint8Array[]; granule: number }[]): Uint8Array {
  return joinedBytes(
    pages.map(({ packets, granule }, sequence) => {
      const lengths = packets.map((packet) => packet.length);
      const page = new Uint8Array(pageBytes(lengths));
      const flags = (sequence === 0 ? firstFlag : 0) | (sequence === pages.length - 1 ? lastFlag : 0);
      const end = writePage(page, 0, { flags, granule, serial, sequence }, lengths, joinedBytes(packets));
      expect(end).toBe(page.length);
      return page;
    }),
  );
}

function read(bytes: Uint8Array, cuts: readonly number[] = []): OggPage[] {
  const reader = new PageReader({ firstSequence: 0 });
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((left, right) => left - right), bytes.length];
  // Copied: the next push overwrites them.
  const pages = places.slice(1).flatMap((end, index) => reader.push(bytes.slice(places[index], end)).map((page) => ({ ...page, bytes: page.bytes.slice() })));
  reader.end();
  return pages;
}

const codeOf = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    if (error instanceof OggError) return error.code;
    throw error;
  }
  return "no error";
};

/** Packet lengths around the multiples of 255, where lacing changes. */
const packet = fc.oneof(fc.integer({ min: 0, max: 800 }), fc.constantFrom(254, 255, 256, 509, 510, 511, 765)).map((length) => Uint8Array.from({ length }, (_, at) => (at * 31 + length) & 0xff));
const page = fc.record({
  packets: fc.array(packet, { maxLength: 40 }),
  granule: fc.oneof(fc.integer({ min: 0, max: 1 << 30 }), fc.constantFrom(noGranule, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5)),
});
const stream = fc.array(page, { minLength: 1, maxLength: 8 });

describe("Ogg pages", () => {
  test("come back as they were written, however the bytes arrive", () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (pages, cuts) => {
        const found = read(streamOf(pages), cuts);
        expect(found.map(({ granule, sequence, first, last }) => ({ granule, sequence, first, last }))).toEqual(pages.map(({ granule }, at) => ({ granule, sequence: at, first: at === 0, last: at === pages.length - 1 })));
        expect(found.map((each) => wholePackets(each).map((bytes) => [...bytes]))).toEqual(pages.map(({ packets }) => packets.map((bytes) => [...bytes])));
      }),
      { numRuns: 60 },
    );
  });

  test("keep what they carry when they are numbered anew", () => {
    const bytes = streamOf([{ packets: [Uint8Array.of(1, 2, 3)], granule: 576 }]);
    renumberPage(bytes, 41, false);
    const [renumbered] = new PageReader({ firstSequence: 41 }).push(bytes);
    expect(renumbered).toMatchObject({ sequence: 41, last: false, first: true, granule: 576 });
  });

  test("with one byte changed anywhere are refused, never read differently", () => {
    fc.assert(
      fc.property(stream, fc.nat(), fc.integer({ min: 1, max: 255 }), (pages, place, change) => {
        const bytes = streamOf(pages);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] as number) ^ change;
        expect(["bad-crc", "not-ogg", "truncated"]).toContain(codeOf(() => read(bytes)));
      }),
      { numRuns: 200 },
    );
  });

  test("that are missing, foreign or left over are refused", () => {
    const three = [1, 2, 3].map((value) => ({ packets: [Uint8Array.of(value)], granule: value }));
    const bytes = streamOf(three);
    const each = bytes.length / 3;
    expect(codeOf(() => read(joinedBytes([bytes.subarray(0, each), bytes.subarray(2 * each)])))).toBe("bad-sequence");
    expect(codeOf(() => read(bytes.subarray(0, 2 * each)))).toBe("truncated");
    expect(codeOf(() => read(bytes.subarray(0, 3 * each - 1)))).toBe("truncated");
    expect(codeOf(() => read(joinedBytes([bytes, bytes])))).toBe("several-streams");
    expect(codeOf(() => read(joinedBytes([bytes, Uint8Array.of(0)])))).toBe("not-ogg");
    expect(codeOf(() => read(new TextEncoder().encode("ID3 something that is not Ogg at all")))).toBe("not-ogg");
    expect(codeOf(() => read(Uint8Array.of(0x4f, 0x67, 0)))).toBe("not-ogg");
  });

  test("hold at most 255 segments", () => {
    const full = Array.from({ length: 255 }, () => 254);
    expect(pageBytes(full)).toBeLessThan(maxPageBytes);
    const target = new Uint8Array(maxPageBytes);
    const fields = { flags: 0, granule: 0, serial, sequence: 0 };
    expect(writePage(target, 0, fields, full, new Uint8Array(maxPageBytes))).toBe(pageBytes(full));
    expect(codeOf(() => writePage(target, 0, fields, [...full, 1], new Uint8Array(maxPageBytes)))).toBe("too-large");
    expect(codeOf(() => writePage(target, 0, fields, [255 * 255], new Uint8Array(maxPageBytes)))).toBe("too-large");
  });

  test("take one segment more than a packet's length has whole 255s", () => {
    expect([0, 1, 254, 255, 256, 510].map(segmentsOf)).toEqual([1, 1, 1, 2, 2, 3]);
  });
});

/** By the definition: the remainder of long division by the polynomial. */
function slowCrc32(bytes: Uint8Array): number {
  let remainder = 0n;
  for (const byte of [...bytes, 0, 0, 0, 0]) {
    remainder = (remainder << 8n) | BigInt(byte);
    for (let bit = 39n; bit >= 32n; bit--) if ((remainder >> bit) & 1n) remainder ^= 0x1_04c1_1db7n << (bit - 32n);
  }
  return Number(remainder);
}

describe("CRC-32 of Ogg", () => {
  test("is the remainder of RFC 3533's polynomial, bit by bit", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => expect(crc32(bytes)).toBe(slowCrc32(bytes))));
  });
});
