/**
 * The tables of playlists and their members, one step at a time: the next events of the journal, folded and written with the
 * cursor in one transaction, under a lock. So each event counts once, whoever takes the step and whoever dies in it.
 *
 * A row whose next event is missing (the journal was trimmed before this got there, or the tables were emptied) is made anew
 * from the playlist's snapshot and the events behind it. Only who follows is not in there; the service lists that itself, too (lists.ts).
 * A playlist whose journal cannot be read is left as it stands, and told of: it must not hold up everybody else's.
 */
import { JournalBroken, loadState, type CommittedEvent } from "../runtime/index.ts";
import type { ActorStore, Database, Queryable } from "../../storage/index.ts";
import { playlistActor } from "./actor.ts";
import { eventOf } from "./changed.ts";
import { emptyRow, foldMember, foldRow, memberChange, needsState, type Member, type Row } from "./fold.ts";
import { serviceLimits } from "./limits.ts";
import type { PlaylistEvent } from "./model/events.ts";

/** What a step found: how many events, and whether there are more; or somebody else at it. */
export type Step = { readonly events: number; readonly isDone: boolean } | "busy";

const lockSql = "select pg_try_advisory_xact_lock(hashtextextended('playlist projection', 0)) as mine";
const cursorSql = "select cursor from projection where name = 'playlist'";
const rowColumns = `id, owner_id as "ownerId", name, description, public, collaborative, item_count as "itemCount", version, created_at as "createdAt", updated_at as "updatedAt", deleted`;

/** Members by playlist and user; undefined: to be removed. */
type Members = Map<string, Map<string, Member | undefined>>;

export class Projection {
  readonly #database: Database;
  readonly #actors: ActorStore;
  readonly #broken: (error: JournalBroken) => void;

  constructor(database: Database, actors: ActorStore, broken: (error: JournalBroken) => void) {
    this.#database = database;
    this.#actors = actors;
    this.#broken = broken;
  }

  step(): Promise<Step> {
    return this.#database.transaction(async (transaction) => {
      const [lock] = await transaction.prepared<{ mine: boolean }>(lockSql);
      if (lock?.mine !== true) return "busy";
      const [place] = await transaction.prepared<{ cursor: string | null }>(cursorSql);
      const { entries, cursor } = await this.#actors.changes(playlistActor.type, place?.cursor ?? undefined, serviceLimits.projectedEvents);
      if (entries.length === 0) return { events: 0, isDone: true };
      const byPlaylist = Map.groupBy(entries, ({ actor }) => actor.slice(playlistActor.type.length + 1));
      await this.#fold(transaction, new Map([...byPlaylist].map(([id, events]) => [id, events.map(eventOf)])));
      await transaction.prepared("insert into projection (name, cursor) values ('playlist', $1) on conflict (name) do update set cursor = excluded.cursor", [cursor ?? null]);
      return { events: entries.length, isDone: entries.length < serviceLimits.projectedEvents };
    });
  }

  /** Age of the oldest event that the tables do not have, ms; 0 when they have all. */
  async lagMs(): Promise<number> {
    const [place] = await this.#database.prepared<{ cursor: string | null }>(cursorSql);
    const [next] = (await this.#actors.changes(playlistActor.type, place?.cursor ?? undefined, 1)).entries;
    return next === undefined ? 0 : Math.max(0, Date.now() - next.committedAt.getTime());
  }

  async #fold(transaction: Queryable, events: ReadonlyMap<string, readonly CommittedEvent<PlaylistEvent>[]>): Promise<void> {
    const known = await transaction.prepared<Row>(`select ${rowColumns} from playlist where id = any($1)`, [[...events.keys()]]);
    const rows = new Map(known.map((row) => [row.id, row]));
    const members = await this.#members(transaction, events);
    const changed: Row[] = [];
    for (const [id, list] of events) {
      try {
        const row = await this.#foldOne(id, rows.get(id) ?? emptyRow(id), list, members);
        if (row.version !== rows.get(id)?.version) changed.push(row);
      } catch (error) {
        if (!(error instanceof JournalBroken)) throw error;
        members.delete(id);
        this.#broken(error);
      }
    }
    await writeRows(transaction, changed);
    await writeMembers(transaction, members);
  }

  async #foldOne(id: string, before: Row, events: readonly CommittedEvent<PlaylistEvent>[], members: Members): Promise<Row> {
    let row = before;
    for (const event of events) {
      if (event.seq > row.version && (event.seq > row.version + 1 || needsState(event.event))) row = await this.#anew(id, members);
      // The state may know more than this step, and then the row does. Members go by the cursor: following is in no state.
      if (event.seq > row.version) row = foldRow(row, event);
      foldInto(members, id, event);
    }
    return row;
  }

  /** The members that `events` are about, as they stand. */
  async #members(transaction: Queryable, events: ReadonlyMap<string, readonly CommittedEvent<PlaylistEvent>[]>): Promise<Members> {
    const pairs = [...events].flatMap(([id, list]) => list.flatMap(({ event }) => memberChange(event)?.userId ?? []).map((userId) => [id, userId] as const));
    const ended = [...events].filter(([, list]) => list.some(({ event }) => event.type === "delete")).map(([id]) => id);
    const members: Members = new Map();
    if (pairs.length === 0 && ended.length === 0) return members;
    const known = await transaction.prepared<Member & { playlistId: string; userId: string }>(
      `select playlist_id as "playlistId", user_id as "userId", owns, collaborates, joined, follows, since from playlist_member
       where (playlist_id, user_id) in (select * from unnest($1::text[], $2::text[])) or playlist_id = any($3)`,
      [pairs.map(([id]) => id), pairs.map(([, userId]) => userId), ended],
    );
    for (const { playlistId, userId, ...member } of known) membersOf(members, playlistId).set(userId, member);
    return members;
  }

  /** A row as the actor's own state says. */
  async #anew(id: string, members: Members): Promise<Row> {
    const { state } = await loadState(this.#actors, playlistActor, id);
    const { access, list, createdAt, updatedAt } = state;
    const own = membersOf(members, id);
    const now = (userId: string, change: Partial<Member>) => own.set(userId, foldMember(own.get(userId), change, updatedAt));
    for (const userId of own.keys()) now(userId, { collaborates: access.collaborators.has(userId), joined: access.joined.has(userId) });
    for (const userId of access.collaborators) now(userId, { collaborates: true });
    for (const userId of access.joined) now(userId, { joined: true });
    if (access.life === "lives") now(access.ownerId, { owns: true });
    return { id, ownerId: access.ownerId, ...list.meta, itemCount: list.count, version: list.version, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt), deleted: access.life === "deleted" };
  }
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

async function writeRows(transaction: Queryable, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const column = <K extends keyof Row>(name: K) => rows.map((row) => row[name]);
  await transaction.prepared(
    `insert into playlist (id, owner_id, name, description, public, collaborative, item_count, version, created_at, updated_at, deleted)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::bool[], $7::int[], $8::int8[], $9::timestamptz[], $10::timestamptz[], $11::bool[])
     on conflict (id) do update set owner_id = excluded.owner_id, name = excluded.name, description = excluded.description, public = excluded.public, collaborative = excluded.collaborative,
       item_count = excluded.item_count, version = excluded.version, updated_at = excluded.updated_at, deleted = excluded.deleted`,
    [column("id"), column("ownerId"), column("name"), column("description"), column("public"), column("collaborative"), column("itemCount"), column("version"), column("createdAt"), column("updatedAt"), column("deleted")],
  );
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
