/**
 * The SearchIndex port on PostgreSQL (15 or newer, pg_trgm): the embedded adapter, and any installation's without
 * Meilisearch. Tables and functions: storage/migrations/0003_search.sql, which also says how tiers bound the cost.
 *
 * A search is one statement for whole names, beginnings of names and words; a second and third only when too few
 * documents of a type were found and a typo may be why. Reads no documents it will not answer with, beyond `candidates`
 * per type and tier.
 */
import { StatementRefused, StorageUnavailable } from "../errors.ts";
import { searchTypes, type Database, type Queryable, type SearchDocument, type SearchHit, type SearchIndex, type SearchType } from "../ports.ts";
import { afterAll, correctedQueries } from "./corrections.ts";
import { candidates, enoughHits, hitsPerType, maintenanceMs, putBatch, searchMs } from "./limits.ts";
import { documentTerms, foldedName, lexeme, queryWordsOf } from "./words.ts";

/** Documents of each type in tiers 0 to 2; the rest is tier 3. */
const tierDocuments: readonly number[] = [2_000, 16_000, 128_000];
/** A tier is made when the type has this many times the documents of it and the ones before: sooner gains nothing. */
const tierWorth = 8;
/** A tier that grew by this factor gives its lower documents to the next. */
const tierGrowth = 4;
/** Documents written between two looks at the tiers, at least; and at least this share of the index, for a look counts it. */
const tierCheckDocuments = 4_000;
const tierCheckShare = 1 / 8;
/** Documents written until a look that failed is repeated. */
const tierRetryDocuments = 40_000;
/** Documents that are looked at in one statement when tiers change. */
const tierWindow = 10_000;
/** Documents that the word index may hold aside, unsorted: every search reads them all. */
const pendingDocuments = 100;
/** Any constant: one lock per database for what moves documents between tiers. */
const tierLock = 0x5ea2c4;

interface Found {
  readonly type: SearchType;
  readonly id: string;
  /** 4 whole name, 3 beginning of the name, 2 words, 1 words with typos. */
  readonly class: number;
  readonly popularity: number;
}

export class PostgresSearch implements SearchIndex {
  readonly #database: Database;
  #checkAfter = 0;
  #pending = 0;

  /** `database` has the migrations; it stays its owner's to close. */
  constructor(database: Database) {
    this.#database = database;
  }

  async put(documents: readonly SearchDocument[]): Promise<void> {
    // The last one of a repeated key counts, and one statement may not write a row twice.
    const distinct = [...new Map(documents.map((document) => [`${document.type} ${document.id}`, document])).values()];
    for (let at = 0; at < distinct.length; at += putBatch) await this.#putBatch(distinct.slice(at, at + putBatch));
    await this.#maintain(distinct.length);
  }

