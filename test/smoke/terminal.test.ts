/** `npm start` at a terminal, which it treats otherwise than a log: progress bar, Ctrl-C. The terminal is util-linux's `script`. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { makeTestTrack } from "../kit/audio.ts";
import { freshFolder, testConfig, until } from "../kit/index.ts";

const main = fileURLToPath(new URL("../../commands/main.ts", import.meta.url));

test("Ctrl-C in the middle of an import ends the service and gives the cursor back", async () => {
  const { DATABASE_URL = "", DATA_DIR } = await testConfig();
  const music = await freshFolder("music");
  for (let n = 0; n < 6; n++) await makeTestTrack(join(music, `${n}.flac`), { seconds: 20, pitch: 300 + 50 * n, tags: { title: `Track ${n}`, artist: "Ann", album: "Interrupted" } });
  const env = { PATH: process.env["PATH"], NODE_ENV: "test", DATABASE_URL, DATA_DIR, PORT: "0", OPS_PORT: "0", IMPORT_WORKERS: "1" };
  const terminal = spawn("script", ["-qec", `exec '${process.execPath}' '${main}' start --library '${music}'`, "/dev/null"], { env, stdio: ["pipe", "pipe", "inherit"] });
  let shown = "";
  let status: number | null | undefined;
  terminal.stdout.on("data", (part: Buffer) => (shown += part.toString()));
  terminal.once("exit", (code) => (status = code));
  try {
    await until(() => status !== undefined || /Importing \S+ [1-4]\/6/.test(shown), 30_000);
    terminal.stdin.write("\x03");
    await until(() => status !== undefined, 20_000);
    expect(shown).toContain("Stopping...");
    expect(shown).not.toContain("Import done");
    expect(shown.lastIndexOf("\x1b[?25h")).toBeGreaterThan(shown.lastIndexOf("\x1b[?25l"));
    expect(status).toBe(0);
  } finally {
    // Ends what runs in it, too: it loses its terminal.
    terminal.kill("SIGKILL");
  }
}, 60_000);
