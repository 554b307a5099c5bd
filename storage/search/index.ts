/** Search: opens the SearchIndex port, and the one spelling it shares with the catalogue's name keys. */
import type { Database, SearchIndex } from "../ports.ts";
import { openMeilisearch } from "./meilisearch.ts";
import { PostgresSearch } from "./postgres.ts";

export { fold } from "./fold.ts";

/** Meilisearch when MEILI_URL names one, else `database`, which has the migrations and stays its owner's to close. Throws StorageUnavailable. */
export async function openSearch(settings: { readonly MEILI_URL?: string | undefined; readonly MEILI_KEY?: string | undefined }, database: Database): Promise<SearchIndex> {
  return settings.MEILI_URL === undefined ? new PostgresSearch(database) : openMeilisearch(settings.MEILI_URL, settings.MEILI_KEY);
}
