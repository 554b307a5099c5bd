/**
 * The checksums of the two containers. All are MSB first with initial value 0 and no final inversion, so a message
 * followed by its own checksum has the remainder 0. zlib's CRC-32 is the reflected one and cannot stand in.
 */

/** Remainders of every byte value at distance 0..7 from the end ("slicing by 8", Kounavis & Berry 2005), one table after another. */
const slices = 8;
const table32 = makeTable32();

function makeTable32(): Int32Array {
  const table = new Int32Array(slices * 256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte << 24;
    for (let bit = 0; bit < 8; bit++) remainder = remainder < 0 ? (remainder << 1) ^ 0x04c1_1db7 : remainder << 1;
    table[byte] = remainder;
  }
  for (let at = 256; at < table.length; at++) {
    const before = table[at - 256] as number;
    table[at] = (before << 8) ^ (table[before >>> 24] as number);
  }
  return table;
}

/** CRC-32 of an Ogg page (RFC 3533: polynomial 0x04c11db7), unsigned, over bytes [start, end); `crc` continues an earlier part. */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  const table = table32;
  let remainder = crc | 0;
  let at = start;
  for (const last = end - 7; at < last; at += 8) {
    remainder ^= ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    remainder =
      (table[0x700 | (remainder >>> 24)] as number) ^
      (table[0x600 | ((remainder >>> 16) & 0xff)] as number) ^
      (table[0x500 | ((remainder >>> 8) & 0xff)] as number) ^
      (table[0x400 | (remainder & 0xff)] as number) ^
      (table[0x300 | (bytes[at + 4] as number)] as number) ^
      (table[0x200 | (bytes[at + 5] as number)] as number) ^
      (table[0x100 | (bytes[at + 6] as number)] as number) ^
      (table[bytes[at + 7] as number] as number);
  }
  for (; at < end; at++) remainder = (remainder << 8) ^ (table[(remainder >>> 24) ^ (bytes[at] as number)] as number);
  return remainder >>> 0;
}

const table16 = makeTable16();

function makeTable16(): Uint16Array {
  const table = new Uint16Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte << 8;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder & 0x8000) === 0 ? remainder << 1 : (remainder << 1) ^ 0x8005;
    table[byte] = remainder & 0xffff;
  }
  for (let at = 256; at < table.length; at++) {
    const before = table[at - 256] as number;
    table[at] = ((before << 8) & 0xffff) ^ (table[before >>> 8] as number);
  }
  return table;
}

/** CRC-16 of a FLAC frame (RFC 9639 9.3: polynomial 0x8005) over bytes [start, end); `crc` continues an earlier part. */
export function crc16(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  const table = table16;
  let remainder = crc;
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    remainder ^= ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    remainder =
      (table[0x300 | (remainder >>> 8)] as number) ^
      (table[0x200 | (remainder & 0xff)] as number) ^
      (table[0x100 | (bytes[at + 2] as number)] as number) ^
      (table[bytes[at + 3] as number] as number);
  }
  for (; at < end; at++) remainder = ((remainder << 8) & 0xffff) ^ (table[(remainder >>> 8) ^ (bytes[at] as number)] as number);
  return remainder;
}

const table8 = makeTable8();

function makeTable8(): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder & 0x80) === 0 ? remainder << 1 : (remainder << 1) ^ 0x07;
    table[byte] = remainder & 0xff;
  }
  return table;
}

/** CRC-8 of a FLAC frame header (RFC 9639 9.1.8: polynomial 0x07) over bytes [start, end). */
export function crc8(bytes: Uint8Array, start: number, end: number): number {
  let remainder = 0;
  for (let at = start; at < end; at++) remainder = table8[remainder ^ (bytes[at] as number)] as number;
  return remainder;
}
