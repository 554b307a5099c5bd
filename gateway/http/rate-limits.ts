/**
 * Rates: how many requests an address, an account and a user name may make. Counted in Redis when there is one, so
 * that all gateways share the count; in this process when there is none, or while Redis does not answer.
 *
 * A gateway tells Redis of a hundredth of a rate at a time: the requests before it pass at once, and those that come
 * while it tells wait for the answer. So beyond a rate each gateway lets at most that hundredth through, and nobody is refused below it; a rate under 200
 * is told request by request.
 */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { Redis } from "ioredis";
import { LRUCache } from "lru-cache";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from "rate-limiter-flexible";
import type { Rate, Rates } from "./limits.ts";
import { later } from "./problem.ts";

export type RateKind = keyof Rates;

/** Counters kept in this process, at most: two addresses may share one, but an attacker cannot choose whose he shares. */
const buckets = 1 << 17;

/** A count that takes longer is made in this process instead. */
const countMs = 500;

/** Keys of which this gateway has counted something that Redis does not know; who falls out has a few requests for nothing. */
const untoldKeys = 1 << 16;

/** Requests of one key since Redis was last told, in a window that ends at `untilMs` (performance.now()). */
interface Untold {
  requests: number;
  untilMs: number;
  /** What Redis is being told of: requests that come meanwhile wait for its answer. */
  telling?: Promise<RateLimiterRes> | undefined;
}

export class RateLimits {
  readonly #counts: ReadonlyMap<RateKind, Count>;
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
    this.#counts = new Map(kinds.map(([kind, rate]) => [kind, counting(kind, rate, this.#redis)]));
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
    const count = this.#counts.get(kind);
    if (count === undefined) return async () => {};
    const place = this.#redis === undefined ? this.#bucket(key) : key;
    return async () => {
      try {
        await count(place);
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

  /** FNV-1a from a random start. */
  #bucket(key: string): number {
    let hash = this.#seed;
    for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
    return (hash >>> 0) % buckets;
  }
}

/** Counts one request of a key. Throws RateLimiterRes when its rate is used up. */
type Count = (key: string | number) => Promise<void>;

function counting(kind: RateKind, rate: Rate, redis: Redis | undefined): Count {
  const options = { keyPrefix: `rate:${kind}`, points: rate.points, duration: rate.seconds };
  const memory = new RateLimiterMemory(options);
  if (redis === undefined) return async (key) => void (await memory.consume(key));
  // A key that is used up is refused from memory: a flood does not become a flood on Redis.
  const limiter = new RateLimiterRedis({ ...options, storeClient: redis, insuranceLimiter: memory, inMemoryBlockOnConsumed: rate.points + 1 });
  return together(Math.max(1, Math.floor(rate.points / 100)), rate.seconds, (key, requests) => shared(redis, limiter, key, requests));
}

/** Counts here, and tells `requests` of a key at a time: `tell` throws RateLimiterRes when the rate is used up. */
function together(requests: number, seconds: number, tell: (key: string | number, requests: number) => Promise<RateLimiterRes>): Count {
  const untold = new LRUCache<string | number, Untold>({ max: untoldKeys });
  return async (key) => {
    const nowMs = performance.now();
    let since = untold.get(key);
    if (since === undefined || nowMs >= since.untilMs) {
      since = { requests: 0, untilMs: nowMs + seconds * 1_000 };
      untold.set(key, since);
    }
    since.requests += 1;
    if (since.requests < requests) {
      await since.telling;
      return;
    }
    since.requests = 0;
    const telling = tell(key, requests);
    since.telling = telling;
    try {
      since.untilMs = performance.now() + (await telling).msBeforeNext;
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) {
        // Used up until then: each request is told, and refused.
        since.requests = requests - 1;
        since.untilMs = performance.now() + refusal.msBeforeNext;
      }
      throw refusal;
    } finally {
      if (since.telling === telling) since.telling = undefined;
    }
  };
}

/** A Redis that hangs is dropped after one wait: until a new connection has answered, nobody waits for it again. */
async function shared(redis: Redis, limiter: RateLimiterAbstract, key: string | number, requests: number): Promise<RateLimiterRes> {
  const startedMs = performance.now();
  const counted = await limiter.consume(key, requests);
  if (performance.now() - startedMs >= countMs && redis.status === "ready") redis.disconnect(true);
  return counted;
}
