/**
 * The EventLog on PostgreSQL: a row per event in a partition per day (event-days.ts), `(day, user_id, id)` its key.
 *
 * An append is one statement of everybody who called while the last one was under way (batches.ts), on a connection of its own. A
 * key that is there already is left alone; when another transaction is about to commit it, the statement waits for the outcome, so
 * that it is in the log when the append resolves, whoever put it there.
 *
 * Groups read by (tx, place): by the transaction that wrote, of those only that are older than every one still running
 * (pg_snapshot_xmin), so that no event turns up before one that was read, in whatever order nodes commit. They read on a connection
 * whose plans are made once and go along the index, whatever the server guesses: a group that is millions behind must not have
 * all of them sorted for a page.
 */
import { checkEventPage, checkDropped, checkGroup, checkListening, dayMs, dayOf } from "../event-checks.ts";
import { InvalidKey, StatementRefused } from "../errors.ts";
import { appendMs, eventOldestDays, eventsAtOnce, eventsWaiting } from "../limits.ts";
import type { Database, EventLog, ListeningEvent, LoggedEvent } from "../ports.ts";
import { Batches } from "./batches.ts";
import { int8Array, textArray } from "./binary-arrays.ts";
import { dropDays, makeDays } from "./event-days.ts";
import { Line, type Ask } from "./line.ts";

/** Binary arrays have no nulls: an empty text is none, and numbers count from 1. */
const appendSql = `
insert into listening_event (day, user_id, id, type, at, track_id, playback_id, device_id, position_ms, listened_ms, context)
select date '1970-01-01' + (at / ${dayMs})::int, user_id, id, type, at, track_id, nullif(playback_id, ''), nullif(device_id, ''), nullif(position_ms, 0) - 1, nullif(listened_ms, 0) - 1, nullif(context, '')
from unnest($1::text[], $2::text[], $3::text[], $4::int8[], $5::text[], $6::text[], $7::text[], $8::int8[], $9::int8[], $10::text[])
  as event (user_id, id, type, at, track_id, playback_id, device_id, position_ms, listened_ms, context)
on conflict do nothing`;

const ms = (time: string) => `floor(extract(epoch from ${time}) * 1000)::int8`;

/**
 * $1 to $3 are the group's place. An event that was received after the one that was read last is of a day that was taken then: other
 * partitions are not looked at.
 */
const unread = `from listening_event where (tx, place) > ($1::xid8, $2) and day >= $3::date`;

const readSql = `
select id, user_id as "userId", type, at, track_id as "trackId", playback_id as "playbackId", device_id as "deviceId", position_ms as "positionMs", listened_ms as "listenedMs", context,
  ${ms("received_at")} as "receivedAt", tx::text as transaction, place
${unread} and tx < pg_snapshot_xmin(pg_current_snapshot())
order by tx, place limit $4`;

const lagSql = `select ${ms("clock_timestamp() - received_at")} as lag ${unread} order by tx, place limit 1`;

/** Two days for clocks that differ. */
const placeSql = `select tx::text, place, (received_at - interval '${eventOldestDays + 2} days')::date::text as since from event_group where name = $1`;

const commitSql = `
insert into event_group (name, tx, place, received_at) values ($1, $2::xid8, $3, to_timestamp($4 / 1000.0))
on conflict (name) do update set tx = excluded.tx, place = excluded.place, received_at = excluded.received_at
where (event_group.tx, event_group.place) < (excluded.tx, excluded.place)`;

const alongTheIndex = { plan_cache_mode: "force_generic_plan", enable_seqscan: "off", enable_bitmapscan: "off", enable_sort: "off" };

type Place = readonly [tx: string, place: number, since: string];

/** Before every transaction, and every day. */
const beginning: Place = ["0", 0, "-infinity"];

async function placeOf(ask: Ask, group: string): Promise<Place | undefined> {
  const [row] = (await ask<{ tx: string; place: number; since: string }>(placeSql, [group])).rows;
  return row && [row.tx, row.place, row.since];
}

type Row = { -readonly [Key in keyof LoggedEvent]: LoggedEvent[Key] | null } & { transaction: string; place: number };

