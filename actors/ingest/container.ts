/**
 * What a file's own bytes say and ffmpeg does not pass on: its SHA-256, the MD5 of the samples that a FLAC file promises,
 * the exact length of an MP4 track, the links of a chained Ogg. Read before decoding; never trusted further than to
 * refuse a file or to trim its padding.
 */
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";

export interface Digest {
  /** Of the whole file. */
  readonly sha256: Buffer;
  readonly bytes: number;
  /** For Ogg: how many streams follow each other, and whether rate or channels change on the way. */
  readonly links: number;
  readonly changes: boolean;
}

/** Reads the whole file once. */
export async function digest(path: string): Promise<Digest> {
  const file = await open(path);
  try {
    const hash = createHash("sha256");
    const links = new OggLinks();
    const buffer = Buffer.allocUnsafe(1 << 20);
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      const part = buffer.subarray(0, bytesRead);
      hash.update(part);
      links.push(part);
      bytes += bytesRead;
    }
    return { sha256: hash.digest(), bytes, links: links.count, changes: links.changes };
  } finally {
    await file.close();
  }
}

/** Follows the pages of an Ogg file and compares the audio streams of its links. Gives up quietly on anything else. */
class OggLinks {
  count = 0;
  #kinds = new Set<string>();
  #inGroup = false;
  #lost = false;
  #skip = 0;
  #rest: Buffer = Buffer.alloc(0);

  get changes(): boolean {
    return this.#kinds.size > 1;
  }

