/**
 * The rebuild: fills the search index from the catalog, page by page. May run beside everything else, be repeated, and
 * be cut short; the index answers all the while.
 *
 * Each page is read and written under the lock of the catalog's search feed, so that an older state of a document never
 * overwrites a newer one that the feed sent in between.
 */
import { searchTypes, type Database, type SearchDocument, type SearchIndex, type SearchType } from "../../storage/index.ts";

export interface DocumentsPage {
  readonly items: readonly SearchDocument[];
  readonly nextCursor: string | null;
}

export interface RebuildPorts {
  readonly database: Database;
  readonly search: SearchIndex;
  /** One page of the catalog's documents of a type. */
  page(type: SearchType, cursor: string | undefined): Promise<DocumentsPage>;
  progress(documents: number, type: SearchType): void;
  /** Asked before each page; true ends the rebuild. */
  stopped(): boolean;
}

/** Writes every document of the catalog. Answers how many. Rejects as the catalog and the index do. */
export async function rebuild({ database, search, page, progress, stopped }: RebuildPorts): Promise<number> {
  let documents = 0;
  for (const type of searchTypes) {
    let cursor: string | null | undefined;
    while (cursor !== null && !stopped()) {
      const from: string | undefined = cursor;
      const { items, nextCursor } = await database.transaction(async (transaction) => {
        await transaction.query("select pg_advisory_xact_lock(hashtextextended('search feed', 0))");
        const read = await page(type, from);
        if (read.items.length > 0) await search.put(read.items);
        return read;
      });
      documents += items.length;
      cursor = nextCursor;
      if (items.length > 0) progress(documents, type);
    }
  }
  return documents;
}
