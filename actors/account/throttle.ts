/**
 * Login throttle: after a few wrong passwords for one username, each further try must wait twice as long as the last.
 *
 * An attempt is charged before its password is checked, so tries sent in parallel count like tries sent one by one; a
 * right password clears the account's record. Names without an account are throttled alike: the answer says nothing
 * about which names exist. The record lives in the cache: losing it forgives, which the hasher's own bound covers.
 */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { StorageUnavailable, type Cache } from "../../storage/index.ts";
import { RateLimited } from "../errors.ts";

export const freeAttempts = 5;
export const firstWaitMs = 1_000;
export const longestWaitMs = 5 * 60 * 1000;
/** A record older than this without a new attempt is forgotten. */
const memoryMs = 60 * 60 * 1000;
/** Names counted on this node while the cache is away; the least recently tried go first. */
const namesHere = 10_000;

interface Attempts {
  readonly count: number;
  readonly blockedUntil: number;
}

/** What attempt number `count` costs: how long the next one must wait, in ms. */
export function waitAfter(count: number): number {
  return count < freeAttempts ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** (count - freeAttempts));
}

export class LoginThrottle {
  readonly #cache: Cache;
  readonly #now: () => number;
  /** Attempts of one name are charged one after the other on this node. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #here = new LRUCache<string, string>({ max: namesHere, ttl: memoryMs });

  constructor(cache: Cache, now: () => number) {
    this.#cache = cache;
    this.#now = now;
  }

  /** Charges an attempt. Throws RateLimited while the name must wait; such tries cost nothing and lengthen nothing. */
  async charge(usernameKey: string): Promise<void> {
    const before = this.#turns.get(usernameKey) ?? Promise.resolve();
    const turn = before.then(() => this.#chargeNow(usernameKey));
    const settled = turn.catch(() => undefined);
    this.#turns.set(usernameKey, settled);
    try {
      await turn;
    } finally {
      if (this.#turns.get(usernameKey) === settled) this.#turns.delete(usernameKey);
    }
  }

  async forgive(usernameKey: string): Promise<void> {
    this.#here.delete(cacheKey(usernameKey));
    await unlessAway(() => this.#cache.delete(cacheKey(usernameKey)), () => undefined);
  }

  async #chargeNow(usernameKey: string): Promise<void> {
    const now = this.#now();
    const key = cacheKey(usernameKey);
    const known = parse(await unlessAway(() => this.#cache.get(key), () => this.#here.get(key)));
    if (now < known.blockedUntil) throw new RateLimited("Too many attempts for this name. Wait before the next one.", known.blockedUntil - now);
    const count = known.count + 1;
    const record = JSON.stringify({ count, blockedUntil: now + waitAfter(count) } satisfies Attempts);
    await unlessAway(() => this.#cache.set(key, record, memoryMs), () => void this.#here.set(key, record));
  }
}

/** What the cache answers, or `instead` when it does not. */
async function unlessAway<T>(ask: () => Promise<T>, instead: () => T): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof StorageUnavailable) return instead();
    throw error;
  }
}

/** Hashed: a folded name may be longer than a cache key may be. */
const cacheKey = (usernameKey: string) => `login:${createHash("sha256").update(usernameKey).digest("base64url")}`;

function parse(text: string | undefined): Attempts {
  return text === undefined ? { count: 0, blockedUntil: 0 } : (JSON.parse(text) as Attempts);
}