/** The log in `database`, found at `url`. Connects when first used. Closing it leaves `database` open. `now`: for tests. */
export function postgresEventLog(url: string, name: string, database: Database, now: () => number = Date.now): EventLog & { close(): Promise<void> } {
  const writing = new Line(url, `${name} events`, appendMs);
  const reading = new Line(url, `${name} groups`, appendMs, alongTheIndex);
  const days = new Days(database, now);
  const appends = new Batches<ListeningEvent>({
    atOnce: eventsAtOnce,
    waiting: eventsWaiting,
    deadlineMs: appendMs,
    async run(events) {
      const values = appendValues(events);
      await days.with(events, () => writing.run((ask) => ask(appendSql, values)));
    },
  });

  return {
    async append(events) {
      checkListening(events, now());
      await appends.add(events);
    },

    async read(group, limit) {
      checkGroup(group);
      checkEventPage(limit);
      const rows = await reading.run(async (ask) => {
        const place = await placeOf(ask, group);
        // From now on its unread days are kept.
        if (place === undefined) await ask("insert into event_group (name) values ($1) on conflict do nothing", [group]);
        return (await ask<Row>(readSql, [...(place ?? beginning), limit])).rows;
      });
      const last = rows.at(-1);
      return { events: rows.map(event), cursor: last && `${last.transaction} ${last.place} ${last.receivedAt}` };
    },

    async commit(group, cursor) {
      checkGroup(group);
      const [, tx, place, receivedAt] = /^(\d{1,20}) (\d{1,16}) (\d{1,16})$/.exec(cursor) ?? [];
      if (tx === undefined || place === undefined || receivedAt === undefined) throw new InvalidKey("not a cursor of the event log");
      await database.prepared(commitSql, [group, tx, Number(place), Number(receivedAt)]);
    },

    async lag(group) {
      checkGroup(group);
      const [row] = await reading.run(async (ask) => (await ask<{ lag: number }>(lagSql, (await placeOf(ask, group)) ?? beginning)).rows);
      return Math.max(0, row?.lag ?? 0);
    },

    async forget(group) {
      checkGroup(group);
      await database.prepared("delete from event_group where name = $1", [group]);
    },

    async dropBefore(day) {
      checkDropped(day, now());
      return dropDays(database, day);
    },

    async close() {
      await appends.close();
      await days.settled();
      await Promise.all([writing.close(), reading.close()]);
    },
  };
}

/** Which days have a partition, as far as this process knows. */
class Days {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #known = new Set<string>();
  /** The day on which those ahead of it were made. */
  #today = "";
  #ahead: Promise<void> = Promise.resolve();

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Runs `insert`, with a partition for each event. */
  async with(events: readonly ListeningEvent[], insert: () => Promise<unknown>): Promise<void> {
    const days = [...new Set(events.map(({ at }) => Math.floor(at / dayMs)))].map((day) => dayOf(day * dayMs));
    await this.#make(days);
    try {
      await insert();
    } catch (error) {
      // No partition: it was dropped, or the database was put back to an earlier state.
      if (!(error instanceof StatementRefused && error.code === "23514")) throw error;
      this.#known.clear();
      await this.#make(days);
      await insert();
    }
    this.#makeAhead();
  }

  settled(): Promise<void> {
    return this.#ahead;
  }

  async #make(days: readonly string[]): Promise<void> {
    const missing = days.filter((day) => !this.#known.has(day));
    if (missing.length === 0) return;
    await makeDays(this.#database, missing);
    for (const day of missing) this.#known.add(day);
  }

  /** Once a day, yesterday to the day after tomorrow: nobody waits at midnight. Whoever needs one that failed makes it. */
  #makeAhead(): void {
    const today = dayOf(this.#now());
    if (today === this.#today) return;
    this.#today = today;
    this.#ahead = this.#make([-1, 0, 1, 2].map((days) => dayOf(this.#now() + days * dayMs))).catch(() => {});
  }
}

/**
 * Parameters of appendSql. Everybody's in the same order: two appends with the same events meet at the same one and not crosswise. It is
 * also the order in which a commit's events are read.
 */
function appendValues(given: readonly ListeningEvent[]): unknown[] {
  const events = given.toSorted((a, b) => (a.userId < b.userId ? -1 : a.userId > b.userId ? 1 : a.at - b.at || (a.id < b.id ? -1 : 1)));
  return [
    textArray(events.map(({ userId }) => userId)),
    textArray(events.map(({ id }) => id)),
    textArray(events.map(({ type }) => type)),
    int8Array(events.map(({ at }) => at)),
    textArray(events.map(({ trackId }) => trackId)),
    textArray(events.map(({ playbackId }) => playbackId ?? "")),
    textArray(events.map(({ deviceId }) => deviceId ?? "")),
    int8Array(events.map(({ positionMs }) => (positionMs ?? -1) + 1)),
    int8Array(events.map(({ listenedMs }) => (listenedMs ?? -1) + 1)),
    textArray(events.map(({ context }) => context ?? "")),
  ];
}

/** What was not said is not there. */
function event(row: Row): LoggedEvent {
  const { transaction: _transaction, place: _place, ...said } = row;
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null)) as unknown as LoggedEvent;
}
