/** Moleculer's own runner with broker.config.ts, as the head of that file says: a process that serves, and leaves cleanly. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { freePort, freshDatabase, freshFolder, until } from "../kit/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Starts the runner. Whatever it prints is in `output`; `exited` is its exit status. */
function startRunner(env: Readonly<Record<string, string>>): { output(): string; exited: Promise<number | null>; signal(name: NodeJS.Signals): void } {
  const args = ["node_modules/moleculer/bin/moleculer-runner.mjs", "--config", "broker.config.ts", "--mask", "**/*.service.ts", "actors", "gateway"];
  const child = spawn(process.execPath, args, { cwd: root, env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "test", ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (output += part.toString()));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { output: () => output, exited, signal: (name) => void child.kill(name) };
}

test("moleculer-runner starts every service from broker.config.ts, and SIGTERM stops them in order", async () => {
  const [PORT, OPS_PORT] = [String(await freePort()), String(await freePort())];
  const runner = startRunner({ NODE_ID: "runner", HOST: "127.0.0.1", PORT, OPS_PORT, DATABASE_URL: await freshDatabase(), DATA_DIR: await freshFolder("runner"), LOG_LEVEL: "info" });
  let ended = false;
  void runner.exited.then(() => (ended = true));
  try {
    // Ready: somebody offers every action that a listener needs.
    await until(async () => ended || (await fetch(`http://127.0.0.1:${PORT}/ready`).then(({ status }) => status === 200, () => false)), 30_000);
    expect(ended ? runner.output() : "serving").toBe("serving");
    expect((await fetch(`http://127.0.0.1:${PORT}/v1/genres`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${OPS_PORT}/metrics`)).status).toBe(200);
    runner.signal("SIGTERM");
    expect(await runner.exited).toBe(0);
    expect(runner.output()).toMatch(/ServiceBroker is stopped/);
  } finally {
    runner.signal("SIGKILL");
  }
});

test("moleculer-runner refuses SERVICES, which it would take for files, instead of starting an empty node", async () => {
  const runner = startRunner({ SERVICES: "catalog,search", DATABASE_URL: await freshDatabase(), DATA_DIR: await freshFolder("runner"), LOG_LEVEL: "info" });
  try {
    await until(() => /SERVICES is for npm start|ServiceBroker with \d+ service/.test(runner.output()), 30_000);
    expect(runner.output()).toMatch(/SERVICES is for npm start/);
    expect(await runner.exited).toBe(1);
  } finally {
    runner.signal("SIGKILL");
  }
});
