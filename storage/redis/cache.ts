/**
 * The Cache port on Redis, through `ioredis`.
 *
 * Commands of one turn of the event loop travel as one pipeline (a third more throughput). A command waits for no
 * reconnection and no longer than `cacheCommandMs`: while Redis is away every call throws StorageUnavailable at once,
 * and callers go on without a cache. A Redis that hangs is away as well: the first command that waits in vain drops the
 * connection, and until a new one has answered, nobody waits. Keys carry a prefix, so that clear() forgets ours alone.
 */
import { types } from "node:util";
import { Redis } from "ioredis";
import { checkCacheKey, checkTtl } from "../checks.ts";
import { StorageUnavailable } from "../errors.ts";
import { cacheCommandMs } from "../limits.ts";
import type { Cache } from "../ports.ts";

const prefix = "ensemble:";
const scanCount = 1_000;

/** Connects and proves that Redis answers. Throws StorageUnavailable. */
export async function openRedis(url: string): Promise<Cache> {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: cacheCommandMs,
    connectTimeout: 3_000,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
    // How long an orderly goodbye may hold this process up.
    disconnectTimeout: 100,
    connectionName: "ensemble",
  });
  // Each failed command throws to its caller, and ioredis reconnects by itself; without a listener it prints.
  let reason: unknown;
  redis.on("error", (error: Error) => (reason = error));
  const cache = new RedisCache(redis);
  try {
    await redis.connect();
    await cache.ping();
  } catch (error) {
    redis.disconnect();
    throw translate(reason ?? error);
  }
  return cache;
}

class RedisCache implements Cache {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async get(key: string): Promise<string | undefined> {
    const name = prefix + checkCacheKey(key);
    return (await this.#answered(this.#redis.get(name))) ?? undefined;
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    if (keys.length === 0) return [];
    const names = keys.map((key) => prefix + checkCacheKey(key));
    return (await this.#answered(this.#redis.mget(names))).map((value) => value ?? undefined);
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#answered(this.#redis.set(prefix + checkCacheKey(key), value, "PX", checkTtl(ttlMs)));
  }

  async delete(...keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#answered(this.#redis.unlink(keys.map((key) => prefix + checkCacheKey(key))));
  }

  /** SCAN, not KEYS: a big store goes on answering others meanwhile. */
  async clear(): Promise<void> {
    let cursor = "0";
    do {
      const [next, names] = await this.#answered(this.#redis.scan(cursor, "MATCH", `${prefix}*`, "COUNT", scanCount));
      cursor = next;
      if (names.length > 0) await this.#answered(this.#redis.unlink(names));
    } while (cursor !== "0");
  }

  async ping(): Promise<void> {
    await this.#answered(this.#redis.ping());
  }

  async close(): Promise<void> {
    // Commands in progress may finish; a Redis that is away does not keep us.
    await this.#redis.quit().catch(() => this.#redis.disconnect());
  }

  async #answered<T>(command: Promise<T>): Promise<T> {
    try {
      return await command;
    } catch (error) {
      if (types.isNativeError(error) && error.message === "Command timed out" && this.#redis.status === "ready") this.#redis.disconnect(true);
      throw translate(error);
    }
  }
}

function translate(error: unknown): unknown {
  return types.isNativeError(error) ? new StorageUnavailable(`the cache gave no answer: ${error.message}`, { cause: error }) : error;
}
