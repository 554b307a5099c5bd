/**
 * Name locks: what keeps parallel imports apart where they must not meet, and nowhere else.
 *
 * A transaction that needs a name to exist takes its lock shared; one that may delete what a name stands for takes it
 * exclusively. All locks of a transaction are taken in one order before it touches a row, and rows are then touched in
 * one order of tables (add.ts), so no two transactions ever wait for each other in a circle. Two names may share a
 * lock by chance (64-bit hash): they then wait for each other needlessly, and nothing else.
 */
import { createHash } from "node:crypto";
import type { Queryable } from "../../storage/index.ts";

export interface NameLock {
  readonly name: string;
  readonly exclusive: boolean;
}

export const artistLock = (artistKey: string) => `artist\n${artistKey}`;
export const albumLock = (artistKey: string, titleKey: string) => `album\n${artistKey}\n${titleKey}`;
export const genreLock = (genreKey: string) => `genre\n${genreKey}`;

/** Takes `locks` until the transaction ends. A name given both ways is taken exclusively. */
export async function takeLocks(transaction: Queryable, locks: readonly NameLock[]): Promise<void> {
  const byNumber = new Map<bigint, boolean>();
  for (const { name, exclusive } of locks) {
    const number = createHash("sha256").update(name).digest().readBigInt64BE();
    byNumber.set(number, exclusive || byNumber.get(number) === true);
  }
  const ordered = [...byNumber].toSorted(([a], [b]) => (a < b ? -1 : 1));
  await transaction.prepared(
    `select case when exclusive then pg_advisory_xact_lock(number) else pg_advisory_xact_lock_shared(number) end
     from unnest($1::bigint[], $2::boolean[]) as wanted(number, exclusive)`,
    [ordered.map(([number]) => number), ordered.map(([, exclusive]) => exclusive)],
  );
}
