/**
 * Immutable objects in memory, bounded in bytes. Any number of requests for one absent object make one read
 * (single-flight), and all get its bytes the moment they are there; absence is remembered shortly, so that a client
 * that insists does not reach the store each time.
 */
import type { ObjectStore } from "../../storage/index.ts";
import { Sieve } from "./sieve.ts";

export interface CachedObject {
  readonly body: Uint8Array;
  readonly contentType: string;
}

export interface ChunkCacheLimits {
  readonly bytes: number;
  /** How long an absent object is answered without asking again. */
  readonly absentMs: number;
  /** Absent keys remembered at a time. */
  readonly absentKeys: number;
  /** Reads in progress at a time; beyond, `Busy`. */
  readonly reads: number;
}

/** Too many different objects are being read at once. Nothing was read. */
export class Busy extends Error {
  override readonly name = "Busy";
}

export class ChunkCache {
  readonly #objects: Pick<ObjectStore, "get">;
  readonly #limits: ChunkCacheLimits;
  readonly #held: Sieve<CachedObject>;
  readonly #absentUntilMs: Sieve<number>;
  readonly #reading = new Map<string, Promise<CachedObject | undefined>>();

  constructor(objects: Pick<ObjectStore, "get">, limits: ChunkCacheLimits) {
    this.#objects = objects;
    this.#limits = limits;
    // Map entry, key and headers of a body weigh something too.
    this.#held = new Sieve(limits.bytes, (object) => object.body.length + 512);
    this.#absentUntilMs = new Sieve(limits.absentKeys, () => 1);
  }

  get bytes(): number {
    return this.#held.weight;
  }

  /** The object when it is here now. */
  held(key: string): CachedObject | undefined {
    return this.#held.get(key);
  }

  /** The object, read when it is not here; undefined when there is none. Throws Busy, and what the store throws. */
  get(key: string): Promise<CachedObject | undefined> {
    const held = this.#held.get(key);
    if (held !== undefined) return Promise.resolve(held);
    const underway = this.#reading.get(key);
    if (underway !== undefined) return underway;
    const absentUntilMs = this.#absentUntilMs.get(key);
    if (absentUntilMs !== undefined && performance.now() < absentUntilMs) return Promise.resolve(undefined);
    if (this.#reading.size >= this.#limits.reads) return Promise.reject(new Busy("too many reads in progress"));
    const reading = this.#read(key).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  async #read(key: string): Promise<CachedObject | undefined> {
    const stored = await this.#objects.get(key);
    if (stored === undefined) {
      this.#absentUntilMs.set(key, performance.now() + this.#limits.absentMs);
      return undefined;
    }
    const object: CachedObject = { body: stored.body, contentType: stored.contentType };
    this.#held.set(key, object);
    return object;
  }
}
