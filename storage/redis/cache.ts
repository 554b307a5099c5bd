/** The Cache port on Redis (connection.ts). Callers go on without a cache when it is away. Keys carry a prefix, so that clear() forgets ours alone. */
import { checkCacheKey, checkTtl } from "../checks.ts";
import { cacheCommandMs } from "../limits.ts";
import type { Cache } from "../ports.ts";
import { RedisConnection } from "./connection.ts";

const prefix = "ensemble:";

/** Connects and proves that Redis answers. Throws StorageUnavailable. */
export async function openRedis(url: string): Promise<Cache> {
  return new RedisCache(await RedisConnection.open(url, "cache", cacheCommandMs));
}

class RedisCache implements Cache {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  async get(key: string): Promise<string | undefined> {
    const name = prefix + checkCacheKey(key);
    return (await this.#connection.answered(this.#connection.redis.get(name))) ?? undefined;
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    if (keys.length === 0) return [];
    const names = keys.map((key) => prefix + checkCacheKey(key));
    return (await this.#connection.answered(this.#connection.redis.mget(names))).map((value) => value ?? undefined);
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#connection.answered(this.#connection.redis.set(prefix + checkCacheKey(key), value, "PX", checkTtl(ttlMs)));
  }

  async delete(...keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#connection.answered(this.#connection.redis.unlink(keys.map((key) => prefix + checkCacheKey(key))));
  }

  clear(): Promise<void> {
    return this.#connection.forget(prefix);
  }

  ping(): Promise<void> {
    return this.#connection.ping();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
