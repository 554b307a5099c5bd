/**
 * The operator's console as a process of its own, driven through its standard input: it joins two nodes of actors over
 * NATS, hosts none, and sees and moves what lives on them.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Overview } from "../../actors/index.ts";
import { counterService } from "../../actors/runtime/testing/counter.ts";
import { admin, startTestNode, type TestNode } from "../../actors/testing/node.ts";
import { commandLine } from "../../commands/cluster/servers.ts";
import type { Config } from "../../config.ts";
import { freshDatabase, freshFolder, startNats, until, type NatsServer } from "../kit/index.ts";

let nats: NatsServer;
let shared: Partial<Config>;
let a: TestNode;
let b: TestNode;

beforeAll(async () => {
  // Of its own: the console asks whichever nodes it meets.
  nats = await startNats(await freshFolder("nats"));
  shared = {
    DATABASE_URL: await freshDatabase(),
    NATS_URL: nats.url,
    NATS_NKEY_SEED: nats.nodeSeed,
    TOKEN_PRIVATE_KEY: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
    URL_SIGNING_KEYS: `k1:${randomBytes(32).toString("base64")}`,
  };
  a = await startTestNode([counterService], { ...shared, NODE_ID: "node-a" });
  b = await startTestNode([counterService], { ...shared, NODE_ID: "node-b" });
  // An actor that is called now stays where it is.
  await until(async () => {
    const { nodes, moving } = await a.call<Overview>("actors.shards", {}, admin);
    return nodes.length === 2 && moving.length === 0;
  }, 20_000);
}, 60_000);

afterAll(async () => {
  await Promise.all([a?.stop(), b?.stop()]);
  await nats?.stop();
}, 60_000);

const add = (counterId: string) => a.call<{ value: number }>("counter.add", { counterId, opId: randomUUID(), amount: 1 });

async function start(settings: Partial<Config>, terminal = false): Promise<ChildProcessWithoutNullStreams> {
  const { env, args } = commandLine({ NODE_ENV: "test", NODE_ID: `console-${randomUUID().slice(0, 4)}`, DATA_DIR: await freshFolder("console"), ...settings }, "repl");
  const all = { ...env, HOME: await freshFolder("home"), TERM: "xterm" };
  if (!terminal) return spawn(process.execPath, args, { env: all });
  return spawn("script", ["-qec", `stty cols 300; exec '${process.execPath}' ${args.map((arg) => `'${arg}'`).join(" ")}`, "/dev/null"], { env: all });
}

/** Runs lines as a script does: all at once, then the end of the input. Answers what was printed. */
async function run(lines: readonly string[], settings: Partial<Config> = shared): Promise<string> {
  const console = await start(settings);
  let shown = "";
  for (const stream of [console.stdout, console.stderr]) stream.on("data", (part: Buffer) => (shown += part.toString()));
  const late = setTimeout(() => console.kill("SIGKILL"), 50_000);
  const ended = new Promise((resolve) => console.once("exit", resolve));
  console.stdin.end(`${lines.join("\n")}\n`);
  const code = await ended;
  clearTimeout(late);
  expect({ code, shown }).toMatchObject({ code: 0 });
  return shown;
}

