/** What keys and arguments every adapter of a port accepts, so that one that works on a laptop works in a cluster. */
import { extname } from "node:path";
import { InvalidKey } from "./errors.ts";
import { cacheKeyLength, objectBytes, objectKeyLength } from "./limits.ts";

/** Returns `key`, or throws InvalidKey. */
export function checkCacheKey(key: string): string {
  if (key.length === 0 || key.length > cacheKeyLength) throw new InvalidKey(`a cache key has 1 to ${cacheKeyLength} characters`);
  return key;
}

export function checkTtl(ttlMs: number): number {
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1) throw new InvalidKey("a time to live is a positive whole number of milliseconds");
  return ttlMs;
}

/** Segments of letters, digits, "_", "-" and ".", joined by "/"; none starts with ".", so none is "..", hidden or empty. */
const objectKey = /^[\w-][\w.-]{0,127}(\/[\w-][\w.-]{0,127})*$/;

/** Returns `key`, or throws InvalidKey: what is accepted can name no file outside the store and needs no escaping in a URL. */
export function checkObjectKey(key: string): string {
  if (key.length > objectKeyLength || !objectKey.test(key)) throw new InvalidKey(`not an object key: ${JSON.stringify(key.slice(0, 80))}`);
  return key;
}

/** A prefix is the beginning of a key, or empty. */
export function checkObjectPrefix(prefix: string): string {
  if (prefix !== "") checkObjectKey(prefix.endsWith("/") ? prefix.slice(0, -1) : prefix);
  return prefix;
}

/** A key that ends like this has this content type; keys with other suffixes, or none, have the one they were put with. */
export const typesBySuffix: Readonly<Record<string, string>> = {
  ".ogg": "audio/ogg",
  ".flac": "audio/flac",
  ".json": "application/json",
  ".webp": "image/webp",
  ".jpg": "image/jpeg",
  ".png": "image/png",
};

export function checkObject(key: string, body: Uint8Array, contentType: string): void {
  if (body.byteLength > objectBytes) throw new InvalidKey(`an object has at most ${objectBytes} bytes`);
  if (!/^[\w.+-]{1,64}\/[\w.+-]{1,64}$/.test(contentType)) throw new InvalidKey(`not a content type: ${JSON.stringify(contentType.slice(0, 80))}`);
  const expected = typesBySuffix[extname(key)];
  if (expected !== undefined && expected !== contentType) throw new InvalidKey(`${key} must have the content type ${expected}`);
}

export function checkRange(range: { start: number; end: number }): void {
  const whole = Number.isSafeInteger(range.start) && Number.isSafeInteger(range.end);
  if (!whole || range.start < 0 || range.end <= range.start) throw new InvalidKey(`not a range of bytes: [${range.start}, ${range.end})`);
}
