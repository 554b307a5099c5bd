/**
 * Storage: opens the ports of a node. What the configuration names is a real engine; what it leaves out is embedded.
 *
 *   Database      DATABASE_URL, else the embedded PostgreSQL in DATA_DIR/postgres
 *   ActorStore    in the same
 *   EventLog      in the same
 *   Mirror        REDIS_URL, else in the same
 *   Cache         REDIS_URL, else in process
 *   ObjectStore   S3_BUCKET, else files in DATA_DIR/objects
 *   SearchIndex   MEILI_URL, else PostgreSQL
 *   Topics        NATS_URL, else in process
 */
import { join } from "node:path";
import { openEmbeddedServer } from "./embedded-postgres/index.ts";
import { openFiles } from "./files/index.ts";
import { memoryCache } from "./memory-cache/index.ts";
import type { Cache, Database, Mirror, ObjectStore, Ports } from "./ports.ts";
import { migrate, openDatabase, postgresActorStore, postgresEventLog, postgresMirror, requireSchema } from "./postgres/index.ts";
import { openRedis, openRedisMirror } from "./redis/index.ts";
import { openS3 } from "./s3/index.ts";
import { openSearch } from "./search/index.ts";
import type { StorageSettings } from "./settings.ts";
import { openTopics } from "./topics/index.ts";

export { isEventBody, isOpId, isReminderName, isTime } from "./actor-checks.ts";
export * from "./errors.ts";
export { freePort } from "./embedded-postgres/index.ts";
export * from "./ports.ts";
export { json, migrate, migrationStatus, type MigrationStatus } from "./postgres/index.ts";
export { fold } from "./search/index.ts";
export { keptSecret } from "./secret.ts";
export type { StorageSettings } from "./settings.ts";

/**
 * Opens every port; each answers when this resolves. An embedded database is migrated; a given one must be already
 * (`npm run migrate`). Throws StorageUnavailable, SchemaMismatch or EmbeddedServerFailed, with everything closed again.
 */
export async function openPorts(settings: StorageSettings): Promise<Ports> {
  const opened: { close(): Promise<void> }[] = [];
  const keep = <P extends { close(): Promise<void> }>(port: P): P => {
    opened.push(port);
    return port;
  };
  /** Last opened, first closed; one that fails to close does not keep the others open. */
  const close = async () => {
    const failures: unknown[] = [];
    for (const port of opened.splice(0).toReversed()) await port.close().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    const { url } = keep(await openServer(settings));
    const database = await openDatabasePort(settings, url, keep);
    const actors = keep(postgresActorStore(url, settings.NODE_ID, database));
    const events = keep(postgresEventLog(url, settings.NODE_ID, database));
    const mirror = keep(await openMirror(settings, url, database));
    const cache = keep(await openCache(settings));
    const objects = keep(await openObjects(settings));
    const search = keep(await openSearch(settings, database));
    const topics = keep(await openTopics(settings));
    let closing: Promise<void> | undefined;
    return { database, actors, events, mirror, topics, cache, objects, search, close: () => (closing ??= close()) };
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
}

/** Where the database of these settings is, for commands that migrate or inspect it. Close it when done. */
export async function openServer(settings: StorageSettings): Promise<{ url: string; close(): Promise<void> }> {
  if (settings.DATABASE_URL !== undefined) return { url: settings.DATABASE_URL, close: async () => {} };
  return openEmbeddedServer(settings.DATA_DIR, settings.progress);
}

async function openDatabasePort(settings: StorageSettings, url: string, keep: <P extends { close(): Promise<void> }>(port: P) => P): Promise<Database> {
  if (settings.DATABASE_URL === undefined) await migrate(url, "up");
  else await requireSchema(url);
  return keep(await openDatabase(url, settings.NODE_ID));
}

async function openCache(settings: StorageSettings): Promise<Cache> {
  return settings.REDIS_URL === undefined ? memoryCache() : openRedis(settings.REDIS_URL);
}

async function openMirror(settings: StorageSettings, url: string, database: Database): Promise<Mirror & { close(): Promise<void> }> {
  return settings.REDIS_URL === undefined ? postgresMirror(url, settings.NODE_ID, database) : openRedisMirror(settings.REDIS_URL);
}

async function openObjects(settings: StorageSettings): Promise<ObjectStore> {
  if (settings.S3_BUCKET === undefined) return openFiles(join(settings.DATA_DIR, "objects"));
  return openS3({
    bucket: settings.S3_BUCKET,
    endpoint: settings.S3_ENDPOINT,
    region: settings.S3_REGION ?? "us-east-1",
    accessKeyId: settings.S3_ACCESS_KEY_ID ?? "",
    secretAccessKey: settings.S3_SECRET_ACCESS_KEY ?? "",
    makeBucket: settings.NODE_ENV !== "production",
  });
}