  push(bytes: Buffer): void {
    if (this.#lost) return;
    if (this.#skip >= bytes.length) {
      this.#skip -= bytes.length;
      return;
    }
    let data = this.#skip > 0 ? bytes.subarray(this.#skip) : bytes;
    this.#skip = 0;
    if (this.#rest.length > 0) data = Buffer.concat([this.#rest, data]);
    this.#rest = Buffer.alloc(0);
    let at = 0;
    for (;;) {
      // 27 bytes, up to 255 segment sizes, and the first 19 bytes of an identification header.
      if (data.length - at < 27 + 255 + 19) break;
      const step = this.#page(data, at);
      if (step === undefined) return;
      at += step;
      if (at > data.length) {
        this.#skip = at - data.length;
        return;
      }
    }
    this.#rest = Buffer.from(data.subarray(at));
  }

  /** Notes the page at `at` and answers its length; undefined when there is none. */
  #page(data: Buffer, at: number): number | undefined {
    if (data.readUInt32BE(at) !== 0x4f676753) {
      this.#lost = true;
      return undefined;
    }
    const segments = data[at + 26] ?? 0;
    let length = 27 + segments;
    for (let i = 0; i < segments; i++) length += data[at + 27 + i] ?? 0;
    const first = ((data[at + 5] ?? 0) & 2) !== 0;
    if (first) {
      if (!this.#inGroup) this.count++;
      const body = data.subarray(at + 27 + segments, at + 27 + segments + 19);
      if (body.toString("latin1", 0, 7) === "\x01vorbis") this.#kinds.add(`vorbis ${body[11]} ${body.readUInt32LE(12)}`);
      // Opus always decodes to 48 kHz, whatever it was made from.
      if (body.toString("latin1", 0, 8) === "OpusHead") this.#kinds.add(`opus ${body[9]}`);
    }
    this.#inGroup = first;
    return length;
  }
}

/** What a FLAC file's STREAMINFO says. */
export interface FlacPromise {
  readonly rate: number;
  readonly channels: number;
  readonly bits: number;
  /** 0 when it does not say. */
  readonly samples: number;
  /** Of the samples; undefined when it is not set. */
  readonly md5: string | undefined;
}

/** Reads the STREAMINFO of a FLAC file, undefined when there is none. */
export async function flacPromise(path: string): Promise<FlacPromise | undefined> {
  return reading(path, async (read) => {
    let at = 0;
    let head = await read(at, 10);
    if (head.toString("latin1", 0, 3) === "ID3" && head.length === 10) {
      at = 10 + (((head[6] ?? 0) & 127) << 21 | ((head[7] ?? 0) & 127) << 14 | ((head[8] ?? 0) & 127) << 7 | ((head[9] ?? 0) & 127));
      head = await read(at, 10);
    }
    if (head.toString("latin1", 0, 4) !== "fLaC" || ((head[4] ?? 0) & 127) !== 0) return undefined;
    const info = await read(at + 8, 34);
    if (info.length < 34) return undefined;
    const md5 = info.toString("hex", 18, 34);
    // 20 bits of rate, 3 of channels - 1, 5 of sample size - 1, 36 of samples (RFC 9639, 8.2).
    const packed = info.readBigUInt64BE(10);
    return {
      rate: Number(packed >> 44n),
      channels: Number((packed >> 41n) & 7n) + 1,
      bits: Number((packed >> 36n) & 31n) + 1,
      samples: Number(packed & 0xfffffffffn),
      md5: /^0+$/.test(md5) ? undefined : md5,
    };
  });
}

/**
 * Length of an MP4 file's sound in seconds without the encoder's padding: from iTunes' gapless comment, else from the
 * edit list. Undefined when it has neither (then nothing is trimmed).
 */
export async function mp4Seconds(path: string): Promise<{ samples: number } | { seconds: number } | undefined> {
  return reading(path, async (read) => {
    let at = 0;
    for (let boxes = 0; boxes < 10_000; boxes++) {
      const head = await read(at, 16);
      if (head.length < 8) return undefined;
      const size = head.readUInt32BE(0) === 1 && head.length === 16 ? Number(head.readBigUInt64BE(8)) : head.readUInt32BE(0);
      if (head.toString("latin1", 4, 8) === "moov") return movieLength(await read(at, Math.min(size, 64 << 20)));
      if (size < 8) return undefined;
      at += size;
    }
    return undefined;
  });
}

function movieLength(moov: Buffer): { samples: number } | { seconds: number } | undefined {
  const gapless = moov.indexOf("iTunSMPB");
  if (gapless >= 0) {
    const [, pad, samples] = / [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{8}) ([0-9A-F]{16})/.exec(moov.toString("latin1", gapless, gapless + 200)) ?? [];
    if (pad !== undefined && samples !== undefined && Number(`0x${samples}`) > 0) return { samples: Number(`0x${samples}`) };
  }
  const mvhd = child(moov, 8, "mvhd");
  if (mvhd === undefined) return undefined;
  const scale = mvhd.readUInt32BE(mvhd[8] === 1 ? 28 : 20);
  for (let at = 8; at < moov.length - 8; at += Math.max(8, moov.readUInt32BE(at))) {
    if (moov.toString("latin1", at + 4, at + 8) !== "trak") continue;
    const trak = moov.subarray(at, at + moov.readUInt32BE(at));
    const media = child(trak, 8, "mdia");
    const handler = media === undefined ? undefined : child(media, 8, "hdlr");
    if (handler?.toString("latin1", 16, 20) !== "soun") continue;
    const edits = child(trak, 8, "edts");
    const list = edits === undefined ? undefined : child(edits, 8, "elst");
    if (list === undefined || scale === 0) return undefined;
    // One edit is padding trimmed off; several are an edited film, which ffmpeg follows itself.
    if (list.readUInt32BE(12) !== 1 || list.length < 36 && list[8] === 1) return undefined;
    const length = list[8] === 1 ? Number(list.readBigUInt64BE(16)) : list.readUInt32BE(16);
    return length > 0 ? { seconds: length / scale } : undefined;
  }
  return undefined;
}

/** The first box named `name` among the boxes of `parent` from offset `from`. */
function child(parent: Buffer, from: number, name: string): Buffer | undefined {
  for (let at = from; at + 8 <= parent.length; ) {
    const size = parent.readUInt32BE(at);
    if (size < 8 || at + size > parent.length) return undefined;
    if (parent.toString("latin1", at + 4, at + 8) === name) return parent.subarray(at, at + size);
    at += size;
  }
  return undefined;
}

async function reading<T>(path: string, body: (read: (at: number, length: number) => Promise<Buffer>) => Promise<T>): Promise<T | undefined> {
  const file: FileHandle = await open(path);
  try {
    return await body(async (at, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
      return buffer.subarray(0, bytesRead);
    });
  } catch (error) {
    // Boxes that end in the middle: the file says nothing we can use.
    if (error instanceof RangeError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}
