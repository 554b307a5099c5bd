import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freshFolder, until } from "../../test/kit/index.ts";
import { EmbeddedServerFailed } from "../errors.ts";
import { openDatabase } from "../postgres/index.ts";
import { keptSecret } from "../secret.ts";
import { accountFor } from "./account.ts";
import { findBinaries } from "./binaries.ts";
import { openEmbeddedServer, type EmbeddedServer } from "./index.ts";
import { make } from "./server.ts";
import { startOf } from "./users.ts";

const isGone = async (pid: number) => (await startOf(pid)) === "gone";

async function query(server: EmbeddedServer, sql: string): Promise<Record<string, unknown>[]> {
  const database = await openDatabase(server.url, "test");
  try {
    return await database.query(sql);
  } finally {
    await database.close();
  }
}

describe("embedded PostgreSQL", () => {
  let dataDir: string;
  const opened: EmbeddedServer[] = [];
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    dataDir = join(await freshFolder("embedded"), "data");
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const server of opened.splice(0)) await server.close();
  });

  const open = async (folder = dataDir, progress?: (message: string) => void) => {
    const server = await openEmbeddedServer(folder, progress);
    opened.push(server);
    return server;
  };

  /** Another process that opens the server; resolves with the server's process id and how to close it in an orderly way. */
  const openElsewhere = async () => {
    const code = `
      const { openEmbeddedServer } = await import(${JSON.stringify(new URL("./index.ts", import.meta.url).href)});
      const server = await openEmbeddedServer(${JSON.stringify(dataDir)});
      console.log(server.pid);
      process.stdin.once("end", () => void server.close()).resume();`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    const ended = once(child, "exit").then(() => Promise.reject(new Error("the other process ended before it had opened the server")));
    ended.catch(() => {});
    const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), ended])) as [string];
    const close = async () => {
      child.stdin.end();
      await once(child, "exit");
    };
    return { pid: Number(line), child, close };
  };

  test("first start - makes a database that only this folder's secret opens, and keeps it for the next", async () => {
    const said: string[] = [];
    const first = await open(dataDir, (message) => said.push(message));
    expect(said).toEqual(["Making the database (once)"]);
    await query(first, "create table kept as select 42 as n");
    await expect(openDatabase(first.url.replace(/:[^:@]+@/, ":wrong@"), "test")).rejects.toMatchObject({ code: "28P01" });
    expect((await stat(join(dataDir, "secrets", "postgres-password"))).mode & 0o777).toBe(0o600);
    await first.close();
    expect(await isGone(first.pid)).toBe(true);

    const second = await open(dataDir, (message) => said.push(message));
    expect(said).toHaveLength(1);
    expect(await query(second, "select n from kept")).toEqual([{ n: 42 }]);
    expect(await query(second, "select inet_server_addr()::text as address, setting from pg_settings where name = 'unix_socket_directories'")).toEqual([{ address: "127.0.0.1/32", setting: "" }]);
  });

  test("two processes - share one server; whoever leaves last stops it", async () => {
    const starter = await openElsewhere();
    const here = await open();
    expect(here.pid).toBe(starter.pid);
    await starter.close();
    expect(await query(here, "select 1 as one")).toEqual([{ one: 1 }]);
    await here.close();
    expect(await isGone(here.pid)).toBe(true);
  });

  test("many at once - on a new folder make and start one server", async () => {
    const servers = await Promise.all(Array.from({ length: 4 }, () => openElsewhere()));
    expect(new Set(servers.map(({ pid }) => pid)).size).toBe(1);
    await Promise.all(servers.map((server) => server.close()));
    await until(() => isGone(servers[0]?.pid ?? 0));
  });

  test("a starter that was killed - leaves a server that the next one takes over and stops", async () => {
    const starter = await openElsewhere();
    starter.child.kill("SIGKILL");
    await once(starter.child, "exit");
    expect(await isGone(starter.pid)).toBe(false);
    const next = await open();
    expect(next.pid).toBe(starter.pid);
    await next.close();
    expect(await isGone(next.pid)).toBe(true);
    expect(await readdir(join(dataDir, "postgres", "users"))).toEqual([]);
  });

  test("a server that was killed with its starter - recovers what was committed", async () => {
    const starter = await openElsewhere();
    const here = await open();
    await query(here, "create table kept as select 42 as n");
    starter.child.kill("SIGKILL");
    process.kill(here.pid, "SIGKILL");
    await here.close();
    const next = await open();
    expect(await query(next, "select n from kept")).toEqual([{ n: 42 }]);
  });

  test("a process id file of a crash - does not matter when the number belongs to another process now", async () => {
    // A process of the same account, and none of the new server's ancestors, which PostgreSQL makes allowances for.
    const other = await open(join(await freshFolder("other"), "data"));
    const first = await open();
    const path = join(dataDir, "postgres", "data", "postmaster.pid");
    const noted = (await readFile(path, "utf8")).replace(/^\d+/, String(other.pid));
    await first.close();
    await writeFile(path, noted);
    const next = await open();
    expect(await query(next, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("a folder of a PostgreSQL that is not here - says which to install, and stays as it is", async () => {
    const data = join(dataDir, "postgres", "data");
    await mkdir(data, { recursive: true });
    await writeFile(join(data, "PG_VERSION"), "9\n");
    const refused = open();
    await expect(refused).rejects.toThrow(EmbeddedServerFailed);
    await expect(refused).rejects.toThrow(/made by PostgreSQL 9; here is .*apt-get install postgresql-9/);
    expect(await readdir(data)).toEqual(["PG_VERSION"]);
  });

  test("a folder of the machine's PostgreSQL - is opened by that", async () => {
    const major = (await readdir("/usr/lib/postgresql")).toSorted((a, b) => Number(b) - Number(a))[0] ?? "";
    const home = join(dataDir, "postgres");
    const hint = join(dataDir, "hint");
    await mkdir(hint, { recursive: true });
    await mkdir(home);
    await chmod(dataDir, 0o711);
    await writeFile(join(hint, "PG_VERSION"), major);
    const { folder } = await findBinaries(hint);
    const account = await accountFor(join(home, "data"), home, folder);
    const place = { data: join(home, "data"), log: join(home, "log"), firstWords: join(home, "first-words.txt") };
    await make(place, { folder, account, env: {} }, "ensemble", await keptSecret(dataDir, "postgres-password", () => "x".repeat(32)));

    const server = await open();
    expect(await query(server, "select current_setting('server_version') as version")).toEqual([{ version: expect.stringMatching(new RegExp(`^${major}\\.`)) }]);
  });

  test("a lost secret - is said, and the server not left running", async () => {
    const first = await open();
    await first.close();
    await rm(join(dataDir, "secrets", "postgres-password"));
    await expect(open()).rejects.toThrow(/belong together/);
    expect(await readdir(join(dataDir, "postgres", "data"))).not.toContain("postmaster.pid");
  });

  test("a folder closed to other accounts - is no hindrance for root", async () => {
    const closed = await freshFolder("closed");
    await chmod(closed, 0o700);
    const server = await open(join(closed, "data"));
    expect(await query(server, "select 1 as one")).toEqual([{ one: 1 }]);
    const uid = /^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${server.pid}/status`, "utf8"))?.[1];
    expect(uid).toBe(String(process.getuid?.() === 0 ? (await stat(join(closed, "data", "postgres", "data"))).uid : process.getuid?.()));
    expect(uid).not.toBe("0");
  });
});
