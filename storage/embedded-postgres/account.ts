/**
 * Under which Unix account the server runs. PostgreSQL refuses root, so a root process starts it as `postgres`, else as
 * `nobody`; the owner of an existing data folder keeps it. Everybody else runs it as themselves.
 *
 * A repository below /root is closed to such an account. Then, and only then, the server gets one capability, to pass
 * and read folders closed to it: CAP_DAC_READ_SEARCH, or CAP_DAC_OVERRIDE where a container grants only that.
 */
import { execFile } from "node:child_process";
import { chown, readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { EmbeddedServerFailed } from "../errors.ts";

const run = promisify(execFile);

export interface Account {
  /** Words to put before a program and its arguments, to run it under the account. Empty: as we are. */
  readonly prefix: readonly string[];
  /** Gives a file or folder to the account. */
  own(path: string): Promise<void>;
}

const ourselves: Account = { prefix: [], own: async () => {} };

/** The account for a server of `programs` (a folder) on `dataFolder` (which may not exist; `parent` does). */
export async function accountFor(dataFolder: string, parent: string, programs: string): Promise<Account> {
  if (process.getuid?.() !== 0) return ourselves;
  const { uid, gid } = (await ownerOf(dataFolder)) ?? (await passwd("postgres")) ?? (await passwd("nobody")) ?? { uid: 65_534, gid: 65_534 };
  const drop = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  const own = (path: string) => chown(path, uid, gid);
  for (const more of [[], pass("dac_read_search"), pass("dac_override")]) {
    const prefix = [...drop, ...more, "--"];
    if (await reaches(prefix, programs, parent)) return { prefix, own };
  }
  throw new EmbeddedServerFailed(
    `PostgreSQL refuses to run as root, and the account ${uid} cannot reach ${parent} or ${programs}. Start as an ordinary user, or set DATA_DIR to a folder it can reach.`,
  );
}

/**
 * Keeps one capability over the change of account and over exec. access(2), which PostgreSQL asks first, heeds it only
 * with no_setuid_fixup.
 */
function pass(capability: string): string[] {
  const only = `-all,+${capability}`;
  return [`--inh-caps=${only}`, `--ambient-caps=${only}`, `--bounding-set=${only}`, "--securebits=+no_setuid_fixup"];
}

/** Tries it: groups, access lists and security modules have their say as well as modes. */
async function reaches(prefix: readonly string[], programs: string, parent: string): Promise<boolean> {
  const [program, ...words] = [...prefix, "sh", "-c", 'test -x "$1/postgres" && test -r "$1/postgres" && test -x "$2"', "sh", programs, parent];
  try {
    await run(program ?? "", words, { timeout: 10_000 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new EmbeddedServerFailed("PostgreSQL refuses to run as root, and `setpriv` (util-linux), which starts it as another user, is not installed. Start as an ordinary user.", { cause: error });
    }
    return false;
  }
}

async function ownerOf(folder: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const { uid, gid } = await stat(folder);
    return uid === 0 ? undefined : { uid, gid };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function passwd(name: string): Promise<{ uid: number; gid: number } | undefined> {
  const line = (await readFile("/etc/passwd", "utf8").catch(() => "")).split("\n").find((entry) => entry.startsWith(`${name}:`));
  const fields = line?.split(":") ?? [];
  const uid = Number(fields[2]);
  return fields[2] !== undefined && Number.isSafeInteger(uid) && uid > 0 ? { uid, gid: Number(fields[3]) } : undefined;
}
