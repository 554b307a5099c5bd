/**
 * The URL of a chunk, taken apart and verified: `/audio/{track}/{tier}/{n}.ogg|flac?exp&kid&sig`.
 *
 * There is one spelling of each URL: no escapes, no dots, no doubled or unknown parameters. So what was signed is what
 * is looked up, and no two parsers can disagree about it.
 */
import { chunkKey, type TierName } from "../../audio/index.ts";
import { urlSkewSeconds, type UrlKeyRing, type UrlVerdict } from "../../keys.ts";
import { Sieve } from "./sieve.ts";

export interface ChunkAddress {
  /** Object key; also the cache key: one chunk is one entry, whoever signed for it. */
  readonly key: string;
  /** What the signature covers: "/audio/{track}/{tier}/". */
  readonly prefix: string;
  readonly tier: TierName;
}

const chunkPath = /^\/audio\/([A-Za-z0-9_-]{1,64})\/(?:(96|160|320)\/(0|[1-9]\d{0,5})\.ogg|(flac)\/(0|[1-9]\d{0,5})\.flac)$/;

/** The chunk a path names, or undefined when it is not spelled as we spell it. */
export function parseChunkPath(path: string): ChunkAddress | undefined {
  const found = chunkPath.exec(path);
  if (found === null) return undefined;
  const [, track = "", lossy, lossyChunk, lossless, losslessChunk] = found;
  const tier = (lossy ?? lossless) as TierName;
  return { key: chunkKey(track, tier, Number(lossyChunk ?? losslessChunk)), prefix: `/audio/${track}/${tier}/`, tier };
}

export type Verdict = UrlVerdict | "unsigned" | "ambiguous";

export class SignedUrls {
  readonly #keys: UrlKeyRing;
  /** Good signatures only, with the second until which they hold: a flood of bad ones displaces nothing. */
  readonly #verified: Sieve<number>;

  constructor(keys: UrlKeyRing, capacity: number) {
    this.#keys = keys;
    this.#verified = new Sieve(capacity, () => 1);
  }

  /** Whether `search` opens `prefix` at `nowSeconds`. A listener asks for every chunk of a track with the same query. */
  verify(prefix: string, search: string, nowSeconds: number): Verdict {
    const known = this.#verified.get(`${prefix}?${search}`);
    if (known !== undefined && nowSeconds <= known) return "ok";
    const query = parseSignature(search);
    if (typeof query === "string") return query;
    const verdict = this.#keys.verify(prefix, query, nowSeconds);
    if (verdict === "ok") this.#verified.set(`${prefix}?${search}`, Number(query.exp) + urlSkewSeconds);
    return verdict;
  }
}

function parseSignature(search: string): { exp: string; kid: string; sig: string } | "unsigned" | "ambiguous" {
  if (search === "") return "unsigned";
  const query: { exp?: string; kid?: string; sig?: string } = {};
  for (const pair of search.split("&", 4)) {
    const at = pair.indexOf("=");
    const name = pair.slice(0, Math.max(0, at));
    if ((name !== "exp" && name !== "kid" && name !== "sig") || query[name] !== undefined) return "ambiguous";
    query[name] = pair.slice(at + 1);
  }
  const { exp, kid, sig } = query;
  return exp === undefined || kid === undefined || sig === undefined ? "unsigned" : { exp, kid, sig };
}
