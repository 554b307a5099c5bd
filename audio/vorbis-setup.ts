/**
 * The mode table at the end of a Vorbis setup header (Vorbis I specification, section 4.2.4).
 *
 * It says which block size each mode uses, which is all that packet durations need. It can only be found by walking
 * over codebooks, floors, residues and mappings, since their lengths are implicit; what they say is not kept. Guessing
 * backwards from the end of the header, as several demuxers do, can read a mapping as a mode.
 */
import { BitReader } from "./bits.ts";
import { VorbisError } from "./errors.ts";

/** For each mode, whether it uses the long block. Throws VorbisError "bad-header". */
export function parseModes(setup: Uint8Array, channels: number): boolean[] {
  const bits = new BitReader(setup, 7 * 8);
  times(bits.read(8) + 1, () => skipCodebook(bits));
  times(bits.read(6) + 1, () => expect(bits.read(16) === 0, "time domain transform"));
  times(bits.read(6) + 1, () => skipFloor(bits));
  times(bits.read(6) + 1, () => skipResidue(bits));
  times(bits.read(6) + 1, () => skipMapping(bits, channels));
  const modes: boolean[] = [];
  times(bits.read(6) + 1, () => {
    modes.push(bits.flag());
    expect(bits.read(32) === 0, "mode");
    bits.skip(8);
  });
  expect(bits.flag(), "framing bit");
  return modes;
}

function skipCodebook(bits: BitReader): void {
  expect(bits.read(24) === 0x56_4342, "codebook");
  const dimensions = bits.read(16);
  const entries = bits.read(24);
  const ordered = bits.flag();
  if (ordered) {
    bits.skip(5);
    for (let entry = 0; entry < entries; ) {
      const number = bits.read(ilog(entries - entry));
      entry += number;
      expect(entry <= entries, "codebook");
    }
  } else {
    const sparse = bits.flag();
    // Each turn reads at least a bit, so a lying `entries` ends with the header.
    for (let entry = 0; entry < entries; entry++) if (!sparse || bits.flag()) bits.skip(5);
  }
  const lookup = bits.read(4);
  expect(lookup <= 2, "codebook lookup");
  if (lookup === 0) return;
  bits.skip(32 + 32);
  const valueBits = bits.read(4) + 1;
  bits.skip(1);
  bits.skip(valueBits * (lookup === 1 ? lookupValues(entries, dimensions) : entries * dimensions));
}

/** The greatest number whose `dimensions`-th power is at most `entries` (9.2.3). */
function lookupValues(entries: number, dimensions: number): number {
  if (dimensions === 0) return 0;
  let values = Math.floor(entries ** (1 / dimensions));
  while ((values + 1) ** dimensions <= entries) values++;
  while (values ** dimensions > entries) values--;
  return values;
}

function skipFloor(bits: BitReader): void {
  const type = bits.read(16);
  expect(type <= 1, "floor");
  if (type === 0) {
    bits.skip(8 + 16 + 16 + 6 + 8);
    bits.skip(8 * (bits.read(4) + 1));
    return;
  }
  const partitions = Array.from({ length: bits.read(5) }, () => 0).map(() => bits.read(4));
  const dimensions: number[] = [];
  times(partitions.length === 0 ? 0 : Math.max(...partitions) + 1, () => {
    dimensions.push(bits.read(3) + 1);
    const subclasses = bits.read(2);
    if (subclasses > 0) bits.skip(8);
    bits.skip(8 << subclasses);
  });
  bits.skip(2);
  const rangeBits = bits.read(4);
  for (const partition of partitions) bits.skip(rangeBits * (dimensions[partition] ?? 0));
}

function skipResidue(bits: BitReader): void {
  expect(bits.read(16) <= 2, "residue");
  bits.skip(24 + 24 + 24);
  const classifications = bits.read(6) + 1;
  bits.skip(8);
  let books = 0;
  times(classifications, () => {
    const low = bits.read(3);
    const high = bits.flag() ? bits.read(5) : 0;
    books += bitsSet((high << 3) | low);
  });
  bits.skip(8 * books);
}

function skipMapping(bits: BitReader, channels: number): void {
  expect(bits.read(16) === 0, "mapping");
  const submaps = bits.flag() ? bits.read(4) + 1 : 1;
  if (bits.flag()) bits.skip((bits.read(8) + 1) * 2 * ilog(channels - 1));
  expect(bits.read(2) === 0, "mapping");
  if (submaps > 1) bits.skip(4 * channels);
  bits.skip(24 * submaps);
}

/** Position of the highest set bit, counted from 1; 0 for 0 (9.2.1). */
export function ilog(value: number): number {
  return 32 - Math.clz32(value);
}

function bitsSet(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest >>>= 1) count += rest & 1;
  return count;
}

function times(count: number, body: () => void): void {
  for (let turn = 0; turn < count; turn++) body();
}

function expect(truth: boolean, what: string): void {
  if (!truth) throw new VorbisError("bad-header", `The Vorbis setup header has a bad ${what}.`);
}
