/**
 * The partitions of the event log, one a day (UTC). Several nodes may make one at once: a lock lets one do it.
 *
 * A partition is made as a table and then attached: that holds up neither those who write nor those who read, as `create table ...
 * partition of` would.
 */
import { dayMs, dayOf } from "../event-checks.ts";
import { EventsUnread, StatementRefused, StorageUnavailable } from "../errors.ts";
import { eventLockMs } from "../limits.ts";
import type { Database, Queryable } from "../ports.ts";

const prefix = "listening_event_";
/** Any number: who makes or drops partitions holds this lock. */
const lock = 4_017_330_215;

const tableOf = (day: string) => `${prefix}${day.replaceAll("-", "")}`;
const ofTable = (table: string) => table.slice(prefix.length).replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");

/** Makes those of `days` ("2026-11-23") that are missing. */
export async function makeDays(database: Database, days: readonly string[]): Promise<void> {
  await alone(database, async (transaction) => {
    const there = new Set(await madeDays(transaction));
    for (const day of days) {
      if (there.has(day)) continue;
      await transaction.query(`create table ${tableOf(day)} (like listening_event including defaults including constraints including indexes)`);
      await transaction.query(`alter table listening_event attach partition ${tableOf(day)} for values from ('${day}') to ('${dayOf(Date.parse(day) + dayMs)}')`);
    }
  });
}

/** Drops the days before `day`, the oldest first, each in a transaction of its own. Throws EventsUnread at the first that a group has not read. */
export async function dropDays(database: Database, day: string): Promise<string[]> {
  const dropped: string[] = [];
  for (const old of (await madeDays(database)).filter((made) => made < day)) {
    await alone(database, async (transaction) => {
      await transaction.query(`lock table ${tableOf(old)} in access exclusive mode`);
      const [group] = await transaction.query<{ name: string }>(
        `select name from event_group where exists (select from ${tableOf(old)} as event where (event.tx, event.place) > (event_group.tx, event_group.place)) limit 1`,
      );
      if (group !== undefined) throw new EventsUnread(old, group.name);
      await transaction.query(`drop table ${tableOf(old)}`);
    });
    dropped.push(old);
  }
  return dropped;
}

/** In order. */
async function madeDays(database: Queryable): Promise<string[]> {
  const tables = await database.query<{ name: string }>(`select relname as name from pg_inherits join pg_class on oid = inhrelid where inhparent = 'listening_event'::regclass order by relname`);
  return tables.map(({ name }) => ofTable(name));
}

async function alone(database: Database, work: (transaction: Queryable) => Promise<void>): Promise<void> {
  try {
    await database.transaction(async (transaction) => {
      await transaction.query(`set local lock_timeout = ${eventLockMs}`);
      await transaction.query("select pg_advisory_xact_lock($1)", [lock]);
      await work(transaction);
    });
  } catch (error) {
    // Lock not available: somebody reads, or writes, for long.
    if (error instanceof StatementRefused && error.code === "55P03") throw new StorageUnavailable(`the event log was busy for ${eventLockMs} ms`, { cause: error });
    throw error;
  }
}
