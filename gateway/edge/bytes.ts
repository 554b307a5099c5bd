/** Answers that are immutable bytes in memory: chunks and images. */
import type { Exchange } from "../http/exchange.ts";
import type { Headers } from "../http/headers.ts";
import { Problem } from "../http/problem.ts";
import type { CachedObject } from "./chunk-cache.ts";
import { matches, parseRange } from "./range.ts";

/** A year: what is at such a URL never changes; other bytes have another URL. */
const immutable = "public, max-age=31536000, immutable";

/** Answers GET and HEAD for immutable bytes: conditions, ranges, headers. Returns the bytes of the body that was sent. */
export function answerBytes(exchange: Exchange, object: CachedObject, etag: string): number {
  const { body, contentType } = object;
  const { "if-none-match": condition, "if-range": ifRange, range: rangeHeader } = exchange.request.headers;
  const common: Headers = { "Cache-Control": immutable, ETag: etag, "Accept-Ranges": "bytes" };
  if (matches(condition, etag)) {
    exchange.empty(304, common);
    return 0;
  }
  const range = parseRange(ifRange === undefined || ifRange === etag ? rangeHeader : undefined, body.length);
  if (range === "unsatisfiable") throw new Problem(416, "RANGE_NOT_SATISFIABLE", "The range lies outside.", { headers: { "Content-Range": `bytes */${body.length}` } });
  if (range === "whole") {
    exchange.send(200, contentType, body, common);
    return exchange.method === "HEAD" ? 0 : body.length;
  }
  const part = body.subarray(range.start, range.end);
  exchange.send(206, contentType, part, { ...common, "Content-Range": `bytes ${range.start}-${range.end - 1}/${body.length}` });
  return exchange.method === "HEAD" ? 0 : part.length;
}
