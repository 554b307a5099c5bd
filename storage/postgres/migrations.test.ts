import { beforeEach, describe, expect, test } from "@jest/globals";
import { SchemaMismatch } from "../errors.ts";
import { createDatabase, freePort, freshDatabase, openTestPorts, testServers, uniqueName } from "../../test/kit/index.ts";
import { migrate, migrationStatus, openDatabase, requireSchema } from "./index.ts";

/** Every table, column, index and constraint, as PostgreSQL describes them. */
async function schemaOf(url: string): Promise<unknown[]> {
  const database = await openDatabase(url, "test");
  try {
    return await database.query(`
      select 'column' as kind, table_name || '.' || column_name as name, data_type || coalesce(' ' || column_default, '') || is_nullable as what
        from information_schema.columns where table_schema = 'public' and table_name <> 'migration'
      union all select 'index', indexname, indexdef from pg_indexes where schemaname = 'public' and tablename <> 'migration'
      union all select 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace and conrelid <> 'migration'::regclass
      union all select 'function', proname, md5(prosrc) from pg_proc where pronamespace = 'public'::regnamespace
      union all select 'extension', extname, '' from pg_extension
      order by 1, 2, 3`);
  } finally {
    await database.close();
  }
}

const run = async (url: string, sql: string) => {
  const database = await openDatabase(url, "test");
  try {
    await database.query(sql);
  } finally {
    await database.close();
  }
};

describe("migrations", () => {
  let url: string;
  beforeEach(async () => {
    url = await createDatabase(testServers().postgresUrl, uniqueName("empty"));
  });

  test("up, down and up again - each step can be taken back, and the end is the same", async () => {
    const { missing: all } = await migrationStatus(url);
    expect(all.length).toBeGreaterThan(3);
    expect(await migrate(url, "up")).toEqual(all);
    const schema = await schemaOf(url);
    expect(await migrate(url, "up")).toEqual([]);

    for (const name of all.toReversed()) expect(await migrate(url, "down")).toEqual([name]);
    expect(await migrate(url, "down")).toEqual([]);
    expect((await schemaOf(url)).filter((row) => (row as { kind: string; name: string }).kind !== "extension")).toEqual([]);

    expect(await migrate(url, "up")).toEqual(all);
    expect(await schemaOf(url)).toEqual(schema);
    expect(await migrate(url, "down", all.length)).toEqual(all.toReversed());
  });

  test("up - by several nodes at once is done once", async () => {
    const ran = await Promise.all(Array.from({ length: 5 }, () => migrate(url, "up")));
    const { applied, missing } = await migrationStatus(url);
    expect(missing).toEqual([]);
    expect(ran.flat().toSorted()).toEqual([...applied]);
  });

  test("up - that fails changes nothing", async () => {
    await run(url, "create table journal (in_the_way int)");
    await expect(migrate(url, "up")).rejects.toMatchObject({ name: "StatementRefused", code: "42P07" });
    const { applied } = await migrationStatus(url);
    expect(applied).toEqual([]);
  });

  test("status - tells what is missing and what is of newer code; a node starts on neither", async () => {
    await expect(requireSchema(url)).rejects.toThrow(/npm run migrate/);
    await migrate(url, "up");
    await requireSchema(url);

    await migrate(url, "down");
    await expect(openTestPorts({ DATABASE_URL: url })).rejects.toMatchObject({ name: "SchemaMismatch", unknown: [], missing: [expect.stringMatching(/^\d{4}_/)] });

    await migrate(url, "up");
    await run(url, "insert into migration (name, run_on) values ('9999_from_the_future', now())");
    const refused = openTestPorts({ DATABASE_URL: url });
    await expect(refused).rejects.toThrow(SchemaMismatch);
    await expect(refused).rejects.toMatchObject({ missing: [], unknown: ["9999_from_the_future"] });
  });

  test("no server - is said at once", async () => {
    await expect(migrate(`postgres://postgres@127.0.0.1:${await freePort()}/x`, "up")).rejects.toMatchObject({ name: "StorageUnavailable" });
  });

  test("a fresh test database has all of them", async () => {
    await requireSchema(await freshDatabase());
  });
});
