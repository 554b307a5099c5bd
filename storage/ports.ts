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

/** A node in one of its lives. Starting again or being taken for dead ends a life: nothing of it is written any more. */
export interface Lease {
  readonly node: string;
  readonly incarnation: number;
}

export interface Member extends Lease {
  /** Its lease has not ended. */
  readonly live: boolean;
  /** It is stopping or drained: its shards should go to others. As its last renewal said. */
  readonly leaving: boolean;
  /** Types of actors that it hosts. */
  readonly types: readonly string[];
}

export interface ShardOwner {
  /** Type and number, e.g. "playlist/17". */
  readonly shard: string;
  /** Null when it was given up, or when the life that took it is over. */
  readonly owner: string | null;
  /** Raised whenever it is taken or given up. 0 before the first. The end of a life raises nothing: the next to take it does. */
  readonly epoch: number;
}

/** Where an operator wants a shard to be, whenever that node lives. */
export interface ShardPin {
  readonly shard: string;
  readonly node: string;
}

export interface ClusterView {
  /** Every life that nobody has ended; one whose lease has ended is among them until somebody takes its shards. */
  readonly members: readonly Member[];
  /** Every shard that ever had an owner. */
  readonly shards: readonly ShardOwner[];
  /** In the order of the shards' names. */
  readonly pins: readonly ShardPin[];
}

export interface JournalAppend {
  /** Type and key of the actor, e.g. "playlist/p1". 1 to 200 characters. */
  readonly actor: string;
  /** The actor's shard, and the epoch in which the writer owns it. */
  readonly shard: string;
  readonly epoch: number;
  /** 1, 2, 3, ... without gaps, per actor. The store refuses a number that is taken; that none is left out is the writer's care. */
  readonly seq: number;
  /** Made by whoever asked for the change, once. 1 to 64 characters. */
  readonly opId: string;
  /** JSON, at most 64 KiB of it. */
  readonly body: string;
}

export interface JournalEntry {
  readonly seq: number;
  /** The epoch its writer held the shard in; never decreases along `seq`. */
  readonly epoch: number;
  readonly opId: string;
  readonly body: unknown;
}

export interface ActorSnapshot {
  /** Events up to this one are in it. */
  readonly seq: number;
  readonly body: unknown;
}

/** What an actor asked to be reminded of. */
export interface Reminder {
  /** An actor has one reminder of a name. 1 to 40 characters. */
  readonly name: string;
  /** Ms since 1970. */
  readonly dueAt: number;
  /** Number of the actor's last event when it was set. */
  readonly seq: number;
  /** Deliveries that failed. */
  readonly failures: number;
  /** When it is to be delivered, ms since 1970: at first when it is due, later after a failure. Null: nobody tries any more. */
  readonly nextAt: number | null;
}

export interface DueReminder extends Reminder {
  readonly actor: string;
  readonly shard: string;
}

/** A reminder set, in place of one of that name, or forgotten (null). */
export interface ReminderChange {
  readonly actor: string;
  /** The actor's shard, and the epoch in which the writer owns it. */
  readonly shard: string;
  readonly epoch: number;
  readonly name: string;
  /** Number of the actor's last event as the writer knows it: a reminder that was set at a later one stays as it is. */
  readonly seq: number;
  readonly to: Omit<Reminder, "name" | "seq"> | null;
}

/** Place in the order in which events became visible; opaque. */
export type JournalCursor = string;

/**
 * Where actors live and what they did: leases, shards and the journal, in one store so that they move together. Safe
 * whoever writes: what orders and fences is the store, not anybody's belief in a lease.
 *
 * Every call ends: by its answer, or by StorageUnavailable after some seconds (leases 2, appends 5). Its outcome is then unknown.
 * What is malformed or too much is an InvalidKey (storage/limits.ts); nothing has happened then.
 */
export interface ActorStore {
  /** Begins a new life of `node`: an earlier one of that name is fenced and owns nothing any more. An incarnation is never used again. */
  join(node: string, types: readonly string[], leaseMs: number): Promise<Lease>;
  /** Extends the lease from now, also one that has ended, unless this life was ended: Fenced. Answers the cluster as it is. */
  renew(lease: Lease, options: { readonly leaseMs: number; readonly leaving: boolean }): Promise<ClusterView>;
  /**
   * Takes those of `shards` that nobody owns, or whose owner's lease has ended; such an owner's life is ended first, so that
   * every append of it is finished before this resolves and none follows. Answers all of `shards` as they are now, in the same
   * order. Throws Fenced.
   */
  claim(lease: Lease, shards: readonly string[]): Promise<ShardOwner[]>;
  /** Gives up those of `shards` that this life owns, when their appends in progress are finished. Answers those, with their new epochs. Throws Fenced. */
  release(lease: Lease, shards: readonly string[]): Promise<ShardOwner[]>;
  /** Gives up everything and ends this life. One that is over already stays so. */
  leave(lease: Lease): Promise<void>;
  /** The cluster as it is, for onlookers. */
  view(): Promise<ClusterView>;
  /** Keeps, instead of any before, where a shard should be; null forgets it. A wish: who owns the shard is not touched. */
  pin(shard: string, node: string | null): Promise<void>;

