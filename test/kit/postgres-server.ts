/** Debian's PostgreSQL for the tests: a server of its own in a folder of its own, with fsync on as in production. */
import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { chown, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { find, freePort, launch, type ServerProcess } from "../../commands/cluster/servers.ts";

const run = promisify(execFile);

export interface PostgresServer extends ServerProcess {
  /** postgres://postgres@127.0.0.1:port/postgres: a superuser, no password, this machine only. */
  readonly url: string;
  readonly port: number;
}

/** Starts a server in `folder`; one that was there before goes on with its data. `port` 0: any free one. */
export async function startPostgres(folder: string, port = 0): Promise<PostgresServer> {
  const { initdb, postgres } = programs();
  const data = join(folder, "data");
  const account = serverAccount();
  const privileges = account === undefined ? [] : [`--reuid=${account.uid}`, `--regid=${account.gid}`, "--clear-groups"];
  if ((await mkdir(data, { recursive: true, mode: 0o700 })) !== undefined) {
    if (account !== undefined) await chown(data, account.uid, account.gid);
    await run("setpriv", [...privileges, "--", initdb, "-D", data, "-U", "postgres", "--auth=trust", "--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"], { cwd: "/" });
  }
  const chosen = port === 0 ? await freePort() : port;
  const settings = { listen_addresses: "127.0.0.1", port: chosen, unix_socket_directories: "", max_connections: 300, timezone: "UTC", fsync: "on", checkpoint_timeout: "1h", max_wal_size: "4GB" };
  const server = await launch({
    program: postgres,
    words: ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    stopSignal: "SIGINT",
    log: join(folder, "postgres.log"),
    privileges,
    ready: async () => /\nready\s*$/.test(await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "")),
  });
  return { ...server, port: chosen, url: `postgres://postgres@127.0.0.1:${chosen}/postgres` };
}

function programs(): { initdb: string; postgres: string } {
  let majors: string[] = [];
  try {
    majors = readdirSync("/usr/lib/postgresql").toSorted((a, b) => Number(b) - Number(a));
  } catch {
    // Not a Debian, or not installed: find() says what to do.
  }
  const folders = majors.map((major) => `/usr/lib/postgresql/${major}/bin`);
  return { initdb: find("initdb", "postgresql", folders), postgres: find("postgres", "postgresql", folders) };
}

/** PostgreSQL refuses root: then it runs as the account its package made. */
function serverAccount(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const fields = readFileSync("/etc/passwd", "utf8").split("\n").find((line) => line.startsWith("postgres:"))?.split(":");
  if (fields === undefined) throw new Error("PostgreSQL refuses to run as root, and there is no account postgres. Get it with: apt-get install postgresql");
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}
