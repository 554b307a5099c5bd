/**
 * The first thing `npm start`, `npm test` and the other commands run: on whatever Node the machine has (18 or later),
 * with nothing installed yet. It installs the locked npm packages when they are missing or out of date, finds Node 24
 * (the machine's own, else the one among the packages), sees to the Debian packages a command needs, and hands over.
 *
 *   node bootstrap.mjs start|test|import|... [arguments]
 */
import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
const [command, ...rest] = process.argv.slice(2);
const nodeMajor = 24;
const packagedNode = `node-${process.platform}-${process.arch}`;
const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? "musl" : "glibc";

/** Debian packages by the program that shows they are there. */
const transcoding = { ffmpeg: "ffmpeg", bwrap: "bubblewrap" };
const clusterServers = { "redis-server": "redis-server", "nats-server": "nats-server" };
const testServers = { ...clusterServers, chromium: "chromium", postgres: "postgresql" };
const needs = {
  start: { programs: transcoding, required: false },
  import: { programs: transcoding, required: false },
  "demo-debian": { programs: transcoding, required: false },
  test: { programs: { ...transcoding, ...testServers }, required: true },
  bench: { programs: transcoding, required: false },
  cluster: { programs: clusterServers, required: true },
  chaos: { programs: { ...clusterServers, postgres: "postgresql" }, required: true },
};

function say(message) {
  process.stderr.write(`${message}\n`);
}

/** Whether node_modules holds what package-lock.json says. npm keeps its own record of what it installed. */
function packagesAreInstalled() {
  try {
    const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
    const installed = JSON.parse(readFileSync(join(root, "node_modules/.package-lock.json"), "utf8")).packages;
    return Object.entries(wanted).every(([path, entry]) => path === "" || mayBeMissing(entry) || installed[path]?.version === entry.version)
      && Object.keys(installed).every((path) => wanted[path]?.version === installed[path].version);
  } catch {
    return false;
  }
}

/**
 * Whether npm may rightly have left a package out: optional ones, but not those made for this machine that name the
 * Node they need. npm on an older Node (`npm install` by hand on Node 18) leaves those out, and they are the native
 * parts of packages that do not work without.
 */
function mayBeMissing(entry) {
  if (entry.optional !== true) return false;
  const isForThisMachine = [entry.os].flat().includes(process.platform) && [entry.cpu].flat().includes(process.arch) && [entry.libc ?? libc].flat().includes(libc);
  return !isForThisMachine || entry.engines?.node === undefined;
}

async function installPackages() {
  if (packagesAreInstalled()) return;
  say("Installing the npm packages (about half a minute)...");
  // npm leaves out optional packages whose engines exclude the Node it runs on, and native parts are such packages
  // (sharp's exclude Node 18): it has to run on the Node that will use them.
  const scratch = join(root, ".bootstrap");
  const status = isNewEnough(process.version) ? await npmCi(root, process.execPath) : await npmCiOnPackagedNode(scratch);
  rmSync(scratch, { recursive: true, force: true });
  if (status !== 0) fail("npm ci failed: the packages could not be installed.", status);
}

/** Installs the packaged Node alone into a scratch folder, as locked, then everything with it. */
async function npmCiOnPackagedNode(scratch) {
  const path = `node_modules/${packagedNode}`;
  const entry = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages[path];
  if (entry === undefined) return npmCi(root, process.execPath); // findNode will say which Node is missing
  const only = { name: "bootstrap", version: "0.0.0", dependencies: { [packagedNode]: entry.version } };
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch);
  writeFileSync(join(scratch, "package.json"), JSON.stringify(only));
  writeFileSync(join(scratch, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages: { "": only, [path]: { ...entry, optional: undefined } } }));
  const status = await npmCi(scratch, process.execPath);
  return status === 0 ? npmCi(root, join(scratch, path, "bin/node")) : status;
}

