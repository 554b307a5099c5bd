/** bootstrap.mjs on a machine with an older Node: which Node npm runs on, and when packages count as installed. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { freshFolder } from "../kit/index.ts";

const packagedNode = `node-${process.platform}-${process.arch}`;
const machine = { os: [process.platform], cpu: [process.arch], optional: true };
const locked = {
  "node_modules/pure": { version: "1.0.0" },
  "node_modules/native": { version: "2.0.0", ...machine, engines: { node: ">=20" } },
  "node_modules/elsewhere": { version: "2.0.0", os: ["aix"], cpu: [process.arch], optional: true, engines: { node: ">=20" } },
  [`node_modules/${packagedNode}`]: { version: "24.0.0", integrity: "sha512-locked", ...machine },
};

/** An npm that installs whatever the lock names, and notes in npm.log where, on which Node and with which integrity of that Node. */
const npm = `
  const { appendFileSync, mkdirSync, readFileSync, writeFileSync, chmodSync } = require("node:fs");
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  appendFileSync(process.env.NPM_LOG, JSON.stringify({ names: Object.keys(packages).filter((path) => path !== "").length, on: process.env.RAN_ON ?? "machine", integrity: packages["node_modules/${packagedNode}"].integrity }) + "\\n");
  mkdirSync("node_modules/${packagedNode}/bin", { recursive: true });
  writeFileSync("node_modules/${packagedNode}/bin/node", "#!/bin/sh\\nRAN_ON=packaged exec '${process.execPath}' \\"$@\\"\\n");
  chmodSync("node_modules/${packagedNode}/bin/node", 0o755);
  writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages }));
`;

interface Project {
  folder: string;
  /** Runs a command as a machine with Node 18 would; answers what the command printed and each run of npm. */
  run(): Promise<{ output: string; npm: unknown[] }>;
}

async function project(): Promise<Project> {
  const folder = await freshFolder("bootstrap");
  const log = join(folder, "npm.log");
  await mkdir(join(folder, "commands"));
  await copyFile(fileURLToPath(new URL("../../bootstrap.mjs", import.meta.url)), join(folder, "bootstrap.mjs"));
  await writeFile(join(folder, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages: { "": { name: "x" }, ...locked } }));
  await writeFile(join(folder, "commands/main.ts"), "console.log('ran on', process.env['RAN_ON'] ?? 'machine')");
  await writeFile(join(folder, "npm.js"), npm);
  await writeFile(join(folder, "node18.cjs"), "Object.defineProperty(process, 'version', { value: 'v18.20.4' });");
  return {
    folder,
    async run() {
      await writeFile(log, "");
      const args = ["--require", join(folder, "node18.cjs"), join(folder, "bootstrap.mjs"), "config"];
      const child = spawn(process.execPath, args, { env: { PATH: process.env["PATH"] ?? "", NPM_LOG: log, npm_execpath: join(folder, "npm.js") }, stdio: ["ignore", "pipe", "pipe"] });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (output += part.toString()));
      await new Promise((resolve) => child.once("close", resolve));
      const lines = (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
      return { output, npm: lines.map((line): unknown => JSON.parse(line)) };
    },
  };
}

test("on an older Node, npm installs on the packaged Node: it leaves out native packages that exclude the Node it runs on", async () => {
  const { folder, run } = await project();
  const first = await run();
  expect(first.npm).toEqual([
    { names: 1, on: "machine", integrity: "sha512-locked" },
    { names: Object.keys(locked).length, on: "packaged", integrity: "sha512-locked" },
  ]);
  expect(first.output).toContain("ran on packaged");
  expect(existsSync(join(folder, ".bootstrap"))).toBe(false);
  expect((await run()).npm).toEqual([]);
});

test("packages that npm left out on an older Node are installed, those of other machines not missed", async () => {
  const { folder, run } = await project();
  await run();
  const record = join(folder, "node_modules/.package-lock.json");
  const { "node_modules/native": native, "node_modules/elsewhere": elsewhere, ...others } = locked;
  await writeFile(record, JSON.stringify({ packages: { ...others, "node_modules/native": native } }));
  expect((await run()).npm).toEqual([]);
  await writeFile(record, JSON.stringify({ packages: { ...others, "node_modules/elsewhere": elsewhere } }));
  expect((await run()).npm).toHaveLength(2);
});
