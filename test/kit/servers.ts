/** The servers of this test run, as the test files see them. */
import { randomBytes } from "node:crypto";
import { Client } from "pg";

export const serversVariable = "ENSEMBLE_TEST_SERVERS";

export interface TestServers {
  /** Folder of this run, removed at its end. Others may pass through it, not list it. */
  readonly folder: string;
  /** Superuser on the database "postgres" of Debian's PostgreSQL. For tests of services take freshDatabase(). */
  readonly postgresUrl: string;
  /** Database 0. For tests take freshRedis(). */
  readonly redisUrl: string;
  readonly natsUrl: string;
  readonly natsNodeSeed: string;
  readonly natsStrangerSeed: string;
  readonly s3Url: string;
}

/** The servers that global-setup.ts started. Throws outside of a jest run. */
export function testServers(): TestServers {
  const text = process.env[serversVariable];
  if (text === undefined) throw new Error("no test servers: run this with jest, whose global set-up starts them");
  return JSON.parse(text) as TestServers;
}

/** Makes database `name` on a server and returns its URL. */
export async function createDatabase(serverUrl: string, name: string, template?: string): Promise<string> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`create database "${name}"${template === undefined ? "" : ` template "${template}"`}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

export function uniqueName(prefix: string): string {
  return `${prefix}_${process.pid}_${randomBytes(5).toString("hex")}`;
}
