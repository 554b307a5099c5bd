/**
 * The ports: everything that differs between one laptop and a cluster, and nothing else.
 *
 * Each port has an embedded adapter and a cluster adapter that pass the same contract suite (test/contract).
 * Callers see only these interfaces. PostgreSQL (Database) is the truth; Cache and SearchIndex may be emptied at any
 * moment and are rebuilt; ObjectStore holds immutable bytes.
 */

export type SqlValue = string | number | bigint | boolean | Date | Uint8Array | null | readonly SqlValue[] | { readonly [key: string]: unknown };

export interface Queryable {
  /** Runs one parameterised statement ($1, $2, ...) and returns its rows. Throws StorageUnavailable when no server answers. */
  query<Row extends object = Record<string, unknown>>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /**
   * As `query`, for a statement of fixed text that runs often: each connection has it parsed once. The text must not be
   * put together from anything that varies without bound; every text stays with the connection.
   */
  prepared<Row extends object = Record<string, unknown>>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
}

export interface Database extends Queryable {
  /** Runs `body` in one transaction: committed when it resolves, rolled back when it throws. */
  transaction<T>(body: (transaction: Queryable) => Promise<T>): Promise<T>;
  /** Server settings that durability rests on, for /ready: all must be "on". */
  durability(): Promise<{ fsync: string; synchronousCommit: string; fullPageWrites: string }>;
  close(): Promise<void>;
}

export interface JournalEvent {
  /** Made by whoever asked for the change, once; repeating it changes nothing again. 1 to 64 characters. */
  readonly opId: string;
  /** Any JSON value, at most 64 KiB of it. */
  readonly body: unknown;
}

export interface JournalEntry extends JournalEvent {
  /** 1, 2, 3, ... without gaps, per actor. */
  readonly seq: number;
  /** The epoch its writer held the shard in; never decreases along `seq`. */
  readonly epoch: number;
}

export interface JournalAppend {
  /** Type and key of the actor, e.g. "playlist/p1". 1 to 200 characters. */
  readonly actor: string;
  /** The actor's shard, 0 to 255, and the epoch in which the writer owns it. */
  readonly shard: number;
  readonly epoch: number;
  /** `seq` of the last event the writer knows of; 0 when there is none. */
  readonly expectedSeq: number;
  /** 1 to 1,000 events with different opIds. */
  readonly events: readonly JournalEvent[];
}

/** The durable log that actors stand on. Safe whoever writes: what orders and fences is the database, not a lease. */
export interface Journal {
  /**
   * Makes `owner` the owner of a shard, when it still is in `epoch`. Answers the new epoch, in which it may append;
   * every append of an earlier epoch that is in progress is finished before. Throws Fenced when someone was first.
   */
  claim(shard: number, owner: string, epoch: number): Promise<number>;
  /** The owner and epoch of a shard; owner null before its first claim. */
  owner(shard: number): Promise<{ owner: string | null; epoch: number }>;
  /**
   * Appends events, all or none; committed when it resolves. Answers the `seq` of each; that of an opId which is in the
   * journal already is its first. Throws Fenced when the shard is in another epoch, SequenceConflict when events follow
   * `expectedSeq` already. After StorageUnavailable the outcome is unknown: repeat the same append.
   */
  append(append: JournalAppend): Promise<number[]>;
  /** Events of an actor with `seq` >= fromSeq, in order, as committed when read. */
  read(actor: string, fromSeq: number): AsyncIterable<JournalEntry>;
}

export interface Cache {
  get(key: string): Promise<string | undefined>;
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
  /** Keeps `value` for at most `ttlMs`; may be forgotten earlier. */
  set(key: string, value: string, ttlMs: number): Promise<void>;
  delete(...keys: readonly string[]): Promise<void>;
  /** Forgets everything of this service (tests, operators). */
  clear(): Promise<void>;
  /** Resolves when the store answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface StoredObject {
  readonly body: Uint8Array;
  /** Size of the whole object, also when a range was read. */
  readonly size: number;
  readonly contentType: string;
}

export interface ObjectStore {
  /** Stores an immutable object; visible whole or not at all. Storing the same key again must carry the same bytes. */
  put(key: string, body: Uint8Array, contentType: string): Promise<void>;
  /** Reads an object, or bytes [start, end) of it. Undefined when there is none. */
  get(key: string, range?: { start: number; end: number }): Promise<StoredObject | undefined>;
  /** Size in bytes, or undefined when there is none. */
  size(key: string): Promise<number | undefined>;
  /** Keys that start with `prefix`, in order. */
  list(prefix: string): AsyncIterable<string>;
  /** Removes everything under `prefix`; used by abandoned imports and tests. */
  deletePrefix(prefix: string): Promise<void>;
  /** Resolves when the store answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export const searchTypes = ["track", "artist", "album", "genre"] as const;
export type SearchType = (typeof searchTypes)[number];

export interface SearchDocument {
  readonly id: string;
  readonly type: SearchType;
  /** What people type first: the title of a track or album, the name of an artist or genre. */
  readonly name: string;
  /** Further text that finds it: artists and album of a track, artist of an album; empty otherwise. */
  readonly context: string;
  /** Breaks ties: plays, or number of tracks; 0 when unknown. */
  readonly popularity: number;
}

export interface SearchHit {
  readonly id: string;
  readonly type: SearchType;
  /** Higher is better; comparable within one answer only. */
  readonly score: number;
}

export interface SearchIndex {
  /** Adds or replaces documents (by type and id). Searchable when it resolves. */
  put(documents: readonly SearchDocument[]): Promise<void>;
  delete(keys: readonly { type: SearchType; id: string }[]): Promise<void>;
  /**
   * The best `limit` hits of each wanted type, best first: exact name before prefix before word before typo;
   * the last word of `query` matches as a prefix; case and diacritics are ignored.
   */
  search(query: string, options: { types: readonly SearchType[]; limit: number }): Promise<Record<SearchType, SearchHit[]>>;
  count(): Promise<number>;
  clear(): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface Ports {
  readonly database: Database;
  readonly journal: Journal;
  readonly cache: Cache;
  readonly objects: ObjectStore;
  readonly search: SearchIndex;
  /** Closes every port, the embedded servers last. */
  close(): Promise<void>;
}
