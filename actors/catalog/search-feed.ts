/**
 * The search feed: carries what changed in the catalog to the search index, from the outbox that the change's own
 * transaction wrote. A search engine that was away, or a node that died between commit and call, loses nothing.
 *
 * One feed of the cluster sends at a time (an advisory lock), reading documents after it took the lock: an older state
 * of a document can never overwrite a newer one. Rows are removed by the sequence number that was read, so a change
 * made while its predecessor is on its way stays in the outbox. Removal skips rows that a catalog change holds: the
 * feed waits for nobody's rows, hence no circle with add.ts.
 */
import { searchTypes, type Database, type Queryable, type SearchDocument, type SearchType } from "../../storage/index.ts";
import { SharedRuns } from "../shared-runs.ts";
import { documentsById } from "./sql.ts";

export interface SearchCalls {
  put(documents: readonly SearchDocument[]): Promise<unknown>;
  delete(keys: readonly { type: SearchType; id: string }[]): Promise<unknown>;
}

interface OutboxRow {
  readonly type: SearchType;
  readonly id: string;
  readonly seq: number;
}

const rowsPerBatch = 500;

export class SearchFeed {
  readonly #database: Database;
  readonly #search: SearchCalls;
  readonly #runs = new SharedRuns(() => this.#drain());

  constructor(database: Database, search: SearchCalls) {
    this.#database = database;
    this.#search = search;
  }

  /** Resolves when everything committed before the call is in the index. Callers that come while one runs share the next. Rejects as the calls do; nothing is lost then. */
  flush(): Promise<void> {
    return this.#runs.run();
  }

  /** Resolves when nothing is on its way any more. */
  idle(): Promise<void> {
    return this.#runs.idle();
  }

  async #drain(): Promise<void> {
    while ((await this.#batch()) === rowsPerBatch);
  }

  /** Sends one batch; answers its size. */
  #batch(): Promise<number> {
    return this.#database.transaction(async (transaction) => {
      await transaction.query(`select pg_advisory_xact_lock(hashtextextended('search feed', 0))`);
      const rows = await transaction.query<OutboxRow>(`select type, id, seq from search_outbox order by seq limit $1`, [rowsPerBatch]);
      if (rows.length === 0) return 0;
      const documents = await documentsOf(transaction, rows);
      const found = new Set(documents.map((document) => `${document.type} ${document.id}`));
      const gone = rows.filter((row) => !found.has(`${row.type} ${row.id}`)).map(({ type, id }) => ({ type, id }));
      if (documents.length > 0) await this.#search.put(documents);
      if (gone.length > 0) await this.#search.delete(gone);
      await transaction.query(`delete from search_outbox where seq in (select seq from search_outbox where seq = any($1) for update skip locked)`, [rows.map((row) => row.seq)]);
      return rows.length;
    });
  }
}

async function documentsOf(transaction: Queryable, rows: readonly OutboxRow[]): Promise<SearchDocument[]> {
  const documents: SearchDocument[] = [];
  for (const type of searchTypes) {
    const ids = rows.filter((row) => row.type === type).map((row) => row.id);
    if (ids.length > 0) documents.push(...(await documentsById(transaction, type, ids)));
  }
  return documents;
}
