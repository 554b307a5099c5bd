/**
 * A PostgreSQL server process on a data folder: making the folder, starting, finding a running one, stopping.
 *
 *   empty --make--> made --start--> running --stop--> made
 *                     ^               |
 *                     +--- kill -9 ---+   (PostgreSQL replays its log at the next start)
 *
 * The server is a process of its own session: Ctrl-C in a terminal reaches us only, and when we are killed it goes on
 * and the next process finds it by its postmaster.pid.
 */
import { spawn } from "node:child_process";
import { mkdir, open, readFile, readlink, realpath, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { EmbeddedServerFailed } from "../errors.ts";
import type { Account } from "./account.ts";
import { startOf } from "./users.ts";

/** Crash recovery replays at most max_wal_size; a slow disk may take minutes for it. */
const startMs = 300_000;
/** Fast shutdown writes a checkpoint; then ends without one (recovery at next start); then is killed. */
const fastStopMs = 30_000;
const immediateStopMs = 5_000;
const pollMs = 10;

export interface Place {
  /** PostgreSQL's data folder. */
  readonly data: string;
  /** Where the server writes its log. */
  readonly log: string;
  /** What initdb and the server say before the log is open. */
  readonly firstWords: string;
}

export interface Programs {
  readonly folder: string;
  readonly account: Account;
  /** Environment the programs need; they get no other but PATH. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Running {
  readonly pid: number;
  readonly port: number;
}

/** Makes the data folder: UTF-8, page checksums, `user` with `password`, no access without it. */
export async function make(place: Place, programs: Programs, user: string, password: string): Promise<void> {
  // Made beside and renamed: a data folder is complete or not there.
  const draft = `${place.data}.draft`;
  const secret = `${place.data}.secret`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await programs.account.own(draft);
  await rm(secret, { force: true });
  await writeFile(secret, password, { mode: 0o600, flag: "wx" });
  await programs.account.own(secret);
  try {
    const words = ["-D", draft, "-U", user, `--pwfile=${secret}`, "--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8"];
    const { ended } = await launch(place, programs, "initdb", words);
    const status = await ended;
    if (status !== 0) throw new EmbeddedServerFailed(`initdb ended with ${status}: ${await firstWords(place)}`);
    await rename(draft, place.data);
  } finally {
    await rm(secret, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * Starts the server and resolves when it accepts connections. `port` 0: any free one. Throws EmbeddedServerFailed with
 * what the server said.
 */
export async function start(place: Place, programs: Programs, port: number): Promise<Running> {
  await removeStalePid(place);
  await mkdir(place.log, { recursive: true, mode: 0o700 });
  await programs.account.own(place.log);
  const until = Date.now() + startMs;
  for (;;) {
    const chosen = port === 0 ? await freePort() : port;
    const { ended, pid } = await launch(place, programs, "postgres", ["-D", place.data, ...settings(place, chosen)]);
    const running = await ready(place, pid, until);
    if (running !== undefined) return running;
    const words = await firstWords(place);
    if ((await startOf(pid)) !== "gone") {
      await stop({ pid });
      throw new EmbeddedServerFailed(`PostgreSQL did not start within ${startMs / 1_000} s: ${words}`);
    }
    // Someone took the port after we looked, or the server's children outlive a killed server for a moment.
    const again = /Address already in use|could not create any TCP\/IP sockets|pre-existing shared memory block/.test(words);
    if (!again || Date.now() > until) throw new EmbeddedServerFailed(`PostgreSQL ended with ${await ended} at its start: ${words}`);
    await pause(100);
  }
}

/** Resolves with the server once process `pid` has noted that it accepts connections, with undefined when it ended or `until` passed. */
async function ready(place: Place, pid: number, until: number): Promise<Running | undefined> {
  for (; Date.now() < until; await pause(pollMs)) {
    const noted = await readPid(place);
    // setpriv becomes the server by exec, so its process id is the server's.
    if (noted?.pid === pid && noted.status === "ready") return { pid, port: noted.port };
    if ((await startOf(pid)) === "gone") return undefined;
  }
  return undefined;
}

/** The server that runs on this data folder, when it accepts connections; undefined when there is none. Waits for one that is recovering or stopping. */
export async function find(place: Place): Promise<Running | undefined> {
  for (const until = Date.now() + startMs; Date.now() < until; await pause(pollMs)) {
    const noted = await readPid(place);
    if (noted === undefined || !(await isServer(noted.pid, place))) return undefined;
    if (noted.status === "ready") return { pid: noted.pid, port: noted.port };
  }
  throw new EmbeddedServerFailed(`PostgreSQL runs on ${place.data} but has accepted no connection for ${startMs / 1_000} s`);
}

/** Stops the server: fast, then immediate, then by kill; every step has its bound. Resolves when the process has ended. */
export async function stop(server: Pick<Running, "pid">): Promise<void> {
  const born = await startOf(server.pid);
  if (born === "gone") return;
  for (const [signal, waitMs] of [["SIGINT", fastStopMs], ["SIGQUIT", immediateStopMs], ["SIGKILL", immediateStopMs]] as const) {
    try {
      process.kill(server.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") return;
      throw error;
    }
    for (const until = Date.now() + waitMs; Date.now() < until; await pause(pollMs)) {
      if ((await startOf(server.pid)) !== born) return;
    }
  }
  throw new EmbeddedServerFailed(`the PostgreSQL process ${server.pid} does not end`);
}

function settings(place: Place, port: number): string[] {
  const quarter = Math.floor(totalmem() / 4 / 1024 / 1024);
  const values: Record<string, string | number> = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    // A local cluster of some nodes, each with a pool; an idle one costs 10 kB of shared memory.
    max_connections: 200,
    // The page cache does the rest; a laptop has better uses for its memory.
    shared_buffers: `${Math.max(32, Math.min(256, quarter))}MB`,
    effective_cache_size: `${Math.max(64, quarter)}MB`,
    // Parallel workers need shared memory that containers bound to 64 MB.
    max_parallel_workers_per_gather: 0,
    // npm's server comes without the library.
    jit: "off",
    // What "acknowledged" rests on, said once more so that no edited postgresql.conf takes it back.
    fsync: "on",
    synchronous_commit: "on",
    full_page_writes: "on",
    timezone: "UTC",
    logging_collector: "on",
    log_directory: place.log,
    log_filename: "%Y%m%dT%H%M%S.log",
    log_rotation_size: "4MB",
    log_rotation_age: 0,
    log_file_mode: "0600",
    log_min_messages: "warning",
    // Statements may carry what people typed.
    log_min_error_statement: "panic",
    log_checkpoints: "off",
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function launch(place: Place, programs: Programs, program: string, words: readonly string[]): Promise<{ pid: number; ended: Promise<number | string> }> {
  const output = await open(place.firstWords, "w", 0o600);
  try {
    const [command, ...before] = [...programs.account.prefix, join(programs.folder, program)];
    const child = spawn(command ?? "", [...before, ...words], {
      cwd: "/",
      detached: true,
      stdio: ["ignore", output.fd, output.fd],
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", ...programs.env },
    });
    const ended = new Promise<number | string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (status, signal) => resolve(status ?? signal ?? "no status"));
    });
    child.unref();
    return { pid: child.pid ?? -1, ended };
  } finally {
    await output.close();
  }
}

interface NotedPid {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

/** Lines of postmaster.pid: process id, data folder, start time, port, socket folder, address, shared memory, status. */
async function readPid(place: Place): Promise<NotedPid | undefined> {
  const text = await readFile(join(place.data, "postmaster.pid"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const lines = text.split("\n");
  return { pid: Number(lines[0]), port: Number(lines[3] ?? 0), status: (lines[7] ?? "").trim() };
}

/** A server's working folder is its data folder, which tells it from a process that got its number after a crash. */
async function isServer(pid: number, place: Place): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid < 2 || (await startOf(pid)) === "gone") return false;
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return folder !== undefined && folder === (await realpath(place.data));
}

/**
 * PostgreSQL believes the postmaster.pid of a crash when the number belongs to any process: another one (containers
 * reuse low numbers at once), or a killed server that its parent has not noticed. It goes on to look for shared memory
 * in use, so a server that lives is found even without the file.
 */
async function removeStalePid(place: Place): Promise<void> {
  const noted = await readPid(place);
  if (noted !== undefined && !(await isServer(noted.pid, place))) await rm(join(place.data, "postmaster.pid"));
}

async function firstWords(place: Place): Promise<string> {
  const text = await readFile(place.firstWords, "utf8").catch(() => "");
  return text.trim().split("\n").slice(-8).join("\n") || "it said nothing";
}

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
