/**
 * Memo: values loaded once per key and kept in this process, within bounds. The catalog keeps manifests in one, rights
 * its rows, streaming what a play needs.
 *
 * Promises: callers that miss together share one load; a hit costs no promise; a value is never older than `ttlMs`,
 * counted from before its load began; a load that was under way when its key was forgotten is handed to those who
 * already wait for it, but not kept. Failed loads are not kept. Values are shared: nobody may change them.
 */
import { LRUCache } from "lru-cache";

export interface MemoOptions<V extends object> {
  /** Entries kept; the least recently used go first. */
  readonly max: number;
  readonly ttlMs: number;
  /** Bound on the sum of `sizeOf`, in bytes; absent = only `max` counts. */
  readonly maxBytes?: number;
  readonly sizeOf?: (value: V) => number;
  readonly load: (key: string) => Promise<V>;
  /** Ms of a clock that never jumps; tests bring their own. */
  readonly monotonicNow?: () => number;
}

export class Memo<V extends object> {
  readonly #kept: LRUCache<string, V>;
  readonly #loading = new Map<string, Promise<V>>();
  readonly #ttlMs: number;
  readonly #load: (key: string) => Promise<V>;
  readonly #now: () => number;

  constructor(options: MemoOptions<V>) {
    const { max, ttlMs, maxBytes, sizeOf, load, monotonicNow = () => performance.now() } = options;
    this.#kept = new LRUCache<string, V>({
      max,
      perf: { now: monotonicNow },
      ttlResolution: 0,
      ...(maxBytes === undefined || sizeOf === undefined ? {} : { maxSize: maxBytes, sizeCalculation: (value: V) => Math.max(1, sizeOf(value)) }),
    });
    this.#ttlMs = ttlMs;
    this.#load = load;
    this.#now = monotonicNow;
  }

  /** The value of `key`: at once when it is kept, else when it is loaded. Rejects as `load` does. */
  get(key: string): V | Promise<V> {
    return this.#kept.get(key) ?? this.#loading.get(key) ?? this.#begin(key);
  }

  /** Drops `key`; whoever asks from now on loads it anew. */
  forget(key: string): void {
    this.#kept.delete(key);
    this.#loading.delete(key);
  }

  clear(): void {
    this.#kept.clear();
    this.#loading.clear();
  }

  async #begin(key: string): Promise<V> {
    const startedAt = this.#now();
    const load = this.#load(key);
    this.#loading.set(key, load);
    try {
      const value = await load;
      const leftMs = Math.floor(this.#ttlMs - (this.#now() - startedAt));
      if (this.#loading.get(key) === load && leftMs >= 1) this.#kept.set(key, value, { ttl: leftMs });
      return value;
    } finally {
      if (this.#loading.get(key) === load) this.#loading.delete(key);
    }
  }
}
