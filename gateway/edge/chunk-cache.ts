/**
 * Immutable objects in memory, bounded in bytes. Any number of requests for one absent object make one read
 * (single-flight), and all get its bytes the moment they are there; absence is remembered shortly, so that a client
 * that insists does not reach the store each time.
 *
 * An object lies in a block of memory that holds another one later: when the cache has let it go and everybody who asked for it has released it.
 * Who never releases an object keeps its bytes as they are, and the collector takes them in the end.
 */
import type { ObjectStore } from "../../storage/index.ts";
import { BlockPool } from "./block-pool.ts";
import { Sieve } from "./sieve.ts";

export interface CachedObject {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Says that its bytes are read no more: not by the kernel either. Once is enough. */
  release(): void;
}

export interface ChunkCacheLimits {
  readonly bytes: number;
  /** How long an absent object is answered without asking again. */
  readonly absentMs: number;
  /** Absent keys remembered at a time. */
  readonly absentKeys: number;
  /** Reads in progress at a time; beyond, `Busy`. */
  readonly reads: number;
  /** Of memory kept for the next objects. */
  readonly spareBytes: number;
}

/** Too many different objects are being read at once. Nothing was read. */
export class Busy extends Error {
  override readonly name = "Busy";
}

/** An object, and how many use it: the cache itself is one of them. */
interface Counted {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** What it lies in, if that may hold another one later. */
  readonly block: Buffer | undefined;
  users: number;
}

interface Reading {
  readonly object: Promise<Counted | undefined>;
  /** Who waits for it. */
  users: number;
}

export class ChunkCache {
  readonly #objects: Pick<ObjectStore, "get">;
  readonly #limits: ChunkCacheLimits;
  readonly #pool: BlockPool;
  readonly #held: Sieve<Counted>;
  readonly #absentUntilMs: Sieve<number>;
  readonly #reading = new Map<string, Reading>();

  constructor(objects: Pick<ObjectStore, "get">, limits: ChunkCacheLimits) {
    this.#objects = objects;
    this.#limits = limits;
    this.#pool = new BlockPool(limits.spareBytes);
    // Map entry, key and headers of a body weigh something too.
    this.#held = new Sieve(limits.bytes, ({ body, block }) => (block ?? body).length + 512, (object) => this.#left(object));
    this.#absentUntilMs = new Sieve(limits.absentKeys, () => 1);
  }

  get bytes(): number {
    return this.#held.weight;
  }

  /** The object when it is here now. */
  held(key: string): CachedObject | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    held.users += 1;
    return this.#given(held);
  }

  /** The object, read when it is not here; undefined when there is none. Throws Busy, and what the store throws. */
  async get(key: string): Promise<CachedObject | undefined> {
    const held = this.held(key);
    if (held !== undefined) return held;
    let reading = this.#reading.get(key);
    if (reading === undefined) {
      const absentUntilMs = this.#absentUntilMs.get(key);
      if (absentUntilMs !== undefined && performance.now() < absentUntilMs) return undefined;
      if (this.#reading.size >= this.#limits.reads) throw new Busy("too many reads in progress");
      reading = { object: this.#read(key), users: 0 };
      this.#reading.set(key, reading);
    }
    reading.users += 1;
    const object = await reading.object;
    return object === undefined ? undefined : this.#given(object);
  }

  async #read(key: string): Promise<Counted | undefined> {
    // Until it is known to be under way.
    await Promise.resolve();
    let block: Buffer | undefined;
    try {
      const stored = await this.#objects.get(key, undefined, (bytes) => {
        block = this.#pool.take(bytes);
        return block.subarray(0, bytes);
      });
      if (stored === undefined) {
        this.#absentUntilMs.set(key, performance.now() + this.#limits.absentMs);
        return undefined;
      }
      // With all who wait: before they go on, the cache may have let it go again.
      const object: Counted = { body: stored.body, contentType: stored.contentType, block, users: 1 + (this.#reading.get(key)?.users ?? 0) };
      this.#held.set(key, object);
      return object;
    } finally {
      this.#reading.delete(key);
    }
  }

  /** To one who is counted already. */
  #given(object: Counted): CachedObject {
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      this.#left(object);
    };
    return { body: object.body, contentType: object.contentType, release };
  }

  #left(object: Counted): void {
    object.users -= 1;
    if (object.users === 0 && object.block !== undefined) this.#pool.give(object.block);
  }
}
