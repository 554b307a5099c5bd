/** What the tables of the projection answer: an account's playlists, and how many it owns. */
import type { Database } from "../../storage/index.ts";
import { InvalidInput } from "../errors.ts";
import type { CreateParams } from "./actor.ts";

export interface ListedPlaylist {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly ownerId: string;
  readonly public: boolean;
  readonly collaborative: boolean;
  readonly itemCount: number;
  readonly version: number;
  readonly role: "owner" | "collaborator" | "follower";
  readonly updatedAt: string;
}

export type FoundPlaylist = Omit<ListedPlaylist, "role">;

interface PageOfPlaylists {
  readonly items: readonly ListedPlaylist[];
  readonly nextCursor: string | null;
}

interface Listed extends Omit<ListedPlaylist, "updatedAt"> {
  readonly updatedAt: Date;
  readonly since: Date;
}

/** Whose right to read has ended sees the list no more; following gives none. */
const mineSql = `
select id, name, description, owner_id as "ownerId", public, collaborative, item_count as "itemCount", version, updated_at as "updatedAt", since,
  case when owns then 'owner' when collaborates then 'collaborator' else 'follower' end as role
from playlist_member join playlist on playlist.id = playlist_id
where user_id = $1 and not deleted and (owns or collaborates or joined or (follows and public))
  and (since, playlist_id) < ($2::timestamptz, $3)
order by since desc, playlist_id desc limit $4`;

/** Candidates are bounded before they are put in order: a single letter begins the names of many. */
const foundSql = `
select * from (
  select id, name, description, owner_id as "ownerId", public, collaborative, item_count as "itemCount", version, updated_at as "updatedAt"
  from playlist where public and not deleted and (lower(name) like $2 || '%' or lower(name) like '% ' || $2 || '%') limit 2000
) as found
order by lower(name) = $1 desc, lower(name) like $2 || '%' desc, "itemCount" desc, id limit $3`;

export class Lists {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Playlists of an account, the newest to it first. */
  async mine(userId: string, { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined }): Promise<PageOfPlaylists> {
    const [since, id] = placeOf(cursor);
    const rows = await this.#database.prepared<Listed>(mineSql, [userId, since, id, limit + 1]);
    const items = rows.slice(0, limit).map(({ since: _since, updatedAt, ...row }): ListedPlaylist => ({ ...row, updatedAt: updatedAt.toISOString() }));
    const last = rows[limit - 1];
    return { items, nextCursor: rows.length > limit && last !== undefined ? Buffer.from(`${last.since.toISOString()} ${last.id}`).toString("base64url") : null };
  }

  /** Public playlists whose name, or a word of it, begins with `text`: a whole name first, then beginnings, long lists before short ones. */
  async found(text: string, limit: number): Promise<FoundPlaylist[]> {
    const folded = text.trim().toLowerCase();
    const rows = await this.#database.prepared<Omit<Listed, "since" | "role">>(foundSql, [folded, folded.replaceAll(/[\\%_]/g, "\\$&"), limit]);
    return rows.map(({ updatedAt, ...row }) => ({ ...row, updatedAt: updatedAt.toISOString() }));
  }

  /** Playlists that an account owns beside `id`. */
  async owned(userId: string, id: string): Promise<number> {
    const [row] = await this.#database.prepared<{ owned: number }>("select count(*) as owned from playlist where owner_id = $1 and id <> $2 and not deleted", [userId, id]);
    return row?.owned ?? 0;
  }

  /**
   * Lists for `userId` that it follows a playlist, or does not any more, by the event `version`; unless the projection was there already. It will say the
   * same, but may come after the journal forgot the event: no actor's state knows who follows.
   */
  async follows(id: string, userId: string, follows: boolean, version: number): Promise<void> {
    await this.#database.prepared(
      follows
        ? `insert into playlist_member (user_id, playlist_id, follows, since) select $2, id, true, date_trunc('milliseconds', now()) from playlist where id = $1 and not deleted and version < $3
           on conflict (user_id, playlist_id) do update set follows = true`
        : `update playlist_member set follows = false, joined = false from playlist where playlist_id = $1 and user_id = $2 and id = $1 and version < $3`,
      [id, userId, version],
    );
  }

  /** The version of a playlist that the lists show. */
  async version(id: string): Promise<number> {
    const [row] = await this.#database.prepared<{ version: number }>("select version from playlist where id = $1", [id]);
    return row?.version ?? 0;
  }

  /** Lists a playlist that was made a moment ago, unless it is listed: its maker must find it whatever the projection is at. */
  async made(id: string, ownerId: string, meta: Omit<CreateParams, "opId">): Promise<void> {
    const { name, description = "", public: isPublic = false, collaborative = false } = meta;
    await this.#database.prepared(
      `with made as (
         insert into playlist (id, owner_id, name, description, public, collaborative, item_count, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, 0, 1, date_trunc('milliseconds', now()), date_trunc('milliseconds', now())) on conflict (id) do nothing returning id, owner_id, created_at
       )
       insert into playlist_member (user_id, playlist_id, owns, since) select owner_id, id, true, created_at from made on conflict do nothing`,
      [id, ownerId, name, description, isPublic, collaborative],
    );
  }
}

function placeOf(cursor: string | undefined): [since: string, id: string] {
  if (cursor === undefined) return ["infinity", ""];
  const [, since, id] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([A-Za-z0-9_-]{1,64})$/.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  if (since === undefined || id === undefined) throw new InvalidInput("This cursor is not one of ours.", { field: "cursor" });
  return [since, id];
}
