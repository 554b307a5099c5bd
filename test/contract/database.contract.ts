/** What every Database adapter promises. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { json, StatementRefused, StorageUnavailable, type Database } from "../../storage/index.ts";
import { databaseConnections, databaseQueue } from "../../storage/limits.ts";
import { expectOutage, type Outage } from "./outage.ts";

export interface DatabaseUnderTest extends Outage {
  /** Another pool on the same database; its statements end after `statementMs`. */
  open(statementMs?: number): Promise<Database>;
  /** Releases everything, the server as well. */
  close(): Promise<void>;
}

export function databaseContract(name: string, start: () => Promise<DatabaseUnderTest>): void {
  describe(`database - ${name}`, () => {
    let server: DatabaseUnderTest;
    let database: Database;

    beforeAll(async () => {
      server = await start();
      database = await server.open();
      await database.query("create table account_balance (id text primary key, cents bigint not null check (cents >= 0))");
      await database.query("insert into account_balance values ('a', 100), ('b', 0)");
    });

    afterAll(async () => {
      await database?.close();
      await server?.close();
    });

    const cents = async (id: string) => (await database.query<{ cents: number }>("select cents from account_balance where id = $1", [id]))[0]?.cents;

    test("durability - all that an acknowledged commit rests on is on", async () => {
      expect(await database.durability()).toEqual({ fsync: "on", synchronousCommit: "on", fullPageWrites: "on" });
      expect(await database.query("select current_setting('data_checksums') as checksums")).toEqual([{ checksums: "on" }]);
    });

    test("values - go in and come out as what they are", async () => {
      const at = new Date("2026-11-22T10:20:30.456Z");
      const [row] = await database.query(
        `select $1::int8 as small, $2::int8 as large, $3::text as text, $4::bool as yes, $5::timestamptz as at, $6::bytea as bytes, $7::text[] as words,
           $8::jsonb as object, $9::jsonb as list, $10::text as nothing, $11::float8 as real, date '2026-11-22' as day, 12.50::numeric as price`,
        [7, 2n ** 62n, "Sigur Rós 'x' \\ ☃", true, at, new Uint8Array([0, 255, 92]), ["a,b", 'c"d', "{}"], { key: [1, "zwei"] }, json([{ a: 1 }, "b", null]), null, 0.1],
      );
      expect(row).toEqual({
        small: 7, large: 2n ** 62n, text: "Sigur Rós 'x' \\ ☃", yes: true, at, bytes: Buffer.from([0, 255, 92]), words: ["a,b", 'c"d', "{}"],
        object: { key: [1, "zwei"] }, list: [{ a: 1 }, "b", null], nothing: null, real: 0.1, day: "2026-11-22", price: "12.50",
      });
    });

    test("values - are never part of the statement", async () => {
      const evil = "'; drop table account_balance; --";
      expect(await database.query("select $1::text as text", [evil])).toEqual([{ text: evil }]);
      expect(await cents("a")).toBe(100);
    });

    test("prepared - statements answer as plain ones on every connection, in transactions too, and are parsed once", async () => {
      const other = "select cents::text as shown from account_balance where id = $1";
      const both = async () => [await database.prepared<{ cents: number }>("select cents from account_balance where id = $1", ["a"]), await database.prepared(other, ["a"])];
      for (const answer of await Promise.all(Array.from({ length: 3 * databaseConnections }, both))) expect(answer).toEqual([[{ cents: 100 }], [{ shown: "100" }]]);
      await database.transaction(async (transaction) => {
        for (let round = 0; round < 3; round++) expect(await transaction.prepared(other, ["b"])).toEqual([{ shown: "0" }]);
        expect(await transaction.query("select count(*) as times from pg_prepared_statements where statement = $1", [other])).toEqual([{ times: 1 }]);
      });
      await expect(database.prepared("insert into account_balance values ($1, 1)", ["a"])).rejects.toThrow(StatementRefused);
    });

    test("refusal - says which rule refused, and the connection goes on", async () => {
      for (let round = 0; round < 3 * databaseConnections; round++) {
        const refused = database.query("insert into account_balance values ('a', 1)");
        await expect(refused).rejects.toThrow(StatementRefused);
        await expect(refused).rejects.toMatchObject({ code: "23505", constraint: "account_balance_pkey", retryable: false });
      }
      const [row] = await database.query<{ connections: number }>("select count(*) as connections from pg_stat_activity where application_name = current_setting('application_name')");
      expect(row?.connections).toBeLessThanOrEqual(databaseConnections);
      await expect(database.query("selekt")).rejects.toMatchObject({ name: "StatementRefused", code: "42601" });
    });

    test("transaction - commits all of it, and answers what its body answered", async () => {
      const answer = await database.transaction(async (transaction) => {
        await transaction.query("update account_balance set cents = cents - 30 where id = 'a'");
        await transaction.query("update account_balance set cents = cents + 30 where id = 'b'");
        return "moved";
      });
      expect([answer, await cents("a"), await cents("b")]).toEqual(["moved", 70, 30]);
    });

    test("transaction - keeps nothing when its body throws, and throws the same", async () => {
      const mistake = new Error("changed my mind");
      const moved = database.transaction(async (transaction) => {
        await transaction.query("update account_balance set cents = 0");
        throw mistake;
      });
      await expect(moved).rejects.toBe(mistake);
      expect([await cents("a"), await cents("b")]).toEqual([70, 30]);
    });

    test("transaction - is not called a success when a refused statement in it was ignored", async () => {
      const moved = database.transaction(async (transaction) => {
        await transaction.query("update account_balance set cents = cents + 1 where id = 'a'");
        await transaction.query("update account_balance set cents = -1 where id = 'b'").catch(() => {});
      });
      await expect(moved).rejects.toThrow(StatementRefused);
      expect(await cents("a")).toBe(70);
    });

    test("transaction - its handle is dead after it", async () => {
      const kept = await database.transaction(async (transaction) => transaction);
      await expect(kept.query("select 1")).rejects.toThrow("has ended");
    });

    test("concurrency - a hundred increments under a row lock are a hundred", async () => {
      await Promise.all(
        Array.from({ length: 100 }, () =>
          database.transaction(async (transaction) => {
            const [row] = await transaction.query<{ cents: number }>("select cents from account_balance where id = 'b' for update");
            await transaction.query("update account_balance set cents = $1 where id = 'b'", [(row?.cents ?? 0) + 1]);
          }),
        ),
      );
      expect(await cents("b")).toBe(130);
    });

    test("bounds - more statements than may wait are refused at once, and only they", async () => {
      const room = databaseConnections + databaseQueue;
      const outcomes = await Promise.allSettled(Array.from({ length: room + 50 }, () => database.query("select pg_sleep(0.001)")));
      const refused = outcomes.filter((outcome) => outcome.status === "rejected");
      expect(refused.length).toBeGreaterThanOrEqual(50);
      expect(outcomes.length - refused.length).toBeGreaterThanOrEqual(databaseQueue);
      for (const outcome of refused) expect(outcome.reason).toBeInstanceOf(StorageUnavailable);
    });

    test("bounds - a statement that takes too long is given up, and its connection not kept", async () => {
      const impatient = await server.open(100);
      try {
        await expect(impatient.query("select pg_sleep(30)")).rejects.toThrow(StorageUnavailable);
        expect(await impatient.query("select 1 as one")).toEqual([{ one: 1 }]);
      } finally {
        await impatient.close();
      }
    });

    test("outage - fails quickly, loses nothing that was committed, keeps nothing that was not, and works again", async () => {
      await database.query("insert into account_balance values ('kept', 1)");
      const open = await server.open();
      let inside: (() => void) | undefined;
      const wrote = new Promise<void>((resolve) => (inside = resolve));
      let leave: (() => void) | undefined;
      const left = new Promise<void>((resolve) => (leave = resolve));
      const unfinished = open.transaction(async (transaction) => {
        await transaction.query("insert into account_balance values ('lost', 1)");
        inside?.();
        await left;
      });
      const waiting = open.query("select pg_sleep(30)");
      const both = Promise.all([expect(unfinished).rejects.toThrow(StorageUnavailable), expect(waiting).rejects.toThrow(StorageUnavailable)]);
      await wrote;

      await expectOutage(
        {
          async begin() {
            await server.begin();
            leave?.();
            await both;
          },
          end: () => server.end(),
        },
        [() => database.query("select 1"), () => database.transaction((transaction) => transaction.query("select 1")), () => database.durability()],
      );

      expect([await cents("kept"), await cents("lost")]).toEqual([1, undefined]);
      await open.close();
    });

    test("close - ends it; later statements are refused", async () => {
      const short = await server.open();
      await Promise.all([short.close(), short.close()]);
      await expect(short.query("select 1")).rejects.toThrow(StorageUnavailable);
    });
  });
}