/** Runs `npm ci` in a folder, on the given Node. */
function npmCi(folder, node) {
  const npm = process.env.npm_execpath;
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  // npm tells its children which project they belong to; this one may have another. An npm older than the Node it
  // runs on warns about itself, which helps nobody here.
  const env = { ...withNodeFirst(node), npm_config_local_prefix: folder, NODE_NO_WARNINGS: "1" };
  return run(...(npm?.endsWith(".js") ? [node, [npm, ...args]] : ["npm", args]), env, "inherit", folder);
}

/** Path of a Node of the right major version: this one, else the one that came with the packages. */
function findNode() {
  if (isNewEnough(process.version)) return process.execPath;
  const packaged = join(root, `node_modules/${packagedNode}/bin/node`);
  if (existsSync(packaged)) return packaged;
  return fail(`Node ${nodeMajor} is needed; this is ${process.version}, and npm has none for ${process.platform} ${process.arch}. Install Node ${nodeMajor} and try again.`, 1);
}

function isNewEnough(version) {
  return Number(version.replace("v", "").split(".")[0]) >= nodeMajor;
}

/** The environment in which programs that ask for "node" (npm, npx, test runners, workers) get the given one. */
function withNodeFirst(node) {
  return { ...process.env, PATH: `${join(node, "..")}${delimiter}${process.env.PATH ?? ""}` };
}

function isProgram(name) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  if (name === "postgres") for (let major = 14; major < 30; major++) folders.push(`/usr/lib/postgresql/${major}/bin`);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function installDebianPackages({ programs, required }) {
  const missing = Object.keys(programs).filter((program) => !isProgram(program));
  if (missing.length === 0) return;
  const names = missing.map((program) => programs[program]);
  const byHand = `apt-get install --no-install-recommends ${names.join(" ")}`;
  const isDebian = isProgram("apt-get");
  if (isDebian && process.getuid?.() === 0) {
    say(`Installing Debian packages: ${names.join(", ")}...`);
    if ((await aptInstall(names)) === 0) return;
    say("apt-get could not install them.");
  }
  if (required) fail(`Missing: ${missing.join(", ")}. Run this, then try again:\n  ${isDebian ? `sudo ${byHand}` : `install ${names.join(", ")} (Debian: ${byHand})`}`, 1);
  say(`Going on without ${missing.join(", ")}: a packaged ffmpeg is used, and uploads are not confined. For better: sudo ${byHand}`);
}

/** Installs without starting any service: the tests start their own servers, on ports of their own. */
async function aptInstall(names) {
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "-qq", "--no-install-recommends", ...names];
  try {
    // The lists of a fresh machine are empty or old; a failed update may still leave usable ones.
    await run("apt-get", ["update", "-qq"], env, "ignore");
    return await run("apt-get", install, env, "ignore");
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

function run(program, args, env = process.env, output = "inherit", folder = root) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: folder, env, stdio: ["ignore", output, "inherit"] });
    child.on("error", () => resolve(1));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

function fail(message, status) {
  say(message);
  process.exit(status);
}

/** Runs the command on Node 24 in place of this process, as far as signals and exit status go. */
function handOver(node, args) {
  const child = spawn(node, args, { cwd: root, env: withNodeFirst(node), stdio: "inherit" });
  // Ctrl-C reaches the child by itself; a signal sent to this process alone is passed on.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 1);
  });
}

if (command === undefined) fail("usage: node bootstrap.mjs COMMAND [arguments]", 2);
const need = needs[command];
const results = await Promise.allSettled([installPackages(), need === undefined ? undefined : installDebianPackages(need)]);
for (const result of results) if (result.status === "rejected") fail(String(result.reason), 1);
const node = findNode();
if (!isNewEnough(spawnSync(node, ["--version"]).stdout?.toString() ?? "")) fail(`${node} is too old.`, 1);
handOver(
  node,
  command === "test"
    ? ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning", join(root, "node_modules/jest/bin/jest.js"), ...rest]
    : ["--disable-warning=ExperimentalWarning", join(root, "commands/main.ts"), command, ...rest],
);
