/**
 * GET /audio/{track}/{tier}/{n}.ogg|flac: chunks of audio, as a CDN edge serves them. The signature is verified before
 * anything is looked up; then memory, then the object store. Runs before the API's router: nothing of it is needed.
 */
import { Problem, later, badRequest } from "../http/problem.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Headers } from "../http/headers.ts";
import type { Metrics } from "../http/metrics.ts";
import { answerBytes } from "./bytes.ts";
import { Busy, type CachedObject, type ChunkCache } from "./chunk-cache.ts";
import { parseChunkPath, type SignedUrls, type Verdict } from "./signed-url.ts";

const preflight: Headers = { "Access-Control-Allow-Methods": "GET, HEAD", "Access-Control-Allow-Headers": "Range, If-None-Match", "Access-Control-Max-Age": "86400", "Content-Length": "0" };

export class AudioEdge {
  readonly #urls: SignedUrls;
  readonly #cache: ChunkCache;
  readonly #metrics: Metrics;

  constructor(urls: SignedUrls, cache: ChunkCache, metrics: Metrics) {
    this.#urls = urls;
    this.#cache = cache;
    this.#metrics = metrics;
  }

  /** Answers a request below /audio/. Throws Problem 400, 403, 404, 405, 410, 416 or 503. */
  async answer(exchange: Exchange): Promise<void> {
    const { method, path, search } = exchange;
    exchange.template = "/audio/:track/:tier/:chunk";
    if (method === "OPTIONS") return exchange.empty(204, preflight);
    if (method !== "GET" && method !== "HEAD") throw new Problem(405, "METHOD_NOT_ALLOWED", "Use GET or HEAD.", { headers: { Allow: "GET, HEAD, OPTIONS" } });
    const address = parseChunkPath(path);
    if (address === undefined) throw badRequest("MALFORMED_PATH", "This is not the address of a chunk.");
    const verdict = this.#urls.verify(address.prefix, search, Date.now() / 1_000);
    if (verdict !== "ok") {
      this.#metrics.signatureRefusals.inc({ verdict });
      throw refusal(verdict);
    }
    // No await on a hit: this is most of the traffic of the whole service.
    const held = this.#cache.held(address.key);
    this.#metrics.edgeRequests.inc({ cache: held === undefined ? "miss" : "hit" });
    const chunk = held ?? (await this.#fetch(address.key));
    if (chunk === undefined) throw new Problem(404, "NOT_FOUND", "There is no such chunk.", { headers: { "Cache-Control": "public, max-age=2" } });
    // Not before: what the kernel has not taken yet is read from there.
    exchange.response.once("close", chunk.release);
    // The key names one immutable object, so it makes the tag; no hash is needed.
    this.#metrics.edgeBytes.inc(answerBytes(exchange, chunk, `"${address.key.slice("audio/".length)}"`));
  }

  async #fetch(key: string): Promise<CachedObject | undefined> {
    try {
      return await this.#cache.get(key);
    } catch (error) {
      if (error instanceof Busy) throw later(503, "OVERLOADED", "The edge is overloaded.", 1_000);
      throw error;
    }
  }
}

function refusal(verdict: Exclude<Verdict, "ok">): Problem {
  if (verdict === "ambiguous") return badRequest("MALFORMED_QUERY", "The query must hold exp, kid and sig, once each, and nothing else.");
  if (verdict === "expired") return new Problem(410, "URL_EXPIRED", "This URL has expired. Ask to play the track again.");
  return new Problem(403, "BAD_SIGNATURE", "The signature does not open this address.");
}
