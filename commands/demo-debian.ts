/**
 * `npm run demo:debian [-- --packages a,b]`: fetches freely licensed music from Debian packages and imports
 * it. No package is installed and no root is needed: the packages are downloaded, unpacked into DATA_DIR/demo-debian and
 * kept there, so a second run fetches nothing. Needs apt-get and dpkg-deb (Debian and its kin).
 */
import { spawn } from "node:child_process";
import { access, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { loadConfig } from "../config.ts";
import { importFolder } from "./import-folder.ts";

/** Titled music with clear licences, about 340 MiB in all. */
const demoSet = ["wesnoth-1.16-music", "singularity-music", "hyperrogue-music", "marsshooter-data", "zaz-data"];

export default async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { packages: { type: "string" } } });
  const packages = (values.packages ?? demoSet.join(",")).split(",").map((name) => name.trim()).filter((name) => name !== "");
  const wrong = packages.filter((name) => !/^[a-z0-9][a-z0-9.+-]{1,99}$/.test(name));
  if (packages.length === 0 || wrong.length > 0) {
    console.error(`usage: npm run demo:debian [-- --packages NAME,NAME...]${wrong.length > 0 ? `; not package names: ${wrong.join(", ")}` : ""}`);
    return 2;
  }
  const config = loadConfig();
  const folder = join(config.DATA_DIR, "demo-debian");
  const fetched: string[] = [];
  for (const [i, name] of packages.entries()) {
    const say = (what: string) => console.log(`[${i + 1}/${packages.length}] ${name}: ${what}`);
    try {
      await unpack(name, folder, say);
      fetched.push(name);
    } catch (error) {
      say(`left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (fetched.length === 0) {
    console.error("No package could be fetched. This needs apt-get, dpkg-deb and Debian's package lists (apt-get update).");
    return 1;
  }
  await listLicences(folder, fetched);
  return importFolder(config, folder);
}

/** Leaves the files of package `name` in `folder/name`, unless they are there. */
async function unpack(name: string, folder: string, say: (what: string) => void): Promise<void> {
  const target = join(folder, name);
  if (await exists(target)) return say("is there");
  // Hidden: an import that runs meanwhile passes it over.
  const part = join(folder, `.${name}.part`);
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  try {
    say("downloading...");
    await program("apt-get", ["download", "-qq", name], part);
    const deb = (await readdir(part)).find((file) => file.endsWith(".deb"));
    if (deb === undefined) throw new Error("apt-get brought no package");
    say("unpacking...");
    await program("dpkg-deb", ["-x", deb, "files"], part);
    await rename(join(part, "files"), target);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** Says under which licences the music is: the copyright file of each package, and where it lies. */
async function listLicences(folder: string, packages: readonly string[]): Promise<void> {
  const lines = ["The music in this folder comes from Debian packages. Each package's own copyright file says who made it", "and under which licence it may be used:", ""];
  for (const name of packages) {
    const path = join(folder, name, "usr/share/doc", name, "copyright");
    lines.push(`${name}: ${(await exists(path)) ? relative(folder, path) : "no copyright file; see https://packages.debian.org/" + name}`);
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "LICENCES.txt"), `${lines.join("\n")}\n`);
  console.log(`Licences: ${join(folder, "LICENCES.txt")}`);
}

function program(name: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
    child.on("error", (error) => reject(new Error(`${name} does not start (${error.message})`)));
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`${name} failed: ${said.trim().split("\n").at(-1) ?? `status ${code}`}`))));
  });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
