/**
 * Ogg pages (RFC 3533): reading them from a stream, writing them into a buffer.
 *
 * A page carries packets cut into segments; the lacing table lists segment lengths, and a segment below 255 ends its
 * packet. A damaged, missing or foreign page is an error here, never skipped: these streams come from our own encoder
 * or object store, where damage must be seen. Callers: the Vorbis chunker, whole files, the player's chunk reader.
 */
import { Carry } from "./carry.ts";
import { crc32 } from "./crc.ts";
import { OggError } from "./errors.ts";

/** Length of a page header without its lacing table. */
export const pageHeaderBytes = 27;
export const maxPageBytes = pageHeaderBytes + 255 + 255 * 255;
/** Granule position of a page on which no packet ends. */
export const noGranule = -1;

const continuedFlag = 1;
export const firstFlag = 2;
export const lastFlag = 4;

export interface OggPage {
  /** The page begins inside a packet that an earlier page began. */
  readonly continued: boolean;
  readonly first: boolean;
  readonly last: boolean;
  /** For Vorbis: position after the last packet that ends on this page, samples; noGranule when none ends. */
  readonly granule: number;
  readonly serial: number;
  readonly sequence: number;
  /** The whole page, header included: a view. */
  readonly bytes: Uint8Array;
  /** Number of segments: entries of the lacing table, which starts at pageHeaderBytes. */
  readonly segments: number;
}

/** Where the page's packets start in `page.bytes`. */
export function bodyStart(page: OggPage): number {
  return pageHeaderBytes + page.segments;
}

/** Views of the page's packets. Throws OggError "too-large" when one crosses the page's borders (chunks have no such packets). */
export function wholePackets(page: OggPage): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let start = bodyStart(page);
  let end = start;
  for (let at = pageHeaderBytes; at < pageHeaderBytes + page.segments; at++) {
    const segment = page.bytes[at] as number;
    end += segment;
    if (segment === 255) continue;
    packets.push(page.bytes.subarray(start, end));
    start = end;
  }
  if (page.continued || start !== end) throw new OggError("too-large", `A packet does not fit Ogg page ${page.sequence}.`);
  return packets;
}

/** Bytes of the page that begins at `at`, or undefined while its header is incomplete. Throws OggError "not-ogg". */
function pageBytesAt(bytes: Uint8Array, at: number): number | undefined {
  const available = bytes.length - at;
  if (available < pageHeaderBytes) {
    for (let index = 0; index < Math.min(4, available); index++) if (bytes[at + index] !== capture[index]) throw notOgg();
    return undefined;
  }
  if (bytes[at] !== 0x4f || bytes[at + 1] !== 0x67 || bytes[at + 2] !== 0x67 || bytes[at + 3] !== 0x53 || bytes[at + 4] !== 0) throw notOgg();
  const segments = bytes[at + 26] as number;
  const body = at + pageHeaderBytes + segments;
  if (bytes.length < body) return undefined;
  let length = pageHeaderBytes + segments;
  for (let index = at + pageHeaderBytes; index < body; index++) length += bytes[index] as number;
  return length;
}

const capture = [0x4f, 0x67, 0x67, 0x53];

function notOgg(): OggError {
  return new OggError("not-ogg", "An Ogg page was expected, but these bytes do not begin with one.");
}

function parsePage(bytes: Uint8Array): OggPage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sequence = view.getUint32(18, true);
  // The checksum counts itself as zero.
  const checked = crc32(bytes, 26, bytes.length, crc32(zeroChecksum, 0, 4, crc32(bytes, 0, 22)));
  if (checked !== view.getUint32(22, true)) throw new OggError("bad-crc", `Ogg page ${sequence} is damaged: its checksum does not match.`);
  const high = view.getInt32(10, true);
  const low = view.getUint32(6, true);
  const granule = high === -1 && low === 0xffff_ffff ? noGranule : high * 2 ** 32 + low;
  if (granule < noGranule || !Number.isSafeInteger(granule)) throw new OggError("not-ogg", `Ogg page ${sequence} has an impossible granule position.`);
  const flags = bytes[5] as number;
  return {
    continued: (flags & continuedFlag) !== 0,
    first: (flags & firstFlag) !== 0,
    last: (flags & lastFlag) !== 0,
    granule,
    serial: view.getUint32(14, true),
    sequence,
    bytes,
    segments: bytes[26] as number,
  };
}

