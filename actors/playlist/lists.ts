/** What the tables of the projection answer: an account's playlists, and how many it owns. */
import type { Database } from "../../storage/index.ts";
import { InvalidInput } from "../errors.ts";

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
}

function placeOf(cursor: string | undefined): [since: string, id: string] {
  if (cursor === undefined) return ["infinity", ""];
  const [, since, id] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([A-Za-z0-9_-]{1,64})$/.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  if (since === undefined || id === undefined) throw new InvalidInput("This cursor is not one of ours.", { field: "cursor" });
  return [since, id];
}
