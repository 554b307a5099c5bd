/** What the caches of a cluster's gateways have had, and the part of it that was there. */

/** Since the process began. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
}

export class Caches {
  readonly #last = new Map<string, CacheCounts>();

  /** Part of what was asked of all of them since this was called last that was there; undefined when nothing was. A process that was started again counts anew. */
  hitRatio(now: Readonly<Record<string, CacheCounts>>): number | undefined {
    let [hits, asked] = [0, 0];
    for (const [name, counts] of Object.entries(now)) {
      const last = this.#last.get(name);
      const since = last === undefined || counts.hits < last.hits || counts.misses < last.misses ? { hits: 0, misses: 0 } : last;
      this.#last.set(name, counts);
      hits += counts.hits - since.hits;
      asked += counts.hits + counts.misses - since.hits - since.misses;
    }
    return asked === 0 ? undefined : hits / asked;
  }
}
