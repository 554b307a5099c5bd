/**
 * Keys: what signs access tokens and audio URLs.
 *
 * In production and in clusters they come from the environment (config.ts insists). A single embedded process makes
 * its own at first start and keeps them in DATA_DIR/secrets, readable by its user only.
 *
 * A signed URL is the HMAC-SHA256 of `prefix|exp|kid`, where prefix is "/audio/{track}/{tier}/": one signature covers
 * every chunk of one track in one tier for at most 24 hours. There is no not-before time, so a client's or edge's slow
 * clock refuses nothing; an expired URL is accepted for another 60 s of clock skew.
 */
import { createHmac, createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, randomBytes, timingSafeEqual, type KeyObject } from "node:crypto";
import type { Config } from "./config.ts";
import { keptSecret } from "./storage/index.ts";

export const urlLifetimeSeconds = 24 * 60 * 60;
export const urlSkewSeconds = 60;

export interface Keys {
  readonly tokens: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly urls: UrlKeyRing;
}

export type UrlVerdict = "ok" | "malformed" | "unknown-key" | "bad-signature" | "expired" | "too-long";

export class UrlKeyRing {
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly #signing: string;

  /** `ring` is "kid:base64secret[,kid:base64secret...]"; the first key signs, every key verifies. */
  constructor(ring: string) {
    const entries = ring.split(",").map((entry): [string, KeyObject] => {
      const at = entry.indexOf(":");
      // A KeyObject, not bytes: Node hashes with one about seven times as fast.
      return [entry.slice(0, at), createSecretKey(Buffer.from(entry.slice(at + 1), "base64"))];
    });
    const first = entries[0];
    if (first === undefined) throw new Error("a key ring needs at least one key");
    this.#keys = new Map(entries);
    this.#signing = first[0];
  }

  /** Query string that opens everything below `prefix` ("/audio/{track}/{tier}/") until `expiresAt` (seconds since 1970). */
  sign(prefix: string, expiresAt: number): string {
    return `exp=${expiresAt}&kid=${this.#signing}&sig=${this.#mac(prefix, String(expiresAt), this.#signing).toString("base64url")}`;
  }

  /**
   * A token for `purpose` ("share") and what it is for: 256 bits that nobody makes without the signing key, the same each
   * time. Not stored anywhere; the key's rotation ends that it can be made again, not that it is good.
   */
  token(purpose: string, ...what: readonly string[]): string {
    const key = this.#keys.get(this.#signing);
    if (key === undefined) throw new Error("the signing key has gone");
    return createHmac("sha256", key).update(JSON.stringify(["token", purpose, ...what])).digest("base64url");
  }

  /** Whether `query` opens `prefix` at `now` (seconds since 1970). Takes the same time for every wrong signature. */
  verify(prefix: string, query: { exp: string; kid: string; sig: string }, now: number): UrlVerdict {
    if (!/^[1-9]\d{0,11}$/.test(query.exp) || !/^[\w-]{43}$/.test(query.sig)) return "malformed";
    if (!this.#keys.has(query.kid)) return "unknown-key";
    const given = Buffer.from(query.sig, "base64url");
    const expected = this.#mac(prefix, query.exp, query.kid);
    // A base64url digit can carry unused bits; only the canonical spelling of a signature is accepted.
    if (given.toString("base64url") !== query.sig || given.length !== expected.length || !timingSafeEqual(given, expected)) return "bad-signature";
    const expiresAt = Number(query.exp);
    if (now > expiresAt + urlSkewSeconds) return "expired";
    if (expiresAt > now + urlLifetimeSeconds + urlSkewSeconds) return "too-long";
    return "ok";
  }

  #mac(prefix: string, exp: string, kid: string): Buffer {
    const key = this.#keys.get(kid);
    if (key === undefined) throw new Error(`no key ${kid}`);
    return createHmac("sha256", key).update(`${prefix}|${exp}|${kid}`).digest();
  }
}

/** The keys of this node: from the configuration, else from (or into) DATA_DIR/secrets. */
export async function loadKeys(config: Pick<Config, "TOKEN_PRIVATE_KEY" | "URL_SIGNING_KEYS" | "DATA_DIR">): Promise<Keys> {
  const der = config.TOKEN_PRIVATE_KEY ?? (await keptSecret(config.DATA_DIR, "token-key", () => generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }).toString("base64")));
  const ring = config.URL_SIGNING_KEYS ?? (await keptSecret(config.DATA_DIR, "url-keys", () => `k1:${randomBytes(32).toString("base64")}`));
  const privateKey = createPrivateKey({ key: Buffer.from(der, "base64"), format: "der", type: "pkcs8" });
  return { tokens: { privateKey, publicKey: createPublicKey(privateKey) }, urls: new UrlKeyRing(ring) };
}