  /**
   * Appends events of any number of actors, at most 2,000, all or none; committed when it resolves. Throws Fenced when this
   * life has ended or a shard is in another epoch or another's, SequenceConflict when a seq or an opId of an actor is there
   * already ("operation" when both are). After StorageUnavailable the outcome is unknown: the events may even appear a little
   * later, but not after a claim or release of their shard.
   *
   * `reminders` (20,000) change with the events or not at all, fenced as they are; there may be no events then. Of several
   * changes of one the last counts.
   */
  append(lease: Lease, events: readonly JournalAppend[], reminders?: readonly ReminderChange[]): Promise<void>;
  /** The latest snapshot and the events after it, in order, as of one moment; every event when there is no snapshot. The actor's reminders, in order of their names. */
  load(actor: string): Promise<{ readonly snapshot: ActorSnapshot | undefined; readonly events: readonly JournalEntry[]; readonly reminders: readonly Reminder[] }>;
  /**
   * Reminders of actors of these shards to be delivered until then (ms since 1970): at most `limit` (5,000), in order of time, the
   * earliest of each shard among them. `more`: perhaps not all.
   */
  dueReminders(shards: readonly string[], until: number, limit: number): Promise<{ readonly reminders: readonly DueReminder[]; readonly more: boolean }>;
  /** Which of these operations the journal knows, in order of `seq`; at most 1,000 asked for. */
  find(actor: string, opIds: readonly string[]): Promise<JournalEntry[]>;
  /** At most `limit` (5,000) events with `seq` >= fromSeq, in order. */
  read(actor: string, fromSeq: number, limit: number): Promise<JournalEntry[]>;
  /** Keeps a snapshot (16 MiB of JSON), unless a later one is there. */
  saveSnapshot(actor: string, snapshot: ActorSnapshot): Promise<void>;
  /**
   * Forgets events with `seq` < belowSeq that a snapshot covers, the oldest 10,000 of them. Answers how many. Their operations are
   * forgotten too, and a projection that has not read them never will.
   */
  trim(actor: string, belowSeq: number): Promise<number>;
  /**
   * Which events one type of actor made after `cursor` (undefined: from the beginning), and before `upTo`: at most `limit` (5,000), each
   * exactly once along a chain of cursors: an event that becomes visible later never has an earlier place. One actor's are in
   * order. Events turn up when every transaction that is older has ended. For projections.
   */
  changes(type: string, cursor: JournalCursor | undefined, limit: number, upTo?: JournalCursor): Promise<{ readonly entries: readonly ChangedEntry[]; readonly cursor: JournalCursor | undefined }>;
  /** The place behind every event that has turned up. */
  end(): Promise<JournalCursor>;
}

export interface ChangedEntry {
  readonly actor: string;
  readonly seq: number;
}

/** What a listener did. */
export const listeningEventTypes = ["start", "progress", "pause", "resume", "seek", "skip", "complete", "play", "save", "unsave", "repeat"] as const;
export type ListeningEventType = (typeof listeningEventTypes)[number];

/** Ids and names: 1 to 100 characters of well-formed text; `context` 1 to 200. Times and durations: whole milliseconds from 0. */
export interface ListeningEvent {
  /** Unique among its user's. The same event sent again has the same id and the same `at`. */
  readonly id: string;
  readonly userId: string;
  readonly type: ListeningEventType;
  /** When it happened, ms since 1970: at most 40 days ago and 10 minutes ahead. Decides the day it is kept under, in UTC. */
  readonly at: number;
  readonly trackId: string;
  readonly playbackId?: string;
  readonly deviceId?: string;
  readonly positionMs?: number;
  readonly listenedMs?: number;
  /** Where it was played from, e.g. "album:a1". */
  readonly context?: string;
}

export interface LoggedEvent extends ListeningEvent {
  /** When the log was told, ms since 1970. */
  readonly receivedAt: number;
}