  /** What keeps searches cheap as documents come in. It does not decide what they find: when it fails, a later put tries again. */
  async #maintain(documents: number): Promise<void> {
    this.#pending += documents;
    this.#checkAfter -= documents;
    try {
      if (this.#pending >= pendingDocuments) {
        this.#pending = 0;
        await this.#database.query("select gin_clean_pending_list('search_document_words')");
      }
      if (this.#checkAfter <= 0) {
        this.#checkAfter = tierRetryDocuments;
        this.#checkAfter = Math.max(tierCheckDocuments, Math.round((await this.#balanceTiers()) * tierCheckShare));
      }
    } catch (error) {
      if (!(error instanceof StorageUnavailable) && !(error instanceof StatementRefused)) throw error;
    }
  }

  async #putBatch(documents: readonly SearchDocument[]): Promise<void> {
    const terms = new Set<string>();
    const rows = documents.map((document) => {
      const words = documentTerms(document);
      for (const term of words) terms.add(term);
      return { ...document, folded: foldedName(document.name), terms: words.join(" ") };
    });
    await this.#within(maintenanceMs, async (transaction) => {
      await transaction.query("select pg_advisory_xact_lock_shared($1)", [tierLock]);
      // Sorted, so that two writers of the same rows wait for each other instead of deadlocking.
      await transaction.query(
        `insert into search_document (type, id, folded, popularity, tier, terms)
         select d.type, d.id, d.folded, d.popularity, search_tier_of(d.type, d.popularity, d.id), d.terms
         from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::text[]) d(type, id, folded, popularity, terms)
         order by d.type, d.id collate "C"
         on conflict (type, id) do update
           set folded = excluded.folded, popularity = excluded.popularity, tier = excluded.tier, terms = excluded.terms
           where (search_document.folded, search_document.popularity, search_document.tier, search_document.terms)
             is distinct from (excluded.folded, excluded.popularity, excluded.tier, excluded.terms)`,
        [
          rows.map(({ type }) => type),
          rows.map(({ id }) => id),
          rows.map(({ folded }) => folded),
          rows.map(({ popularity }) => (Number.isFinite(popularity) ? popularity : 0)),
          rows.map((row) => row.terms),
        ],
      );
      await transaction.query("insert into search_term (term) select word from unnest($1::text[]) w(word) order by word collate \"C\" on conflict do nothing", [[...terms]]);
    });
  }

  async delete(keys: readonly { type: SearchType; id: string }[]): Promise<void> {
    for (let at = 0; at < keys.length; at += putBatch) {
      const batch = keys.slice(at, at + putBatch);
      await this.#database.query("delete from search_document d using unnest($1::text[], $2::text[]) k(type, id) where d.type = k.type and d.id = k.id", [
        batch.map(({ type }) => type),
        batch.map(({ id }) => id),
      ]);
    }
  }

  async search(query: string, options: { types: readonly SearchType[]; limit: number }): Promise<Record<SearchType, SearchHit[]>> {
    const types = searchTypes.filter((type) => options.types.includes(type));
    const limit = Math.min(Math.trunc(options.limit), hitsPerType);
    const name = foldedName(query);
    const words = queryWordsOf(name);
    if (types.length === 0 || words.length === 0 || !(limit > 0)) return grouped([]);
    return this.#within(searchMs, async (transaction) => {
      const found = await transaction.query<Found>(
        "select type, id, class, popularity from search_hits($1, $2, $3, $4, $5, $6)",
        [types, name, name + afterAll, words.map(lexeme).join(" & "), limit, candidates],
      );
      const counts = new Map<SearchType, number>();
      for (const { type } of found) counts.set(type, (counts.get(type) ?? 0) + 1);
      const lacking = types.filter((type) => (counts.get(type) ?? 0) < Math.min(limit, enoughHits));
      return grouped(lacking.length === 0 || wellTyped(found, words.length) ? found : [...found, ...(await misspelt(transaction, { found, lacking, counts, name, words, limit }))]);
    });
  }

  async count(): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>("select count(*) as count from search_document");
    return row?.count ?? 0;
  }

  async clear(): Promise<void> {
    await this.#database.query("truncate search_document, search_tier, search_term");
    this.#checkAfter = 0;
  }

  async ping(): Promise<void> {
    await this.#database.query("select 1");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Makes and trims tiers as the index grows; any node may, one at a time does. Answers how many documents it counted. */
  async #balanceTiers(): Promise<number> {
    const grown = await this.#database.query<{ type: SearchType; documents: number; tiers: number[] }>(
      `select t.type, c.documents, c.tiers from unnest($1::text[]) t(type) cross join lateral (
         select coalesce(sum(n), 0)::int as documents, array_agg(n order by tier) as tiers from (
           select tier, (select count(*) from (select 1 from search_document d where d.type = t.type and d.tier = g.tier limit $2) s) as n
           from generate_series(0, 3) g(tier)) n(tier, n)) c`,
      [searchTypes, tierWorth * tierDocuments.reduce((sum, size) => sum + size, 0)],
    );
    for (const { type, documents, tiers } of grown) {
      let before = 0;
      const wanted = tierDocuments.filter((size) => (before += size) * tierWorth <= documents);
      const outgrown = wanted.some((size, tier) => Number(tiers[tier]) === 0 || Number(tiers[tier]) > size * tierGrowth);
      if (outgrown) await this.#retier(type, wanted);
    }
    return grown.reduce((sum, { documents }) => sum + documents, 0);
  }

  /** Sets where the tiers of a type end, and moves the documents that are then in the wrong one. */
  async #retier(type: SearchType, sizes: readonly number[]): Promise<void> {
    const bounds = await this.#within(maintenanceMs, async (transaction) => {
      // Writers that placed documents by the old tiers finish first; the ones after this know the new.
      await transaction.query("select pg_advisory_xact_lock($1)", [tierLock]);
      await transaction.query("delete from search_tier where type = $1", [type]);
      let end = 0;
      const ends = sizes.map((size) => (end += size));
      const set = await transaction.query<{ tier: number; popularity: number; id: string }>(
        `insert into search_tier (type, tier, popularity, id)
         select $1, e.tier - 1, r.popularity, r.id
         from unnest($2::int[]) with ordinality e(place, tier)
         join (select popularity, id, row_number() over (order by popularity desc, id) as place from search_document where type = $1
               order by popularity desc, id limit $3) r using (place)
         returning tier, popularity, id`,
        [type, ends, end],
      );
      return set.toSorted((a, b) => a.tier - b.tier);
    });
    await this.#moveToTiers(type, bounds);
  }

  /**
   * Moves the documents that are in the wrong tier, a window of ids at a time: no statement is long, and no row is held
   * from writers for long. Rows that a writer holds are left to it: it knows the new tiers.
   */
  async #moveToTiers(type: SearchType, bounds: readonly { readonly popularity: number; readonly id: string }[]): Promise<void> {
    // As search_tier_of, but worked out a million times.
    const whens = bounds.map((_, tier) => `when popularity > $${2 * tier + 4} or (popularity = $${2 * tier + 4} and id <= $${2 * tier + 5}) then ${tier}`);
    const tier = `case ${whens.join(" ")} else 3 end`;
    for (let from: string | null | undefined = ""; from !== null && from !== undefined; ) {
      const [window]: { until: string | null }[] = await this.#database.query<{ until: string | null }>(
        `with looked_at as (select id, tier, (${tier})::smallint as wanted from search_document where type = $1 and id > $2 order by id limit $3),
           misplaced as (
             select d.id, l.wanted from search_document d join looked_at l using (id)
             where d.type = $1 and l.tier <> l.wanted order by d.id for update of d skip locked),
           moved as (update search_document d set tier = m.wanted from misplaced m where d.type = $1 and d.id = m.id)
         select max(id) as until from looked_at`,
        [type, from, tierWindow, ...bounds.flatMap(({ popularity, id }) => [popularity, id])],
      );
      from = window?.until;
    }
  }

  /** A transaction whose statements each end within `ms`. */
  #within<T>(ms: number, body: (transaction: Queryable) => Promise<T>): Promise<T> {
    return this.#database.transaction(async (transaction) => {
      await transaction.query("select set_config('statement_timeout', $1, true)", [String(ms)]);
      return body(transaction);
    });
  }
}

