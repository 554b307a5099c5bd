/**
 * GET /v1/tracks/:id/stream?tier=: a whole track as one file, for players that know no chunks. Nothing is stored for
 * it: the length is known from ingest, and each part of the file is made from one chunk while it is sent. At most one
 * part is held per request, and the next one is made only when the client has taken the last.
 */
import { once } from "node:events";
import { chunkKey, filePart, partsOfRange, type FileLayout, type Manifest, type TierName } from "../../audio/index.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Headers } from "../http/headers.ts";
import { later, Problem } from "../http/problem.ts";
import { parseQuery } from "../http/query.ts";
import { Busy, type ChunkCache } from "./chunk-cache.ts";
import { matches, parseRange } from "./range.ts";

/** Answer of `streaming.file`. */
export interface TrackFile {
  readonly trackId: string;
  readonly tier: TierName;
  readonly contentType: string;
  readonly layout: FileLayout;
  readonly manifest: Manifest;
}

/** Asks `streaming.file` in the caller's name. */
export type FileLookup = (exchange: Exchange, params: { trackId: string; tier?: string }) => Promise<TrackFile>;

export class Streams {
  readonly #cache: ChunkCache;
  readonly #lookup: FileLookup;

  constructor(cache: ChunkCache, lookup: FileLookup) {
    this.#cache = cache;
    this.#lookup = lookup;
  }

  /** Answers `exchange`, whose params name the track. Throws what the lookup throws, and Problem 412, 416, 422 or 503 before the first byte. */
  async answer(exchange: Exchange): Promise<void> {
    const { tier, ...others } = parseQuery(exchange.search);
    if (Object.keys(others).length > 0) throw new Problem(422, "INVALID_INPUT", "tier is the only parameter.");
    const file = await this.#lookup(exchange, { trackId: exchange.params["id"] ?? "", ...(tier === undefined ? {} : { tier }) });
    const { layout } = file;
    const etag = `"${file.manifest.media}-${file.tier}"`;
    // Not immutable, as chunks are: the same address may answer another tier, or nobody, tomorrow.
    const common: Headers = { "Accept-Ranges": "bytes", ETag: etag, "Cache-Control": "private, no-cache" };
    const { "if-none-match": condition, "if-range": ifRange, range: rangeHeader } = exchange.request.headers;
    if (matches(condition, etag)) return exchange.empty(304, common);
    const range = parseRange(ifRange === undefined || ifRange === etag ? rangeHeader : undefined, layout.bytes);
    if (range === "unsatisfiable") throw new Problem(416, "RANGE_NOT_SATISFIABLE", "The range lies outside the file.", { headers: { "Content-Range": `bytes */${layout.bytes}` } });
    const { start, end } = range === "whole" ? { start: 0, end: layout.bytes } : range;
    const headers: Headers = { ...common, "Content-Type": file.contentType, "Content-Length": String(end - start), ...(range === "whole" ? {} : { "Content-Range": `bytes ${start}-${end - 1}/${layout.bytes}` }) };
    const status = range === "whole" ? 200 : 206;
    if (exchange.method === "HEAD") return exchange.empty(status, headers);
    // The first part before the status line: a missing object is still a clean error.
    const slices = partsOfRange(layout, start, end);
    const first = slices[0] === undefined ? undefined : await this.#part(file, slices[0].index);
    exchange.head(status, headers);
    for (const [place, { index, from, to }] of slices.entries()) {
      const part = place === 0 && first !== undefined ? first : await this.#part(file, index);
      if (!(await sent(exchange, part.subarray(from, to)))) return;
    }
    exchange.response.end();
  }

  async #part({ trackId, tier, layout, manifest }: TrackFile, index: number): Promise<Uint8Array> {
    try {
      const chunk = await this.#cache.get(chunkKey(trackId, tier, index));
      if (chunk === undefined) throw later(503, "UNAVAILABLE", "A part of this track is missing at the moment.", 5_000);
      return filePart({ manifest, tier, layout, index, chunk: chunk.body });
    } catch (error) {
      if (error instanceof Busy) throw later(503, "OVERLOADED", "Too many streams at once.", 1_000);
      throw error;
    }
  }
}

/** Sends bytes and waits until the client takes more. False when it is gone. */
async function sent(exchange: Exchange, bytes: Uint8Array): Promise<boolean> {
  const { response } = exchange;
  if (response.destroyed) return false;
  if (response.write(bytes)) return true;
  const gone = new AbortController();
  try {
    await Promise.race([once(response, "drain", { signal: gone.signal }), once(response, "close", { signal: gone.signal })]);
  } finally {
    gone.abort();
  }
  return !response.destroyed;
}
