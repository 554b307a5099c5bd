/**
 * Rates: how many requests an address, an account and a user name may make. Counted in Redis when there is one, so
 * that all gateways share the count; in this process when there is none, or while Redis does not answer.
 */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { Redis } from "ioredis";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from "rate-limiter-flexible";
import type { Rate, Rates } from "./limits.ts";
import { later } from "./problem.ts";

export type RateKind = keyof Rates;

/** Counters kept in this process, at most: two addresses may share one, but an attacker cannot choose whose he shares. */
const buckets = 1 << 17;

/** A count that takes longer is made in this process instead. */
const countMs = 500;

export class RateLimits {
  readonly #limiters: ReadonlyMap<RateKind, RateLimiterAbstract>;
  readonly #redis: Redis | undefined;
  readonly #seed = randomInt(2 ** 32);
  readonly #onRefusal: (kind: RateKind) => void;

  /** `redisUrl` absent = count in this process only. `onRefusal` is told of each refusal, for metrics. */
  constructor(rates: Rates, redisUrl: string | undefined, onRefusal: (kind: RateKind) => void) {
    this.#onRefusal = onRefusal;
    // Without the offline queue a dead Redis fails at once and the count in this process takes over.
    this.#redis = redisUrl === undefined ? undefined : new Redis(redisUrl, { enableOfflineQueue: false, enableAutoPipelining: true, maxRetriesPerRequest: 1, commandTimeout: countMs, disconnectTimeout: 100 });
    // ioredis ends the process on an error that nobody listens for.
    this.#redis?.on("error", () => undefined);
    const kinds = Object.entries(rates) as [RateKind, Rate][];
    this.#limiters = new Map(kinds.map(([kind, rate]) => [kind, limiter(kind, rate, this.#redis)]));
  }

  /** Resolves when Redis counts, or when it took too long: a new gateway should not begin with a count of its own. */
  async connected(): Promise<void> {
    if (this.#redis === undefined || this.#redis.status === "ready") return;
    await once(this.#redis, "ready", { signal: AbortSignal.timeout(countMs) }).catch(() => undefined);
  }

  /** Counts one request. Throws Problem 429 with Retry-After when the rate is used up. */
  take(kind: RateKind, key: string): Promise<void> {
    return this.counter(kind, key)();
  }

  /** As `take`, for a key that is counted often, like a socket's: its place is looked for once. */
  counter(kind: RateKind, key: string): () => Promise<void> {
    const limiter = this.#limiters.get(kind);
    if (limiter === undefined) return async () => {};
    const redis = this.#redis;
    const bucket = redis === undefined ? this.#bucket(key) : undefined;
    return async () => {
      try {
        if (redis === undefined) await limiter.consume(bucket ?? key);
        else await this.#shared(redis, limiter, key);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        this.#onRefusal(kind);
        throw later(429, "RATE_LIMITED", "Too many requests. Wait, then try again.", refusal.msBeforeNext);
      }
    };
  }

  close(): void {
    this.#redis?.disconnect();
  }

  /** A Redis that hangs is dropped after one wait: until a new connection has answered, nobody waits for it again. */
  async #shared(redis: Redis, limiter: RateLimiterAbstract, key: string): Promise<void> {
    const startedMs = performance.now();
    await limiter.consume(key);
    if (performance.now() - startedMs >= countMs && redis.status === "ready") redis.disconnect(true);
  }

  /** FNV-1a from a random start. */
  #bucket(key: string): number {
    let hash = this.#seed;
    for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
    return (hash >>> 0) % buckets;
  }
}

function limiter(kind: RateKind, rate: Rate, redis: Redis | undefined): RateLimiterAbstract {
  const options = { keyPrefix: `rate:${kind}`, points: rate.points, duration: rate.seconds };
  const memory = new RateLimiterMemory(options);
  if (redis === undefined) return memory;
  // A key that is used up is refused from memory: a flood does not become a flood on Redis.
  return new RateLimiterRedis({ ...options, storeClient: redis, insuranceLimiter: memory, inMemoryBlockOnConsumed: rate.points + 1 });
}
