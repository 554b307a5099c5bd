/**
 * Simulations from the operator's console: started as a process of their own, told above the prompt, one at a time, ended with the console.
 * What a simulation measures is its own tests' matter; here it comes as far as its servers.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, expect, test } from "@jest/globals";
import { commandLine } from "../../commands/cluster/servers.ts";
import { freshFolder, testConfig, until } from "../kit/index.ts";

const consoles: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const console of consoles.splice(0)) console.kill("SIGKILL");
});

async function start(terminal: boolean) {
  const { DATABASE_URL } = await testConfig();
  const { env, args } = commandLine({ NODE_ENV: "test", DATA_DIR: await freshFolder("console"), DATABASE_URL }, "repl");
  const all = { ...env, HOME: await freshFolder("home"), TERM: "xterm" };
  const child = terminal
    ? spawn("script", ["-qec", `stty cols 200; exec '${process.execPath}' ${args.map((arg) => `'${arg}'`).join(" ")}`, "/dev/null"], { env: all })
    : spawn(process.execPath, args, { env: all });
  consoles.push(child);
  const seen = { shown: "", child, ended: new Promise<number | null>((resolve) => child.once("exit", resolve)) };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (seen.shown += part.toString()));
  return seen;
}

/** Processes of this machine whose command line says so. */
const processes = (words: string): number[] => readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((name) => {
  try {
    return readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").includes(words) ? [Number(name)] : [];
  } catch {
    return [];
  }
});

test("lists scenarios and answers mistakes with a sentence, without starting anything", async () => {
  const console = await start(false);
  console.child.stdin.end(["sim list --json", "sim status", "sim status --json", "sim stop", "sim run", "sim run nothing-like-this", "sim spin"].join("\n"));
  expect(await console.ended).toBe(0);
  const [list] = console.shown.split("\n").filter((line) => line.startsWith("[")).map((line) => JSON.parse(line) as { name: string }[]);
  expect(list?.map(({ name }) => name)).toContain("concurrent-streams");
  expect(console.shown).toContain("No simulation was started at this console.");
  expect(console.shown).toMatch(/^null$/m);
  expect(console.shown).toContain("No simulation runs.");
  expect(console.shown.match(/Say which: sim run concurrent-streams/g)).toHaveLength(2);
  expect(console.shown).toContain("sim run SCENARIO [options], sim list, sim status or sim stop.");
  expect(console.shown).not.toMatch(/^ +at .*\(/m);
}, 60_000);

test("tells how it goes above the prompt, runs one at a time, and ends with the console", async () => {
  // By its seed a simulation of this test is known among those of others.
  const seed = String(1_000_000 + process.pid);
  const console = await start(true);
  const says = (answer: RegExp, withinMs = 30_000) => until(() => answer.test(console.shown), withinMs);
  await says(/ensemble \$/);
  console.child.stdin.write(`sim run concurrent-streams --seed ${seed} --scale 1e-6\r`);
  await says(/Started concurrent-streams on a cluster of its own/);
  console.child.stdin.write("shar");
  // The prompt and what was typed stand below the line again.
  await says(/sim: Starting 2 nodes and 1 gateway[^]*ensemble \$ (?:.\[\d+G)?[^\n]*shar/);
  // A process that it forks carries its command line until it has become another program.
  await until(() => processes(`--seed ${seed}`).length === 1, 10_000);
  console.child.stdin.write("\x15sim run concurrent-streams\r");
  await says(/concurrent-streams runs already; sim stop ends it\./);
  console.child.stdin.write("sim status\r");
  await says(/state +running/);
  console.child.stdin.write("sim stop\r");
  await says(/concurrent-streams drains, and writes the report of what was\./);
  console.child.stdin.write("sim stop\r");
  await says(/was asked already/);
  console.child.stdin.write("quit\r");
  expect(await console.ended).toBe(0);
  await until(() => processes(`--seed ${seed}`).length === 0, 10_000);
}, 120_000);
