/**
 * Which tracks exist. Tracks are never removed, so one that was seen is known for good; the others are asked for, those of
 * all calls of one turn of the event loop in one question.
 */
import { promisify } from "node:util";
import { LRUCache } from "lru-cache";
import { serviceLimits } from "./limits.ts";

export class KnownTracks {
  readonly #known = new LRUCache<string, true>({ max: serviceLimits.tracksKnown });
  readonly #ask: (ids: readonly string[]) => Promise<readonly string[]>;
  #next: { readonly ids: Set<string>; readonly answered: Promise<void> } | undefined;

  /** `ask` answers those of at most `tracksAsked` ids that exist. */
  constructor(ask: (ids: readonly string[]) => Promise<readonly string[]>) {
    this.#ask = ask;
  }

  has(id: string): boolean {
    return this.#known.get(id) === true;
  }

  /** Resolves when `has` is true for those of `ids` that exist. Rejects as `ask` does. */
  async learn(ids: readonly string[]): Promise<void> {
    const waits = new Set<Promise<void>>();
    for (const id of ids) {
      if (this.has(id)) continue;
      if (this.#next === undefined || this.#next.ids.size >= serviceLimits.tracksAsked) this.#next = this.#question();
      this.#next.ids.add(id);
      waits.add(this.#next.answered);
    }
    await Promise.all(waits);
  }

  #question(): { readonly ids: Set<string>; readonly answered: Promise<void> } {
    const ids = new Set<string>();
    return { ids, answered: endOfTurn().then(() => this.#put(ids)) };
  }

  async #put(ids: ReadonlySet<string>): Promise<void> {
    if (this.#next?.ids === ids) this.#next = undefined;
    for (const id of await this.#ask([...ids])) this.#known.set(id, true);
  }
}

const endOfTurn = promisify(setImmediate);