/** The JSON that lines printed, in order. */
const jsonIn = (shown: string): unknown[] => shown.split("\n").filter((line) => /^[[{]/.test(line)).map((line) => JSON.parse(line) as unknown);

describe("the console", () => {
  test("prints tables for people, and help for each of its commands", async () => {
    await add("shown");
    await a.call("counter.value", { counterId: "shown" });
    await a.call("counter.reset", { counterId: "reminded", opId: randomUUID(), at: Date.UTC(2_100, 0) });
    const shown = await run(["actors --top 2", "actor counter shown", "actor counter reminded", "where counter shown", "shards", "log counter shown", "replay counter shown --verify", "drain --help", "help"]);
    expect(shown).toMatch(/Node +│ Shards │ Active/);
    expect(shown).toMatch(/node-a +│ +\d+ │/);
    expect(shown).toMatch(/counter shown +│ node-[ab] +│ +1 │/);
    expect(shown).toMatch(/^version +1$/m);
    expect(shown).toMatch(/^shard +counter\/\d+$/m);
    expect(shown).toMatch(/^reminder +reset: 2100-01-01 00:00:00\.000$/m);
    expect(shown).toMatch(/node-b +│ counter │ up +│ +\d+ │/);
    expect(shown).toMatch(/│ \{"added":1\} +║/);
    expect(shown).toContain("snapshot: there is none\nlive actor at version 1: equal");
    expect(shown).toMatch(/Usage: .*drain \[options\] <node>[^]*-y, --yes +do not ask/);
    for (const name of ["actors", "actor", "where", "passivate", "shards", "shard", "drain", "undrain", "log", "replay"]) expect(shown).toMatch(new RegExp(`^ +${name} \\[options\\]`, "m"));
  }, 60_000);

  test("prints JSON for programs: one line for each command, in their order", async () => {
    const shown = await run([
      "shards --json", "where counter scripted --json", "actor counter scripted --json", "actors --type counter --top 1 --json",
      "log counter shown --json", "replay counter shown --json", "replay counter shown --verify --json",
    ]);
    expect(jsonIn(shown)).toMatchObject([
      { nodes: [{ node: "node-a", type: "counter" }, { node: "node-b", type: "counter" }], moving: [] },
      { shard: expect.stringMatching(/^counter\/\d+$/), pinned: null },
      { type: "counter", key: "scripted", version: 0, live: null },
      { nodes: [{ node: "node-a", turnsPerSecond: expect.any(Number) }, { node: "node-b", commitMs: null }], silent: [], hottest: [{ type: "counter" }] },
      { version: 1, entries: [{ seq: 1, event: { added: 1 } }] },
      { version: 1, state: 1 },
      { equal: true, snapshot: null, live: { equal: true } },
    ]);
  }, 60_000);

  test("moves a shard, drains a node and lets it back, and says what it did", async () => {
    await add("moved");
    const [place] = jsonIn(await run(["where counter moved --json"])) as [{ shard: string; owner: string }];
    const other = place.owner === "node-a" ? "node-b" : "node-a";
    const shown = await run([
      `shard move ${place.shard} ${other} --yes --json`, "where counter moved --json", `shard unpin ${place.shard} --yes --json`,
      "drain node-b --yes --json", "drain node-a --yes", "shards --json", "undrain node-b --yes --json", "passivate counter moved --yes --json",
    ]);
    expect(jsonIn(shown)).toMatchObject([
      { shard: place.shard, from: place.owner, to: other },
      { owner: other, pinned: other },
      { from: other, to: place.owner },
      { node: "node-b", shards: expect.any(Number) },
      { nodes: [{ node: "node-a", owned: 256 }, { node: "node-b", owned: 0, leaving: true }] },
      { node: "node-b" },
      { node: expect.any(String), passivated: false },
    ]);
    expect(shown).toContain("No other live node takes counter: start one first.");
    expect((await add("moved")).value).toBe(2);
  }, 60_000);

  test("asks before it changes anything, and takes no for an answer", async () => {
    const console = await start(shared);
    let shown = "";
    console.stdout.on("data", (part: Buffer) => (shown += part.toString()));
    const ended = new Promise((resolve) => console.once("exit", resolve));
    const say = async (line: string, answer: RegExp) => {
      shown = "";
      console.stdin.write(`${line}\n`);
      await until(() => answer.test(shown), 15_000);
    };
    try {
      await until(() => shown.includes("ensemble $"), 30_000);
      await say("drain node-b", /Give all shards of node-b to other nodes\? \[y\/N\]/);
      await say("n", /Nothing was changed\.[^]*ensemble \$/);
      await say("drain node-b", /\[y\/N\]/);
      await say("y", /node-b gave \d+ shards away in \d+ ms/);
      await say("undrain node-b --yes", /node-b took \d+ shards/);
      console.stdin.write("quit\n");
      expect(await ended).toBe(0);
    } finally {
      console.kill("SIGKILL");
    }
  }, 60_000);

  test("answers mistakes with a sentence", async () => {
    const shown = await run(["drain node-c --yes", "where cuonter x", "actor counter --json", "shards", "shard move counter/300 node-a --yes", "log counter x --limit many", "shard spin counter/1"]);
    expect(shown).toContain('No node "node-c" hosts actors; there are node-a, node-b.');
    expect(shown).toContain('There are no actors of type "cuonter"; there are counter.');
    expect(shown).toContain("missing required argument 'key'");
    // An option of a line that failed is not the next one's.
    expect(jsonIn(shown)).toEqual([]);
    expect(shown).toContain("counter has the shards counter/0 to counter/255.");
    expect(shown).toContain("--limit is a whole number from 1 on.");
    expect(shown).toContain("shard show SHARD, shard move SHARD NODE or shard unpin SHARD.");
    expect(shown).not.toMatch(/^ +at .*\(|undefined/m);
  }, 60_000);

  test("completes nodes, shards, types and options at a terminal", async () => {
    const console = await start(shared, true);
    let shown = "";
    console.stdout.on("data", (part: Buffer) => (shown += part.toString()));
    const shows = (text: RegExp, withinMs: number) => until(() => text.test(shown), withinMs).then(() => true, () => false);
    // One tab completes what is common to all, the next one lists them. Tabs that arrive together are taken for pasted text, so
    // each waits for what the one before it showed, and a line that a busy machine spoiled is typed anew.
    const type = async (text: string, answer: RegExp) => {
      for (let attempt = 0; attempt < 5; attempt += 1) {
        shown = "";
        console.stdin.write(`\x15${text}`);
        await until(() => shown.includes(text), 10_000);
        for (const waitMs of [500, 3_000]) {
          console.stdin.write("\t");
          if (await shows(answer, waitMs)) return;
        }
      }
      throw new Error(`${JSON.stringify(text)} showed ${JSON.stringify(shown)}`);
    };
    try {
      await until(() => shown.includes("ensemble $"), 30_000);
      await type("drain ", /node-a[^]*node-b/);
      await type("shard move counter/25", /counter\/255/);
      await type("shard u", /shard unpin/);
      await type("where c", /where counter/);
      await type("log counter x --fr", /--from/);
      await type("call actors.dra", /call actors\.drain/);
    } finally {
      // Killed, it would leave the console behind that it started.
      const ended = new Promise((resolve) => console.once("exit", resolve));
      console.stdin.write("\x15quit\r");
      await Promise.race([ended, until(() => console.exitCode !== null, 10_000).catch(() => undefined)]);
      console.kill("SIGKILL");
    }
  }, 60_000);

  test("says where actors are when it reaches none", async () => {
    const shown = await run(["actors", "where counter x"], { DATABASE_URL: shared.DATABASE_URL });
    expect(shown).toContain("embedded, they live in the running npm start");
  }, 60_000);
});
