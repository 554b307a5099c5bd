/**
 * The embedded PostgreSQL: a real server with fsync on, in DATA_DIR/postgres, for people who have none.
 *
 * Any number of processes may open it at once (`npm start`, `npm run import`): the first starts it, the last one to
 * leave stops it. After a crash of ours the next process finds it running and takes it over. A server that ends by itself
 * is started again within a second or two, on the same port; callers see StorageUnavailable until then.
 *
 *   DATA_DIR/secrets/postgres-password   made at first start
 *   DATA_DIR/postgres/data               PostgreSQL's data folder, owned by the account it runs under
 *   DATA_DIR/postgres/log                its log, at most `logFiles` files of 4 MB
 *   DATA_DIR/postgres/users              one file per process that uses it
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client, DatabaseError } from "pg";
import { EmbeddedServerFailed } from "../errors.ts";
import { keptSecret } from "../secret.ts";
import { accountFor } from "./account.ts";
import { findBinaries, libraryPath } from "./binaries.ts";
import { exclusively } from "./lock.ts";
import { find, make, start, stop, type Place, type Running } from "./server.ts";
import { count, enter, startOf } from "./users.ts";

export { freePort } from "./server.ts";

const user = "ensemble";
const database = "ensemble";
const logFiles = 5;
const logCheckMs = 10 * 60_000;
const watchMs = 1_000;
const connectAttempts = 3;

export interface EmbeddedServer {
  /** How to connect; the database exists. */
  readonly url: string;
  /** The server's process when it was opened. */
  readonly pid: number;
  /** Leaves the server; stops it when nobody else uses it. Safe to call twice. */
  close(): Promise<void>;
}

/** Opens the server of `dataDir`, making and starting it when needed. Throws EmbeddedServerFailed. */
export async function openEmbeddedServer(dataDir: string, progress: (message: string) => void = () => {}): Promise<EmbeddedServer> {
  const home = join(dataDir, "postgres");
  const users = join(home, "users");
  const place: Place = { data: join(home, "data"), log: join(home, "log"), firstWords: join(home, "first-words.txt") };
  await mkdir(home, { recursive: true });
  // The server's account passes through; what is inside is closed to it or its own.
  await chmod(home, 0o711).catch(() => {});
  const password = await keptSecret(dataDir, "postgres-password", () => randomBytes(24).toString("base64url"));
  const running = async (port: number) => (await find(place)) ?? (await begin(place, home, password, port, progress));

  /** Stops the server when we were the last to use it. */
  const leaveServer = async (leave: () => Promise<void>) => {
    await leave();
    if ((await count(users)) > 0) return;
    const last = await find(place);
    if (last !== undefined) await stop(last);
  };

  const { server, leave } = await exclusively(home, async () => {
    const leaving = await enter(users);
    try {
      return { server: await usable(() => running(0), password), leave: leaving };
    } catch (error) {
      await leaveServer(leaving);
      throw error;
    }
  });

  await trimLog(place);
  const trimming = setInterval(() => void trimLog(place), logCheckMs).unref();
  const stopWatching = watch(server.pid, async () => {
    progress("The embedded PostgreSQL ended by itself; starting it again");
    // On its old port: every process has that in its connections.
    return (await exclusively(home, () => running(server.port))).pid;
  });
  let closed: Promise<void> | undefined;
  const close = async () => {
    clearInterval(trimming);
    await stopWatching();
    await exclusively(home, () => leaveServer(leave));
  };
  return { url: urlOf(server, password, database), pid: server.pid, close: () => (closed ??= close()) };
}

/**
 * Looks every second whether process `pid` lives; when it does not, `revive` makes another and resolves with its id.
 * A failed attempt is repeated. Returns how to stop; resolves when no attempt is in progress.
 */
function watch(pid: number, revive: () => Promise<number>): () => Promise<void> {
  let watched = pid;
  let attempt: Promise<void> | undefined;
  const look = async () => {
    if ((await startOf(watched)) === "gone") watched = await revive();
  };
  const timer = setInterval(() => {
    // Why it failed is in first-words.txt; callers meanwhile see StorageUnavailable.
    attempt ??= look()
      .catch(() => {})
      .finally(() => (attempt = undefined));
  }, watchMs).unref();
  return async () => {
    clearInterval(timer);
    await attempt;
  };
}

async function begin(place: Place, home: string, password: string, port: number, progress: (message: string) => void): Promise<Running> {
  const binaries = await findBinaries(place.data);
  const account = await accountFor(place.data, home, binaries.folder);
  const programs = { folder: binaries.folder, account, env: await libraryPath(binaries, join(home, "lib")) };
  if ((await stat(place.data).catch(() => undefined)) === undefined) {
    progress("Making the database (once)");
    await make(place, programs, user, password);
  }
  return start(place, programs, port);
}

/**
 * The server, once it answers. One that was killed a moment ago still looks alive, and drops the connections it takes: then
 * its end is waited for, and the next one is asked.
 */
async function usable(running: () => Promise<Running>, password: string): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    const server = await running();
    try {
      await requireDatabase(server, password);
      return server;
    } catch (error) {
      if (attempt === connectAttempts || !(await ends(server.pid))) throw error;
    }
  }
}

/** Whether process `pid` is gone within a second. */
async function ends(pid: number): Promise<boolean> {
  for (const until = performance.now() + 1_000; performance.now() < until; await pause(20)) {
    if ((await startOf(pid)) === "gone") return true;
  }
  return false;
}

/** Proves that this is our server (the password fits) and makes the database when it is not there. */
async function requireDatabase(server: Running, password: string): Promise<void> {
  const client = new Client({ connectionString: urlOf(server, password, "postgres"), connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [database]);
    if (rowCount === 0) await client.query(`create database ${database}`);
  } catch (error) {
    const wrong = error instanceof DatabaseError && error.code === "28P01";
    const reason = wrong ? "it refuses the password in DATA_DIR/secrets/postgres-password: the data folder and the secrets folder belong together" : String(error);
    throw new EmbeddedServerFailed(`The embedded PostgreSQL runs but cannot be used: ${reason}`, { cause: error });
  } finally {
    await client.end().catch(() => {});
  }
}

function urlOf(server: Running, password: string, name: string): string {
  return `postgres://${user}:${password}@127.0.0.1:${server.port}/${name}`;
}

/** Removes the oldest log files; PostgreSQL begins a new one every 4 MB but never removes any. */
async function trimLog(place: Place): Promise<void> {
  const names = (await readdir(place.log).catch((): string[] => [])).toSorted();
  for (const name of names.slice(0, -logFiles)) await rm(join(place.log, name), { force: true }).catch(() => {});
}
