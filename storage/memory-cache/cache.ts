/** The Cache port inside this process: bounded by bytes, least recently used first to go, nothing survives a restart. */
import { LRUCache } from "lru-cache";
import { checkCacheKey, checkTtl } from "../checks.ts";
import { cacheBytes } from "../limits.ts";
import type { Cache } from "../ports.ts";

/** A V8 string takes up to two bytes a character, an entry of the map about 150 more. */
const bytesOf = (value: string, key: string) => 2 * (value.length + key.length) + 150;

/** A cache of at most `maxBytes`. A value larger than that is not kept. */
export function memoryCache(maxBytes: number = cacheBytes): Cache {
  const entries = new LRUCache<string, string>({ maxSize: maxBytes, sizeCalculation: bytesOf });
  const get = (key: string) => entries.get(checkCacheKey(key));
  return {
    get: async (key) => get(key),
    getMany: async (keys) => keys.map(get),
    async set(key, value, ttlMs) {
      entries.set(checkCacheKey(key), value, { ttl: checkTtl(ttlMs) });
    },
    async delete(...keys) {
      for (const key of keys.map(checkCacheKey)) entries.delete(key);
    },
    async clear() {
      entries.clear();
    },
    async ping() {},
    async close() {
      entries.clear();
    },
  };
}
