/**
 * Migrations: storage/migrations/*.sql, each with an "-- Up Migration" and a "-- Down Migration" part, applied in the
 * order of their numbers by node-pg-migrate. One advisory lock lets two nodes start at once; all migrations of one run
 * commit together or not at all.
 */
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";
import { Client } from "pg";
import { SchemaMismatch, StatementRefused } from "../errors.ts";
import { databaseConnectMs, migrationLockMs } from "../limits.ts";
import { translate } from "./translate.ts";

const folder = fileURLToPath(new URL("../migrations", import.meta.url));
const table = "migration";

export interface MigrationStatus {
  /** Names in the order they were applied, e.g. "0001_catalog_and_accounts". */
  readonly applied: readonly string[];
  /** Of this code, not in the database. */
  readonly missing: readonly string[];
  /** In the database, not of this code. */
  readonly unknown: readonly string[];
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Applies every missing migration ("up"), or takes back the newest `count` (default 1, "down"). Returns the names it
 * ran, in that order. Throws StorageUnavailable, or StatementRefused when SQL fails; then nothing has changed.
 */
export async function migrate(url: string, direction: "up" | "down", count?: number): Promise<string[]> {
  const dbClient = await connect(url);
  try {
    await dbClient.query(`set lock_timeout = ${migrationLockMs}`);
    const ran = await runner({
      dbClient,
      dir: folder,
      // Hidden files and whatever editors leave behind.
      ignorePattern: "(?!\\d{4}_\\w+\\.sql$).*",
      migrationsTable: table,
      direction,
      ...(count === undefined ? {} : { count }),
      advisoryLockMode: "wait",
      singleTransaction: true,
      logger: silent,
    });
    return ran.map(({ name }) => name);
  } catch (error) {
    throw translate(error);
  } finally {
    await dbClient.end().catch(() => {});
  }
}

/** What the database has of this code's migrations. Changes nothing. Throws StorageUnavailable. */
export async function migrationStatus(url: string): Promise<MigrationStatus> {
  const known = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).map((name) => name.slice(0, -".sql".length)).toSorted();
  const client = await connect(url);
  let applied: string[];
  try {
    applied = (await client.query<{ name: string }>(`select name from ${table} order by id`)).rows.map(({ name }) => name);
  } catch (error) {
    const said = translate(error);
    // Undefined table: nothing was ever migrated.
    if (!(said instanceof StatementRefused && said.code === "42P01")) throw said;
    applied = [];
  } finally {
    await client.end().catch(() => {});
  }
  return { applied, missing: known.filter((name) => !applied.includes(name)), unknown: applied.filter((name) => !known.includes(name)) };
}

/** Throws SchemaMismatch unless the database has exactly this code's migrations. */
export async function requireSchema(url: string): Promise<void> {
  const { missing, unknown } = await migrationStatus(url);
  if (missing.length > 0 || unknown.length > 0) throw new SchemaMismatch(missing, unknown);
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: "ensemble migrate", connectionTimeoutMillis: databaseConnectMs });
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    throw translate(error);
  }
  return client;
}
