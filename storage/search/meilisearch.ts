/**
 * The SearchIndex port on Meilisearch: the cluster adapter. One index per type, so that a search is one multi-search
 * and each type is ranked by itself.
 *
 * Names go in as storage/search/fold.ts folds them, so that both adapters agree what "the same" is; typing ahead,
 * typos and ranking are the server's, set below. Writes wait for the server's task: what was put can be found.
 * Nothing here is the truth: an empty server is filled again from the catalog.
 */
import { Meilisearch, MeilisearchApiError, type EnqueuedTaskPromise, type MultiSearchParams, type Settings } from "meilisearch";
import { StorageUnavailable } from "../errors.ts";
import { searchTypes, type SearchDocument, type SearchHit, type SearchIndex, type SearchType } from "../ports.ts";
import { hitsPerType, maintenanceMs, oneTypoLength, putBatch, searchMs, twoTyposLength } from "./limits.ts";
import { documentTerms, foldedName } from "./words.ts";

interface Entry {
  readonly key: string;
  readonly id: string;
  readonly name: string;
  readonly words: string;
  readonly popularity: number;
}

const settings: Settings = {
  searchableAttributes: ["name", "words"],
  displayedAttributes: ["id"],
  // Fewer typos first; then the whole name before its beginning before words; then what people play; then a fixed order.
  rankingRules: ["words", "typo", "exactness", "attribute", "popularity:desc", "key:asc"],
  typoTolerance: { enabled: true, minWordSizeForTypos: { oneTypo: oneTypoLength, twoTypos: twoTyposLength } },
  // Common words are words of names here: nothing is left out.
  stopWords: [],
  pagination: { maxTotalHits: hitsPerType },
  searchCutoffMs: searchMs,
};

const indexOf = (type: SearchType) => `ensemble-${type}`;
/** Meilisearch takes letters, digits, "-" and "_" in a key; our ids are opaque. */
const keyOf = (id: string) => Buffer.from(id).toString("base64url");

/** Opens the server and makes sure of the indexes' settings. Throws StorageUnavailable. `prefix` keeps tests apart. */
export async function openMeilisearch(url: string, key: string | undefined, prefix = ""): Promise<SearchIndex> {
  const client = new Meilisearch({ host: url, timeout: searchMs * 5, ...(key === undefined ? {} : { apiKey: key }) });
  const index = new MeilisearchIndex(client, prefix);
  await index.prepare();
  return index;
}

class MeilisearchIndex implements SearchIndex {
  readonly #client: Meilisearch;
  readonly #prefix: string;

  constructor(client: Meilisearch, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  /** Creates what is missing; the same settings again change nothing on the server. */
  async prepare(): Promise<void> {
    for (const type of searchTypes) {
      await this.#done(this.#client.createIndex(this.#uid(type), { primaryKey: "key" }), "index_already_exists");
      await this.#done(this.#index(type).updateSettings(settings));
    }
  }

  async put(documents: readonly SearchDocument[]): Promise<void> {
    for (const type of searchTypes) {
      const entries = documents.filter((document) => document.type === type).map(entryOf);
      for (let at = 0; at < entries.length; at += putBatch) await this.#done(this.#index(type).addDocuments(entries.slice(at, at + putBatch)));
    }
  }

  async delete(keys: readonly { type: SearchType; id: string }[]): Promise<void> {
    for (const type of searchTypes) {
      const ids = keys.filter((key) => key.type === type).map(({ id }) => keyOf(id));
      for (let at = 0; at < ids.length; at += putBatch) await this.#done(this.#index(type).deleteDocuments(ids.slice(at, at + putBatch)));
    }
  }

  async search(query: string, options: { types: readonly SearchType[]; limit: number }): Promise<Record<SearchType, SearchHit[]>> {
    const answer: Record<SearchType, SearchHit[]> = { track: [], artist: [], album: [], genre: [] };
    const types = searchTypes.filter((type) => options.types.includes(type));
    const limit = Math.min(Math.trunc(options.limit), hitsPerType);
    const q = foldedName(query);
    // An empty query means "everything" to Meilisearch, and nothing to us.
    if (types.length === 0 || q === "" || !(limit > 0)) return answer;
    const { results } = await this.#asked(
      this.#client.multiSearch<MultiSearchParams, Entry>({
        queries: types.map((type) => ({ indexUid: this.#uid(type), q, limit, matchingStrategy: "all", showRankingScore: true, attributesToRetrieve: ["id"] })),
      }),
    );
    for (const [at, type] of types.entries()) {
      const hits = results[at]?.hits ?? [];
      // The ranking score leaves out popularity and the fixed order; the place breaks its ties.
      answer[type] = hits.map(({ id, _rankingScore }, place) => ({ id, type, score: (_rankingScore ?? 0) + (hits.length - place) * 1e-6 }));
    }
    return answer;
  }

  async count(): Promise<number> {
    const { indexes } = await this.#asked(this.#client.getStats());
    return searchTypes.reduce((sum, type) => sum + (indexes[this.#uid(type)]?.numberOfDocuments ?? 0), 0);
  }

  async clear(): Promise<void> {
    for (const type of searchTypes) await this.#done(this.#index(type).deleteAllDocuments());
  }

  async ping(): Promise<void> {
    const { status } = await this.#asked(this.#client.health());
    if (status !== "available") throw new StorageUnavailable(`Meilisearch says it is ${String(status)}`);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #uid(type: SearchType): string {
    return this.#prefix + indexOf(type);
  }

  #index(type: SearchType) {
    return this.#client.index<Entry>(this.#uid(type));
  }

  /** Waits until the server has carried a write out. A task that failed for the reason `fine` counts as done. */
  async #done(task: EnqueuedTaskPromise, fine?: string): Promise<void> {
    const { status, error } = await this.#asked(task.waitTask({ timeout: maintenanceMs, interval: 10 }));
    if (status === "succeeded" || (error !== null && error.code === fine)) return;
    throw new StorageUnavailable(`Meilisearch did not carry out a task: ${error?.message ?? status}`);
  }

  /** Whatever the client throws becomes ours. An API error below 500 is a mistake of this adapter or of the key it was given. */
  async #asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      const reason = error instanceof MeilisearchApiError ? `refused: ${error.message}` : `does not answer: ${error instanceof Error ? error.message : String(error)}`;
      throw new StorageUnavailable(`Meilisearch ${reason}`, { cause: error });
    }
  }
}

function entryOf(document: SearchDocument): Entry {
  return {
    key: keyOf(document.id),
    id: document.id,
    name: foldedName(document.name),
    // Also what punctuation pulled apart, joined: "acdc".
    words: documentTerms(document).join(" "),
    popularity: Number.isFinite(document.popularity) ? document.popularity : 0,
  };
}