const zeroChecksum = new Uint8Array(4);

/** The pages of one logical stream, from bytes in pieces of any size. */
export class PageReader {
  readonly #carry = new Carry();
  #serial: number | undefined;
  #next: number | undefined;
  #ended = false;

  /** `firstSequence`: number the first page must have; absent = any. */
  constructor(options: { firstSequence?: number } = {}) {
    this.#next = options.firstSequence;
  }

  /**
   * The pages that are complete now: views, to be read or copied before the next push and before `bytes` is used again.
   * Throws OggError: "not-ogg", "bad-crc", "bad-sequence" (a page is missing) or "several-streams".
   */
  push(bytes: Uint8Array): OggPage[] {
    const pages: OggPage[] = [];
    const input = this.#carry.join(bytes);
    let at = 0;
    while (at < input.length) {
      const length = pageBytesAt(input, at);
      if (length === undefined || at + length > input.length) break;
      const page = parsePage(input.subarray(at, at + length));
      this.#accept(page);
      pages.push(page);
      at += length;
    }
    this.#carry.keep(input.subarray(at));
    return pages;
  }

  /** Throws OggError "truncated" unless the stream's last page has arrived and nothing follows it. */
  end(): void {
    if (!this.#ended || this.#carry.length > 0) throw new OggError("truncated", "The Ogg stream stops before its last page.");
  }

  #accept(page: OggPage): void {
    this.#serial ??= page.serial;
    if (page.serial !== this.#serial || this.#ended) throw new OggError("several-streams", "More than one Ogg stream, where one was expected.");
    if (this.#next !== undefined && page.sequence !== this.#next) throw new OggError("bad-sequence", `Ogg page ${this.#next} is missing: page ${page.sequence} came instead.`);
    this.#next = (page.sequence + 1) >>> 0;
    this.#ended = page.last;
  }
}

/** Entries a packet of `bytes` takes in a lacing table. */
export function segmentsOf(bytes: number): number {
  return Math.floor(bytes / 255) + 1;
}

/** Bytes of a page that holds whole packets of these lengths. */
export function pageBytes(packetBytes: readonly number[]): number {
  return packetBytes.reduce((sum, length) => sum + segmentsOf(length) + length, pageHeaderBytes);
}

export interface PageFields {
  /** continuedFlag | firstFlag | lastFlag */
  readonly flags: number;
  readonly granule: number;
  readonly serial: number;
  readonly sequence: number;
}

/**
 * Writes a page of whole packets into `target` at `at` and returns where it ends. `body` holds the packets back to
 * back from `bodyAt` on, `packetBytes` their lengths. Throws OggError "too-large" when they need over 255 segments.
 */
export function writePage(target: Uint8Array, at: number, fields: PageFields, packetBytes: readonly number[], body: Uint8Array, bodyAt = 0): number {
  let lacing = at + pageHeaderBytes;
  let bodyBytes = 0;
  for (const length of packetBytes) {
    const full = lacing + segmentsOf(length) - 1;
    if (full - at >= pageHeaderBytes + 255) throw new OggError("too-large", "The packets do not fit one Ogg page.");
    target.fill(255, lacing, full);
    target[full] = length % 255;
    lacing = full + 1;
    bodyBytes += length;
  }
  const end = lacing + bodyBytes;
  target.set(capture, at);
  target[at + 4] = 0;
  target[at + 5] = fields.flags;
  const view = new DataView(target.buffer, target.byteOffset + at, pageHeaderBytes);
  view.setUint32(6, fields.granule >>> 0, true);
  view.setInt32(10, Math.floor(fields.granule / 2 ** 32), true);
  view.setUint32(14, fields.serial, true);
  view.setUint32(18, fields.sequence, true);
  view.setUint32(22, 0, true);
  target[at + 26] = lacing - at - pageHeaderBytes;
  target.set(body.subarray(bodyAt, bodyAt + bodyBytes), lacing);
  view.setUint32(22, crc32(target, at, end), true);
  return end;
}

/** Gives a page in place another number and last-page mark, and a new checksum. */
export function renumberPage(page: Uint8Array, sequence: number, last: boolean): void {
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  page[5] = ((page[5] as number) & ~lastFlag) | (last ? lastFlag : 0);
  view.setUint32(18, sequence, true);
  view.setUint32(22, 0, true);
  view.setUint32(22, crc32(page), true);
}
