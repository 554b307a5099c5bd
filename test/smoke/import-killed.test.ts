/** An import that is killed between storing a track's objects and telling the catalog: the next one makes it whole, and does nothing twice. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { chunkKey, type Manifest } from "../../audio/index.ts";
import { startTestNode } from "../../actors/testing/node.ts";
import { loadServices } from "../../ensemble.ts";
import { resourcesOf } from "../../resources.ts";
import { makeTestTrack } from "../kit/audio.ts";
import { freshFolder, testConfig, until } from "../kit/index.ts";

const root = new URL("../..", import.meta.url).pathname;
const tracks = 4;

test("kill -9 in the middle of an import loses and doubles nothing", async () => {
  const { DATABASE_URL = "", DATA_DIR } = await testConfig();
  const music = await freshFolder("music");
  for (let n = 0; n < tracks; n++) await makeTestTrack(join(music, `${n}.flac`), { seconds: 20, pitch: 300 + 50 * n, tags: { title: `Track ${n}`, artist: "Ann", album: "Killed" } });
  const env = { PATH: process.env["PATH"], NODE_ENV: "test", DATABASE_URL, DATA_DIR, IMPORT_WORKERS: "1" };
  const words = ["commands/main.ts", "import", music];

  // Killed when the second track has objects: the first one is in the catalog, the second in the middle.
  const child = spawn(process.execPath, words, { cwd: root, env, stdio: "ignore" });
  const stored = async () => (await readdir(join(DATA_DIR, "objects/audio"), { recursive: true }).catch(() => [])).filter((name) => name.endsWith("/0.ogg"));
  const ids = async () => new Set((await stored()).map((name) => name.split("/").at(-3)));
  await until(async () => (await ids()).size === 2, 30_000);
  child.kill("SIGKILL");
  await once(child, "exit");

  await promisify(execFile)(process.execPath, words, { cwd: root, env });
  const node = await startTestNode(await loadServices(["catalog", "search"]), { DATABASE_URL, DATA_DIR });
  try {
    const { items: [album] } = await node.call<{ items: { id: string; trackCount: number }[] }>("catalog.albums");
    expect(album?.trackCount).toBe(tracks);
    const page = await node.call<{ tracks: { id: string }[] }>("catalog.album", { id: album?.id });
    const { objects } = resourcesOf(node.broker).ports;
    for (const { id } of page.tracks) {
      const { manifest } = await node.call<{ manifest: Manifest }>("catalog.manifest", { trackId: id });
      for (const [tier, { chunks }] of Object.entries(manifest.tiers)) {
        for (const [index, [, bytes]] of chunks.entries()) expect((await objects.get(chunkKey(id, tier as "96", index)))?.size).toBe(bytes);
      }
    }
    expect(await ids()).toEqual(new Set(page.tracks.map(({ id }) => id)));
  } finally {
    await node.stop();
  }
}, 90_000);
