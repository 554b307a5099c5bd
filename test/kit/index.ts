/**
 * The test kit: real servers, a fresh place in each of them, and configurations that lead there.
 *
 * A test asks for what it needs and closes what it opened; the run's servers and folder end by themselves.
 */
import { chmod, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { loadConfig, type Config } from "../../config.ts";
import { openPorts, type Ports } from "../../storage/index.ts";
import { redisDatabases } from "./redis-server.ts";
import { createDatabase, testServers, uniqueName } from "./servers.ts";

export { startNats, type NatsServer } from "./nats-server.ts";
export { startPostgres, type PostgresServer } from "./postgres-server.ts";
export { find, freePort, launch, type ServerProcess } from "../../commands/cluster/servers.ts";
export { startRedis, type RedisServer } from "./redis-server.ts";
export { startS3, type S3Server } from "./s3-server.ts";
export { collect, until } from "./wait.ts";
export { createDatabase, testServers, uniqueName, type TestServers } from "./servers.ts";

/** An empty folder of this run. Servers that run under another account may pass through it. */
export async function freshFolder(name = "folder"): Promise<string> {
  const folder = await mkdtemp(join(testServers().folder, `${name}-`));
  await chmod(folder, 0o711);
  return folder;
}

/** URL of a new, migrated, empty database on Debian's PostgreSQL. */
export function freshDatabase(): Promise<string> {
  return createDatabase(testServers().postgresUrl, uniqueName("test"), "template");
}

/** URL of an empty database of the run's Redis that no other test is given. */
export async function freshRedis(): Promise<string> {
  const { redisUrl } = testServers();
  const redis = new Redis(redisUrl);
  try {
    const number = await redis.incr("next-database");
    if (number >= redisDatabases) throw new Error(`this run has used all ${redisDatabases} databases of its Redis`);
    return `${redisUrl}/${number}`;
  } finally {
    redis.disconnect();
  }
}

/** Settings that put objects into a new bucket of the run's S3. */
export function freshBucket(): Pick<Config, "S3_BUCKET" | "S3_ENDPOINT" | "S3_ACCESS_KEY_ID" | "S3_SECRET_ACCESS_KEY"> {
  return {
    S3_BUCKET: uniqueName("test").replaceAll("_", "-"),
    S3_ENDPOINT: testServers().s3Url,
    S3_ACCESS_KEY_ID: "test",
    S3_SECRET_ACCESS_KEY: "test",
  };
}

/** Settings that join nodes through the run's NATS. Give each node its own NODE_ID, and all the same keys. */
export function natsSettings(): Pick<Config, "NATS_URL" | "NATS_NKEY_SEED"> {
  const { natsUrl, natsNodeSeed } = testServers();
  return { NATS_URL: natsUrl, NATS_NKEY_SEED: natsNodeSeed };
}

/**
 * A valid configuration on a new migrated database and a new data folder: cache in process, objects in files, any free
 * ports, quiet. `overrides` replace settings: `await freshRedis()`, `freshBucket()`, `natsSettings()` and the like.
 */
export async function testConfig(overrides: Partial<Config> = {}): Promise<Config> {
  const [DATABASE_URL, DATA_DIR] = await Promise.all([overrides.DATABASE_URL ?? freshDatabase(), overrides.DATA_DIR ?? freshFolder("data")]);
  const config = loadConfig({ NODE_ENV: "test", NODE_ID: uniqueName("node"), HOST: "127.0.0.1", PORT: "0", OPS_PORT: "0", LOG_LEVEL: "fatal", DATABASE_URL, DATA_DIR });
  return Object.freeze({ ...config, ...overrides });
}

/** Open ports of such a configuration. Close them in afterAll. */
export async function openTestPorts(overrides: Partial<Config> = {}): Promise<Ports> {
  return openPorts(await testConfig(overrides));
}
