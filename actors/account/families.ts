/**
 * Refresh token families in PostgreSQL.
 *
 *   login ---> live --rotate--> used     (its successor is live)
 *                |                |
 *                +--logout--+     +--seen again--> the whole family is revoked
 *
 * A token that is shown twice was copied: whoever holds the other copy must not stay logged in, so the family goes,
 * with the successor of the first use. Everything that changes a family runs under the family's lock; without it, a
 * revocation could miss a successor that another rotation is just inserting.
 */
import { randomBytes } from "node:crypto";
import type { Database, Queryable } from "../../storage/index.ts";
import type { Identity } from "../action.ts";
import { newRefreshToken, refreshTokenHash, refreshTokenMs } from "./tokens.ts";

export type Rotation = { readonly outcome: "rotated"; readonly account: Identity; readonly token: string } | { readonly outcome: "refused" };

const sweepRows = 1_000;

export class TokenFamilies {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Starts a family for a login and answers its first token. */
  async begin(accountId: string, queryable: Queryable = this.#database): Promise<string> {
    return this.#issue(queryable, randomBytes(16).toString("hex"), accountId);
  }

  /**
   * Replaces a live token. Of any number of simultaneous uses of one token, one at most is answered "rotated". The account
   * is read before the commit: a failure between using a token up and answering the next one would end the login,
   * because the client's second try is a second use.
   */
  rotate(token: string): Promise<Rotation> {
    const hash = refreshTokenHash(token);
    return this.#database.transaction(async (transaction) => {
      const family = await lockedFamily(transaction, hash);
      if (family === undefined) return { outcome: "refused" };
      const [account] = await transaction.prepared<Identity>(
        `update refresh_token r set used_at = $2 from account a
         where r.hash = $1 and r.used_at is null and r.revoked_at is null and r.expires_at > $2 and a.id = r.account_id
         returning a.id, a.username, a.plan, a.role, a.country`,
        [hash, new Date(this.#now())],
      );
      if (account !== undefined) return { outcome: "rotated", account, token: await this.#issue(transaction, family, account.id) };
      await this.#revoke(transaction, family);
      return { outcome: "refused" };
    });
  }

  /** Revokes the family of a token, whatever the token's state. Unknown tokens are ignored. */
  async end(token: string): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const family = await lockedFamily(transaction, refreshTokenHash(token));
      if (family !== undefined) await this.#revoke(transaction, family);
    });
  }

  /** Revokes every family of an account. */
  async endAll(transaction: Queryable, accountId: string): Promise<void> {
    // One family after the other, in one order, each under its lock: a rotation in progress is waited for, and its successor goes too.
    await transaction.prepared(
      `select pg_advisory_xact_lock(hashtextextended('refresh-family ' || family, 0))
       from (select distinct family from refresh_token where account_id = $1 and revoked_at is null order by family) families`,
      [accountId],
    );
    await transaction.prepared(`update refresh_token set revoked_at = $2 where account_id = $1 and revoked_at is null`, [accountId, new Date(this.#now())]);
  }

  /** Deletes tokens past their end, a bounded number at a time. Answers how many. */
  async sweep(): Promise<number> {
    const deleted = await this.#database.prepared(
      `delete from refresh_token where hash in (select hash from refresh_token where expires_at < $1 order by expires_at limit $2 for update skip locked) returning 1 as one`,
      [new Date(this.#now()), sweepRows],
    );
    return deleted.length;
  }

  async #issue(queryable: Queryable, family: string, accountId: string): Promise<string> {
    const { token, hash } = newRefreshToken();
    const now = this.#now();
    await queryable.prepared(`insert into refresh_token (hash, family, account_id, issued_at, expires_at) values ($1, $2, $3, $4, $5)`, [
      hash,
      family,
      accountId,
      new Date(now),
      new Date(now + refreshTokenMs),
    ]);
    return token;
  }

  async #revoke(queryable: Queryable, family: string): Promise<void> {
    await queryable.prepared(`update refresh_token set revoked_at = $2 where family = $1 and revoked_at is null`, [family, new Date(this.#now())]);
  }
}

async function lockedFamily(transaction: Queryable, hash: Buffer): Promise<string | undefined> {
  const [row] = await transaction.prepared<{ family: string }>(`select family from refresh_token where hash = $1`, [hash]);
  if (row === undefined) return undefined;
  await transaction.prepared(`select pg_advisory_xact_lock(hashtextextended('refresh-family ' || $1::text, 0))`, [row.family]);
  return row.family;
}