/**
 * What listeners did, each event once. Written by any node, read by groups of consumers, each at its own place.
 *
 * Every call ends: by its answer, or by StorageUnavailable after some seconds (appends and reads 5). The outcome is then unknown and
 * repeating is safe. What is malformed or too much is an InvalidKey (storage/limits.ts); nothing of that call is kept then.
 */
export interface EventLog {
  /**
   * Keeps those of at most 2,000 events that the log does not know by (userId, id); committed when it resolves, those that were known too. Calls
   * made while one is under way share the next. StorageUnavailable also when 20,000 events wait.
   */
  append(events: readonly ListeningEvent[]): Promise<void>;
  /**
   * At most `limit` (5,000) events after the group's place, in the order of commits; one user's of one commit in order of `at`. Along a
   * chain of `commit`s each event comes exactly once, also those that were committed out of order. Until a commit they come
   * again: a group has one consumer at a time, or consumers that do not mind. Events turn up when every transaction that is
   * older has ended. `cursor`: undefined when there are none.
   */
  read(group: string, limit: number): Promise<{ readonly events: readonly LoggedEvent[]; readonly cursor: string | undefined }>;
  /** Moves the group to a cursor of a `read`; never back. */
  commit(group: string, cursor: string): Promise<void>;
  /** How long ago the log was told of the oldest event that the group has not read, in ms; 0 when it has read all. */
  lag(group: string): Promise<number>;
  /** The group's place is the beginning again, and it holds up nothing. */
  forget(group: string): Promise<void>;
  /**
   * Forgets the days before `day` ("2026-11-23"), whole; answers them. `day` is at least 42 days ago: nothing is appended there any more. Throws
   * EventsUnread at the first day of which a group that ever read has not read all; days before it are gone then.
   */
  dropBefore(day: string): Promise<readonly string[]>;
}

export interface MirrorEntry {
  /** Type and key of the actor, e.g. "session/u1". 1 to 200 characters. */
  readonly actor: string;
  /** The later of two entries is the one with the higher (epoch, n). */
  readonly epoch: number;
  readonly n: number;
  /** At most 256 KiB of well-formed text without NUL. Null: forgotten. */
  readonly body: string | null;
}

/**
 * Copies of what soft-state actors have in memory, for their next owner. May be emptied at any moment, and then takes any entry;
 * whatever is rebuilt from it must do without. An entry is kept for 30 days, and that it was forgotten for an hour at least:
 * longer than any save is under way.
 */
export interface Mirror {
  /** Keeps at most 2,000 entries. One that is earlier than what is kept is ignored; of two equals the one that forgets counts. Those before one that failed may be kept. */
  save(entries: readonly MirrorEntry[]): Promise<void>;
  load(actor: string): Promise<{ readonly epoch: number; readonly n: number; readonly body: string } | undefined>;
  /** Forgets everything (tests, operators). */
  clear(): Promise<void>;
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

/**
 * News from actors to whoever listens at the moment, on any node: at most once, in the order of one publisher, to nodes with a
 * listener only. Whoever must not miss anything numbers its messages, and readers of a gap ask the journal.
 */
export interface Topics {
  /** `topic`: 1 to 200 printable characters without spaces. `message`: JSON, at most 256 KiB. Never waits, never throws for a listener's sake. */
  publish(topic: string, message: unknown): void;
  /**
   * Whether what is published to the topic may reach anybody. False only when the bus said that nobody listens and the topic was not
   * expected since: the message need not be made. `term`: counts up when this publisher may have missed an `expect`.
   */
  mayBeHeard(topic: string, term: number): boolean;
  /** Somebody listens to the topic, or will before this call's answer reaches him. Told to its publisher, after `subscribe` has resolved. */
  expect(topic: string): void;
  /** Calls `listener` with each message from now on, when this resolves; the answered function ends it. */
  subscribe(topic: string, listener: (message: unknown) => void): Promise<() => void>;
  /** Called when messages may have been missed (the connection was lost and is back); the answered function ends it. */
  onGap(listener: () => void): () => void;
  /** Resolves when the bus answers. */
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
  /**
   * Reads an object, or bytes [start, end) of it. Undefined when there is none. A store that knows the size before it has the bytes asks `allocate` for
   * so many, once, and the body is what it was given; others have memory of their own.
   */
  get(key: string, range?: { start: number; end: number }, allocate?: (bytes: number) => Buffer): Promise<StoredObject | undefined>;
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
  readonly actors: ActorStore;
  readonly events: EventLog;
  readonly mirror: Mirror;
  readonly topics: Topics;
  readonly cache: Cache;
  readonly objects: ObjectStore;
  readonly search: SearchIndex;
  /** Closes every port, the embedded servers last. */
  close(): Promise<void>;
}
