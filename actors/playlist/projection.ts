/**
 * The tables of playlists and their members: folds events into them, one transaction at a time, and looks for what was missed.
 *
 * A row holds the number of the last event that it and its members' rows know, and is written only by who knows a later one. So
 * it does not matter who folds, how often, or in which order: of two that come together the one who knows more stays. Who comes
 * with events behind a gap reads what is missing from the journal. If that was trimmed (or the tables were emptied), the row is
 * made anew from the playlist's own state; only who follows is not in there.
 *
 * A playlist whose journal cannot be read is left as it stands, and told of: it must not hold up everybody else's.
 */
import { JournalBroken, loadState, type CommittedEvent } from "../runtime/index.ts";
import type { ActorStore, Database, Queryable } from "../../storage/index.ts";
import { playlistActor } from "./actor.ts";
import { eventOf } from "./changed.ts";
import { emptyRow, foldMember, foldRow, memberChange, needsState, type Member, type Row, type Sum } from "./fold.ts";
import { serviceLimits } from "./limits.ts";
import type { PlaylistEvent } from "./model/events.ts";

/** Of one playlist. */
export type Events = readonly CommittedEvent<PlaylistEvent>[];

const rowColumns = `id, owner_id as "ownerId", name, description, public, collaborative, item_count as "itemCount", version, created_at as "createdAt", updated_at as "updatedAt", deleted`;

/** Members by playlist and user, of playlists whose members may change; undefined: to be removed. */
type Members = Map<string, Map<string, Member | undefined>>;

const nameOf = (id: string): string => `${playlistActor.type}/${id}`;

/** Of playlists, as many as one fold may be about. */
export function* parts(ids: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < ids.length; at += serviceLimits.projectedPlaylists) yield ids.slice(at, at + serviceLimits.projectedPlaylists);
}

export class Projection {
  readonly #database: Database;
  readonly #actors: ActorStore;
  readonly #broken: (error: JournalBroken) => void;

  constructor(database: Database, actors: ActorStore, broken: (error: JournalBroken) => void) {
    this.#database = database;
    this.#actors = actors;
    this.#broken = broken;
  }

