/**
 * A Map of what is under way: entries come and go by the ten thousand, few are there at a time.
 *
 * V8's Map and Set make a new table whenever what was deleted has filled theirs, and the old table points to the new one, for iterators. So one table that a
 * collection has moved to the old generation keeps all later ones, and what was under way when each was left, until the next full collection; scavenges copy
 * it meanwhile (docs/decisions/0017). Here a new Map takes over now and then, to whose tables no older one points.
 */
export class PendingMap<K, V> {
  #entries = new Map<K, V>();
  /** Since this Map took over. */
  #sets = 0;

  get size(): number {
    return this.#entries.size;
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  set(key: K, value: V): this {
    if (++this.#sets > leastSets + 2 * this.#entries.size) {
      this.#entries = new Map(this.#entries);
      this.#sets = 0;
    }
    this.#entries.set(key, value);
    return this;
  }

  delete(key: K): boolean {
    return this.#entries.delete(key);
  }

  /** In the order in which they came. Entries may be deleted meanwhile, not set. */
  keys(): IterableIterator<K> {
    return this.#entries.keys();
  }

  /** As `keys`. */
  forEach(each: (value: V, key: K) => void): void {
    this.#entries.forEach((value, key) => each(value, key));
  }
}

/** Copies are made after so many sets at the earliest, and after twice as many as they have entries: an entry is copied less than once. */
const leastSets = 64;