/**
 * Whether what was found says that nothing is misspelt: something has this name; or several words were found together,
 * which misspelt ones rarely are. A single word proves less: "quen" begins the names of some.
 */
function wellTyped(found: readonly Found[], words: number): boolean {
  return found.some((hit) => hit.class === 4 || (words > 1 && hit.class === 3)) || (words > 1 && found.length >= enoughHits);
}

interface Lacking {
  readonly found: readonly Found[];
  readonly lacking: readonly SearchType[];
  readonly counts: ReadonlyMap<SearchType, number>;
  readonly name: string;
  readonly words: ReturnType<typeof queryWordsOf>;
  readonly limit: number;
}

/** Hits of the types with too few, for what the query may have meant. */
async function misspelt(transaction: Queryable, { found, lacking, counts, name, words, limit }: Lacking): Promise<Found[]> {
  const meanings = await correctedQueries(transaction, words);
  if (meanings.length === 0) return [];
  const taken = new Set(found.map(({ type, id }) => `${type} ${id}`));
  const rows = await transaction.query<Found>(
    "select w.type, w.id, 1 as class, w.popularity from unnest($1::text[]) t(type) cross join lateral search_words(t.type, $2, $3, $4, $5, $6) w",
    [lacking, meanings.map((meaning) => `(${meaning})`).join(" | "), name, name + afterAll, limit + enoughHits, candidates],
  );
  // A correction may also find what the words as typed found.
  const more = rows.filter(({ type, id }) => !taken.has(`${type} ${id}`));
  return lacking.flatMap((type) => more.filter((hit) => hit.type === type).slice(0, limit - (counts.get(type) ?? 0)));
}

function grouped(found: readonly Found[]): Record<SearchType, SearchHit[]> {
  const answer: Record<SearchType, SearchHit[]> = { track: [], artist: [], album: [], genre: [] };
  for (const { type, id, class: class_, popularity } of found) {
    // The class decides, popularity within it: p / (1 + p) grows with p and stays below 1.
    answer[type].push({ type, id, score: class_ + Math.max(0, popularity) / (1 + Math.max(0, popularity)) });
  }
  return answer;
}