  /** Adds sums to the rows that they follow. Answers the playlists whose rows know less, or more. */
  async add(sums: ReadonlyMap<string, Sum>): Promise<string[]> {
    const all = [...sums.values()];
    const added = await this.#database.prepared<{ id: string }>(
      `update playlist set item_count = item_count + sum.items, version = sum.last, updated_at = to_timestamp(sum.at / 1000)
       from unnest($1::text[], $2::int8[], $3::int8[], $4::int4[], $5::float8[]) as sum (id, first, last, items, at)
       where playlist.id = sum.id and playlist.version = sum.first - 1 returning playlist.id`,
      [[...sums.keys()], all.map(({ first }) => first), all.map(({ last }) => last), all.map(({ items }) => items), all.map(({ at }) => at)],
    );
    if (added.length === sums.size) return [];
    const known = new Set(added.map(({ id }) => id));
    return [...sums.keys()].filter((id) => !known.has(id));
  }

  /** Brings the rows of these playlists up to their events, which are committed and in order; an empty list stands for what the journal has. */
  async fold(given: ReadonlyMap<string, Events>): Promise<void> {
    const known = await this.#database.prepared<Row>(`select ${rowColumns} from playlist where id = any($1)`, [[...given.keys()]]);
    const rows = new Map(known.map((row) => [row.id, row]));
    const events = new Map(await Promise.all([...given].map(async ([id, list]): Promise<[string, Events]> => [id, await this.#whole(id, rows.get(id)?.version ?? 0, list)])));
    const members = await membersOfEvents(this.#database, events);
    const changed: Row[] = [];
    for (const [id, list] of events) {
      try {
        const row = await this.#foldOne(id, rows.get(id) ?? emptyRow(id), list, members);
        if (row.version > (rows.get(id)?.version ?? 0)) changed.push(row);
      } catch (error) {
        if (!(error instanceof JournalBroken)) throw error;
        members.delete(id);
        this.#broken(error);
      }
    }
    if (members.size === 0) await writeRows(this.#database, changed);
    else {
      await this.#database.transaction(async (transaction) => {
        const written = await writeRows(transaction, changed);
        await writeMembers(transaction, new Map([...members].filter(([id]) => written.has(id))));
      });
    }
  }

  /**
   * Looks for playlists whose rows are behind the journal, and folds them: once in `everyMs`, whichever node comes first. It looks
   * at what was in the journal at the last sweep, so that owners have had their time. Answers how many were behind.
   */
  async sweep(everyMs: number): Promise<number> {
    const [place] = await this.#database.prepared<{ checked: string | null; upTo: string | null }>(
      `insert into projection as mine (name, swept_at) values ('playlist', now())
       on conflict (name) do update set swept_at = excluded.swept_at where mine.swept_at <= now() - $1::float8 * interval '1 ms' returning cursor as checked, up_to as "upTo"`,
      [everyMs],
    );
    if (place === undefined) return 0;
    const end = await this.#actors.end();
    const upTo = place.upTo ?? end;
    let behind = 0;
    for (let cursor = place.checked ?? undefined; ; ) {
      const page = await this.#actors.changes(playlistActor.type, cursor, serviceLimits.changesRead, upTo);
      const ids = await this.#behind(new Map(page.entries.map(({ actor, seq }) => [actor.slice(playlistActor.type.length + 1), seq])));
      for (const part of parts(ids)) await this.fold(new Map(part.map((id) => [id, []])));
      behind += ids.length;
      cursor = page.cursor;
      if (page.entries.length < serviceLimits.changesRead) break;
      await this.#database.prepared("update projection set cursor = $1 where name = 'playlist'", [cursor ?? null]);
    }
    await this.#database.prepared("update projection set cursor = $1, up_to = $2 where name = 'playlist'", [upTo, end]);
    return behind;
  }

  /** Those whose rows do not know the event that is said. */
  async #behind(playlists: ReadonlyMap<string, number>): Promise<string[]> {
    if (playlists.size === 0) return [];
    const rows = await this.#database.prepared<{ id: string }>(
      "select given.id from unnest($1::text[], $2::int8[]) as given (id, seq) left join playlist on playlist.id = given.id where coalesce(playlist.version, 0) < given.seq",
      [[...playlists.keys()], [...playlists.values()]],
    );
    return rows.map(({ id }) => id);
  }

  /** `events` with what is missing between them and the row, as far as the journal still has it. */
  async #whole(id: string, version: number, events: Events): Promise<Events> {
    const [first] = events;
    if (first !== undefined && first.seq <= version + 1) return events;
    const missing = await this.#after(id, version);
    const last = missing.at(-1)?.seq ?? version;
    return [...missing, ...events.filter(({ seq }) => seq > last)];
  }

  /** What the journal has of a playlist after an event; it keeps few pages of each. */
  async #after(id: string, version: number): Promise<Events> {
    const events: Events[number][] = [];
    for (let isAll = false, last = version; !isAll; last = events.at(-1)?.seq ?? last) {
      const page = await this.#actors.read(nameOf(id), last + 1, serviceLimits.changesRead);
      for (const entry of page) events.push(eventOf(entry));
      isAll = page.length < serviceLimits.changesRead;
    }
    return events;
  }

  async #foldOne(id: string, before: Row, events: Events, members: Members): Promise<Row> {
    let row = before;
    for (const event of events) {
      if (event.seq > row.version && (event.seq > row.version + 1 || needsState(event.event))) row = await this.#anew(id, members);
      if (event.seq > row.version) row = foldRow(row, event);
      foldInto(members, id, event);
    }
    const last = events.at(-1)?.seq ?? row.version;
    // The state knew more than these events. Members do not follow from it alone.
    if (row.version > last) for (const event of await this.#after(id, last)) if (event.seq <= row.version) foldInto(members, id, event);
    return row;
  }

  /** A row as the actor's own state says. */
  async #anew(id: string, members: Members): Promise<Row> {
    const { state } = await loadState(this.#actors, playlistActor, id);
    const { access, list, createdAt, updatedAt } = state;
    const own = membersOf(members, id);
    for (const { userId, ...member } of await knownMembers(this.#database, [], [id])) if (!own.has(userId)) own.set(userId, member);
    const now = (userId: string, change: Partial<Member>) => own.set(userId, foldMember(own.get(userId), change, updatedAt));
    for (const userId of own.keys()) now(userId, { collaborates: access.collaborators.has(userId), joined: access.joined.has(userId) });
    for (const userId of access.collaborators) now(userId, { collaborates: true });
    for (const userId of access.joined) now(userId, { joined: true });
    if (access.life === "lives") now(access.ownerId, { owns: true });
    return { id, ownerId: access.ownerId, ...list.meta, itemCount: list.count, version: list.version, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt), deleted: access.life === "deleted" };
  }
}

