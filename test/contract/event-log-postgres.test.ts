/** What the EventLog on PostgreSQL promises beyond the contract, with hands on the server: who waits for whom, and that nobody is skipped. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { StorageUnavailable, type Database, type EventLog, type ListeningEvent, type Queryable } from "../../storage/index.ts";
import { appendMs, eventsAtOnce } from "../../storage/limits.ts";
import { migrate, openDatabase, postgresEventLog } from "../../storage/postgres/index.ts";
import { createDatabase, freshDatabase, freshFolder, startPostgres, uniqueName, until } from "../kit/index.ts";
import { caughtUp, event, fresh, readAll, readUntil } from "./event-log.contract.ts";
import { expectOutage } from "./outage.ts";

const dayMs = 86_400_000;
const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const ids = (events: readonly ListeningEvent[]) => events.map(({ id }) => id);

const insert = (transaction: Queryable, { userId, id, type, at, trackId }: ListeningEvent) =>
  transaction.query("insert into listening_event (day, user_id, id, type, at, track_id) values ($1::date, $2, $3, $4, $5, $6)", [day(at), userId, id, type, at, trackId]);

describe("event log - on PostgreSQL", () => {
  let url: string;
  let pool: Database;
  let hands: Database;
  let log: EventLog & { close(): Promise<void> };
  let other: EventLog & { close(): Promise<void> };

  beforeAll(async () => {
    url = await freshDatabase();
    [pool, hands] = await Promise.all([openDatabase(url, "contract"), openDatabase(url, "test")]);
    log = postgresEventLog(url, "first", pool);
    other = postgresEventLog(url, "second", pool);
  });

  afterAll(async () => {
    await Promise.all([log?.close(), other?.close()]);
    await Promise.all([pool?.close(), hands?.close()]);
  });

  const waiting = (count: number) => until(async () => (await hands.query("select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")).length === count);
  const partitions = async () => (await hands.query<{ name: string }>("select relname as name from pg_inherits join pg_class on oid = inhrelid where inhparent = 'listening_event'::regclass order by 1")).map(({ name }) => name);
  const undone = (work: (transaction: Queryable) => Promise<void>) =>
    expect(hands.transaction(async (transaction) => {
      await work(transaction);
      throw new Error("undone");
    })).rejects.toThrow("undone");

  test("read - an event that is committed late is not skipped: later ones wait for it", async () => {
    const group = await caughtUp(log);
    const [late, early] = [event(), event()];
    await hands.transaction(async (transaction) => {
      await insert(transaction, late);
      await other.append([early]);
      expect(await log.read(group, 10)).toEqual({ events: [], cursor: undefined });
      // It shows in the lag all the same.
      await until(async () => (await log.lag(group)) > 0);
    });
    expect(ids(await readUntil(log, group, 2, 1))).toEqual([late.id, early.id]);
    expect(await readAll(log, group)).toEqual([]);
  });

  test("read - goes by the numbers of transactions, not by their digits", async () => {
    const group = await caughtUp(log);
    // Up to shortly before the next number with a digit more.
    await hands.query(`do $$ begin
      set synchronous_commit = off;
      for n in 1 .. least(100000, 10 ^ length(pg_current_xact_id()::text) - pg_current_xact_id()::text::bigint - 20) loop perform pg_current_xact_id(); commit; end loop;
      set synchronous_commit = on;
    end $$`);
    const events = Array.from({ length: 60 }, () => event());
    for (const each of events) await log.append([each]);
    expect(ids(await readUntil(log, group, events.length, 7))).toEqual(ids(events));
    expect(await readAll(log, group)).toEqual([]);
  });

  for (const [what, keeps] of [["is committed", true], ["is not committed", false]] as const) {
    test(`append - of an event that another is about to commit resolves when it is in the log, if that one ${what}`, async () => {
      const group = await caughtUp(log);
      const one = event();
      let append = Promise.resolve();
      let isDone = false;
      const work = async (transaction: Queryable) => {
        await insert(transaction, one);
        append = log.append([one]).then(() => void (isDone = true));
        await waiting(1);
        expect(isDone).toBe(false);
      };
      await (keeps ? hands.transaction(work) : undone(work));
      await append;
      expect(await hands.query("select from listening_event where id = $1", [one.id])).toHaveLength(1);
      expect(ids(await readUntil(log, group, 1))).toEqual([one.id]);
      expect(await readAll(log, group)).toEqual([]);
    });
  }

  test("append - calls that are made while one is under way share the next statement, as many as fit", async () => {
    const first = event();
    const calls = Array.from({ length: 500 }, () => Array.from({ length: 5 }, () => event()));
    let appends: Promise<unknown> = Promise.resolve();
    await undone(async (transaction) => {
      await insert(transaction, first);
      const held = log.append([first]);
      await waiting(1);
      appends = Promise.all([held, ...calls.map((events) => log.append(events))]);
    });
    await appends;
    const written = await hands.query<{ count: number }>("select count(*) as count from listening_event where id = any ($1::text[]) group by tx order by 1 desc", [calls.flat().map(({ id }) => id)]);
    expect(written.map(({ count }) => count)).toEqual([eventsAtOnce, calls.length * 5 - eventsAtOnce]);
  });

  test("append - that is held up ends within its time, and so does one that waited for it; both may be repeated", async () => {
    const group = await caughtUp(log);
    const [held, queued, another] = [event(), event(), event()];
    await undone(async (transaction) => {
      await insert(transaction, held);
      const begun = performance.now();
      const late = [log.append([held])];
      await waiting(1);
      late.push(log.append([queued, held]));
      for (const append of await Promise.allSettled(late)) expect(append).toMatchObject({ status: "rejected", reason: expect.any(StorageUnavailable) });
      expect(performance.now() - begun).toBeLessThan(appendMs + 500);
      await other.append([another]);
    });
    await Promise.all([log.append([held, queued]), log.append([held])]);
    const sent = ids([held, queued, another]);
    expect(ids(await readUntil(log, group, sent.length)).toSorted()).toEqual(sent.toSorted());
    expect(await readAll(log, group)).toEqual([]);
  });

  test("partitions - several nodes make the same at once; those of the next days are there before they are needed", async () => {
    const logs = Array.from({ length: 5 }, (_, n) => postgresEventLog(url, `node ${n}`, pool));
    try {
      await hands.query("drop table if exists " + (await partitions()).join(", "));
      const at = Date.now();
      await Promise.all(logs.map((node) => node.append([event({ at: at - 3 * dayMs }), event({ at })])));
      const expected = [-3, -1, 0, 1, 2].map((days) => `listening_event_${day(at + days * dayMs).replaceAll("-", "")}`);
      await until(async () => (await partitions()).length === expected.length);
      expect(await partitions()).toEqual(expected);
      // One that is gone against all expectation is made again.
      await hands.query(`drop table ${expected[2]}`);
      const again = event({ at });
      await logs[0]?.append([again]);
      expect(await hands.query("select from listening_event where id = $1", [again.id])).toHaveLength(1);
    } finally {
      await Promise.all(logs.map((node) => node.close()));
    }
  });

  test("partitions - are made while others read and write for long", async () => {
    await log.append([event()]);
    await hands.transaction(async (transaction) => {
      await transaction.query("select count(*) from listening_event");
      await insert(transaction, event());
      const old = event({ at: Date.now() - 9 * dayMs });
      await other.append([old]);
      expect(await pool.query("select from listening_event where id = $1", [old.id])).toHaveLength(1);
    });
  });

  test("dropBefore - gives up, and holds nobody up, when somebody reads the day for long", async () => {
    const [old, present] = [Date.now() - 60 * dayMs, event()];
    const past = postgresEventLog(url, "past", pool, () => old);
    await past.append([event({ at: old })]);
    await past.close();
    for (const { name } of await hands.query<{ name: string }>("select name from event_group")) await log.forget(name);
    await hands.transaction(async (transaction) => {
      await transaction.query(`select from listening_event_${day(old).replaceAll("-", "")}`);
      await expect(log.dropBefore(day(old + dayMs))).rejects.toThrow(StorageUnavailable);
      await log.append([present]);
    });
    expect(await log.dropBefore(day(old + dayMs))).toContain(day(old));
  });

  test("close - what was appended before is kept, and nothing is taken after", async () => {
    const node = postgresEventLog(url, "closing", pool);
    const events = Array.from({ length: 20 }, () => event());
    const appends = Promise.all(events.map((each) => node.append([each])));
    await Promise.all([node.close(), appends]);
    expect(await hands.query("select from listening_event where id = any ($1::text[])", [ids(events)])).toHaveLength(events.length);
    await expect(node.append([event()])).rejects.toThrow(StorageUnavailable);
  });
});

test("event log on PostgreSQL - outage: a crash loses nothing that was told, and what was not told is sent again", async () => {
  const folder = await freshFolder("postgres");
  let server = await startPostgres(folder);
  const url = await createDatabase(server.url, uniqueName("test"));
  await migrate(url, "up");
  const database = await openDatabase(url, "contract");
  const log = postgresEventLog(url, "contract", database);
  const group = fresh("group-");
  const told: string[] = [];
  const unknown: ListeningEvent[] = [];
  const writes = new AbortController();
  const writing = async (writer: number) => {
    for (let n = 0; !writes.signal.aborted; n++) {
      const one = event({ id: `${writer}-${n}` });
      await log.append([one]).then(() => told.push(one.id), () => unknown.push(one));
      if (unknown.length > 50) await new Promise(setImmediate);
    }
  };
  try {
    await log.append([event({ id: "first" })]);
    expect(ids(await readUntil(log, group, 1))).toEqual(["first"]);
    const writers = Promise.all(Array.from({ length: 8 }, (_, writer) => writing(writer)));
    await until(() => told.length > 100);
    await expectOutage(
      {
        begin: () => server.stop("SIGQUIT"),
        async end() {
          writes.abort();
          server = await startPostgres(folder, server.port);
        },
      },
      [() => log.append([event({ id: "during" })]), () => log.read(group, 1), () => log.commit(group, "1 1 1"), () => log.lag(group), () => log.forget(fresh("g"))],
    );
    await writers;
    for (let n = 0; n < unknown.length; n += eventsAtOnce) await log.append(unknown.slice(n, n + eventsAtOnce));
    const sent = new Set([...told, ...ids(unknown), "during"]);
    const read = ids(await readUntil(log, group, sent.size));
    expect(read.toSorted()).toEqual([...sent].toSorted());
  } finally {
    writes.abort();
    await log.close();
    await database.close();
    await server.stop();
  }
}, 60_000);
