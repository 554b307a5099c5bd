/**
 * SIEVE (Zhang et al., "SIEVE is Simpler than LRU", NSDI 2024), weighted: a bounded map that forgets what was not
 * asked for again. Used for audio chunks (weight = bytes), verified URLs and verified tokens (weight = 1).
 *
 * One queue, newest at the head. A hit only marks its entry. To make room, a hand walks from the tail towards the head:
 * it unmarks what is marked and evicts the first entry that is not, then stays where it is for the next time. A hit
 * moves nothing, so it costs one map lookup; one-time visitors leave before anything that was asked for twice.
 */

interface Entry<V> {
  readonly key: string;
  value: V;
  weight: number;
  visited: boolean;
  newer: Entry<V> | undefined;
  older: Entry<V> | undefined;
}

export class Sieve<V> {
  readonly #capacity: number;
  readonly #weigh: (value: V) => number;
  readonly #left: ((value: V) => void) | undefined;
  readonly #entries = new Map<string, Entry<V>>();
  #head: Entry<V> | undefined;
  #tail: Entry<V> | undefined;
  #hand: Entry<V> | undefined;
  #weight = 0;

  /** `capacity` bounds the sum of `weigh(value)` over all entries, in whatever unit `weigh` answers. `left` hears of each value that was set and is not held, or no longer. */
  constructor(capacity: number, weigh: (value: V) => number, left?: (value: V) => void) {
    this.#capacity = capacity;
    this.#weigh = weigh;
    this.#left = left;
  }

  get weight(): number {
    return this.#weight;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.visited = true;
    return entry.value;
  }

  /** Keeps `value`, unless it alone exceeds the capacity. */
  set(key: string, value: V): void {
    const known = this.#entries.get(key);
    const weight = this.#weigh(value);
    if (weight > this.#capacity) {
      if (known !== undefined) this.#remove(known);
      this.#left?.(value);
      return;
    }
    if (known === undefined) this.#makeRoom(weight);
    else this.#weight -= known.weight;
    const entry: Entry<V> = known ?? { key, value, weight, visited: false, newer: undefined, older: this.#head };
    if (known !== undefined) this.#left?.(known.value);
    entry.value = value;
    entry.weight = weight;
    this.#weight += weight;
    if (known === undefined) {
      if (this.#head !== undefined) this.#head.newer = entry;
      this.#head = entry;
      this.#tail ??= entry;
      this.#entries.set(key, entry);
    } else {
      known.visited = true;
      this.#makeRoom(0);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#remove(entry);
  }

  /** Entries from the newest to the oldest, with their marks; for tests and operators. */
  state(): [key: string, visited: boolean][] {
    const state: [string, boolean][] = [];
    for (let entry = this.#head; entry !== undefined; entry = entry.older) state.push([entry.key, entry.visited]);
    return state;
  }

  #makeRoom(weight: number): void {
    while (this.#weight + weight > this.#capacity) {
      let entry = this.#hand ?? this.#tail;
      // Ends: every step unmarks one entry, and one full round leaves none marked.
      while (entry?.visited === true) {
        entry.visited = false;
        entry = entry.newer ?? this.#tail;
      }
      if (entry === undefined) return;
      this.#hand = entry;
      this.#remove(entry);
    }
  }

  #remove(entry: Entry<V>): void {
    if (this.#hand === entry) this.#hand = entry.newer;
    if (entry.newer === undefined) this.#head = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === undefined) this.#tail = entry.newer;
    else entry.older.newer = entry.newer;
    this.#entries.delete(entry.key);
    this.#weight -= entry.weight;
    this.#left?.(entry.value);
  }
}