/** The members that `events` are about, as they stand. */
async function membersOfEvents(database: Queryable, events: ReadonlyMap<string, Events>): Promise<Members> {
  const pairs = [...events].flatMap(([id, list]) => list.flatMap(({ event }) => memberChange(event)?.userId ?? []).map((userId) => [id, userId] as const));
  const ended = [...events].filter(([, list]) => list.some(({ event }) => event.type === "delete")).map(([id]) => id);
  const members: Members = new Map();
  if (pairs.length === 0 && ended.length === 0) return members;
  for (const { playlistId, userId, ...member } of await knownMembers(database, pairs, ended)) membersOf(members, playlistId).set(userId, member);
  return members;
}

/** Members as the tables have them: the named ones, and all of some playlists. */
function knownMembers(database: Queryable, pairs: readonly (readonly [id: string, userId: string])[], playlists: readonly string[]): Promise<(Member & { playlistId: string; userId: string })[]> {
  return database.prepared(
    `select playlist_id as "playlistId", user_id as "userId", owns, collaborates, joined, follows, since from playlist_member
     where (playlist_id, user_id) in (select * from unnest($1::text[], $2::text[])) or playlist_id = any($3)`,
    [pairs.map(([id]) => id), pairs.map(([, userId]) => userId), playlists],
  );
}

function membersOf(members: Members, id: string): Map<string, Member | undefined> {
  let own = members.get(id);
  if (own === undefined) members.set(id, (own = new Map()));
  return own;
}

function foldInto(members: Members, id: string, { event, at }: CommittedEvent<PlaylistEvent>): void {
  const change = memberChange(event);
  if (change === undefined) return;
  const own = membersOf(members, id);
  if (change.userId === undefined) for (const userId of own.keys()) own.set(userId, undefined);
  else own.set(change.userId, foldMember(own.get(change.userId), change.change, at));
}

/** Writes those rows that know more than the table does; answers which. In one order for everybody: two that write the same wait for each other, and not crosswise. */
async function writeRows(database: Queryable, changed: readonly Row[]): Promise<Set<string>> {
  if (changed.length === 0) return new Set();
  const rows = changed.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const column = <K extends keyof Row>(name: K) => rows.map((row) => row[name]);
  const written = await database.prepared<{ id: string }>(
    `insert into playlist (id, owner_id, name, description, public, collaborative, item_count, version, created_at, updated_at, deleted)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::bool[], $7::int[], $8::int8[], $9::timestamptz[], $10::timestamptz[], $11::bool[])
     on conflict (id) do update set owner_id = excluded.owner_id, name = excluded.name, description = excluded.description, public = excluded.public, collaborative = excluded.collaborative,
       item_count = excluded.item_count, version = excluded.version, updated_at = excluded.updated_at, deleted = excluded.deleted
     where playlist.version < excluded.version returning id`,
    [column("id"), column("ownerId"), column("name"), column("description"), column("public"), column("collaborative"), column("itemCount"), column("version"), column("createdAt"), column("updatedAt"), column("deleted")],
  );
  return new Set(written.map(({ id }) => id));
}

async function writeMembers(transaction: Queryable, members: Members): Promise<void> {
  const all = [...members].flatMap(([id, own]) => [...own].map(([userId, member]) => ({ id, userId, member })));
  const gone = all.filter(({ member }) => member === undefined);
  const there = all.flatMap(({ id, userId, member }) => (member === undefined ? [] : [{ id, userId, ...member }]));
  if (gone.length > 0) {
    await transaction.prepared("delete from playlist_member where (playlist_id, user_id) in (select * from unnest($1::text[], $2::text[]))", [gone.map(({ id }) => id), gone.map(({ userId }) => userId)]);
  }
  if (there.length === 0) return;
  await transaction.prepared(
    `insert into playlist_member (playlist_id, user_id, owns, collaborates, joined, follows, since)
     select * from unnest($1::text[], $2::text[], $3::bool[], $4::bool[], $5::bool[], $6::bool[], $7::timestamptz[])
     on conflict (user_id, playlist_id) do update set owns = excluded.owns, collaborates = excluded.collaborates, joined = excluded.joined, follows = excluded.follows`,
    [there.map(({ id }) => id), there.map(({ userId }) => userId), there.map(({ owns }) => owns), there.map(({ collaborates }) => collaborates), there.map(({ joined }) => joined), there.map(({ follows }) => follows), there.map(({ since }) => since)],
  );
}
