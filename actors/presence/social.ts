/** Readings of the tables: who follows whom, and what an account shares; and the one change that concerns nobody else. */
import { promisify } from "node:util";
import type { Database } from "../../storage/index.ts";
import { InvalidInput } from "../errors.ts";
import { factsOf, type Row } from "./facts-row.ts";
import { limits } from "./limits.ts";
import type { Facts } from "./model/index.ts";

/** An account of somebody's list. */
export interface Related {
  readonly userId: string;
  readonly since: string;
}

interface PageOf {
  readonly items: readonly Related[];
  readonly nextCursor: string | null;
}

interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

const columns = "user_id, version, share, private_until, followers";
const endOfTurn = promisify(setImmediate);
/** Of an account without a row. */
const defaults: Facts = { version: 0, share: true, privateUntil: null, followers: 0 };

const listSql = (own: string, other: string) =>
  `select ${other} as "userId", since from follow where ${own} = $1 and (since, ${other}) < ($2::timestamptz, $3) order by since desc, ${other} desc limit $4`;
const followingSql = listSql("follower_id", "followee_id");
const followersSql = listSql("followee_id", "follower_id");

export class Social {
  readonly #database: Database;
  #next: { readonly ids: Set<string>; readonly answered: Promise<ReadonlyMap<string, Facts>> } | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What the table says of an account. Those that are asked for in one turn of the event loop are one question. */
  async facts(userId: string): Promise<Facts> {
    if (this.#next === undefined || this.#next.ids.size >= limits.factsAsked) this.#next = this.#question();
    this.#next.ids.add(userId);
    return (await this.#next.answered).get(userId) ?? defaults;
  }

  async setSharing(userId: string, share: boolean, privateUntil: number | null): Promise<Facts> {
    const [row] = await this.#database.prepared<Row>(
      `insert into social as known (user_id, share, private_until) values ($1, $2, $3)
       on conflict (user_id) do update set share = excluded.share, private_until = excluded.private_until, version = known.version + 1 returning ${columns}`,
      [userId, share, privateUntil === null ? null : new Date(privateUntil)],
    );
    if (row === undefined) throw new Error("the row was not written");
    return factsOf(row);
  }

  /** Whom an account follows, the newest first. */
  following(userId: string, page: Page): Promise<PageOf> {
    return this.#page(followingSql, userId, page);
  }

  /** Who follows it, the newest first. */
  followers(userId: string, page: Page): Promise<PageOf> {
    return this.#page(followersSql, userId, page);
  }

  /** All whom an account follows. */
  async followees(userId: string): Promise<string[]> {
    const rows = await this.#database.prepared<{ id: string }>("select followee_id as id from follow where follower_id = $1 limit $2", [userId, limits.followees]);
    return rows.map(({ id }) => id);
  }

  async #page(sql: string, userId: string, { limit, cursor }: Page): Promise<PageOf> {
    const [before, id] = placeOf(cursor);
    const rows = await this.#database.prepared<{ userId: string; since: Date }>(sql, [userId, before, id, limit + 1]);
    const items = rows.slice(0, limit).map(({ userId: of, since }) => ({ userId: of, since: since.toISOString() }));
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last !== undefined ? Buffer.from(`${last.since} ${last.userId}`).toString("base64url") : null };
  }

  #question(): { readonly ids: Set<string>; readonly answered: Promise<ReadonlyMap<string, Facts>> } {
    const ids = new Set<string>();
    return { ids, answered: endOfTurn().then(() => this.#read(ids)) };
  }

  async #read(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Facts>> {
    if (this.#next?.ids === ids) this.#next = undefined;
    const rows = await this.#database.prepared<Row>(`select ${columns} from social where user_id = any($1::text[])`, [[...ids]]);
    return new Map(rows.map((row) => [row.user_id, factsOf(row)]));
  }
}

function placeOf(cursor: string | undefined): [since: string, id: string] {
  if (cursor === undefined) return ["infinity", ""];
  const [, since, id] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([A-Za-z0-9_-]{1,64})$/.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  if (since === undefined || id === undefined) throw new InvalidInput("This cursor is not one of ours.", { field: "cursor" });
  return [since, id];
}
