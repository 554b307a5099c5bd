import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import type { Config } from "../../config.ts";
import { startNode, type Node } from "../../ensemble.ts";
import { resourcesOf } from "../../resources.ts";
import { makeTestTrack } from "../../test/kit/audio.ts";
import { freshFolder, testConfig, until } from "../../test/kit/index.ts";
import { ingestErrorFrom } from "./errors.ts";
import type { JobView } from "./job.ts";
import { JobStore } from "./job-store.ts";
import { limits } from "./limits.ts";

const admin = { user: { id: "a", username: "a", plan: "premium", role: "admin", country: "ZZ" } } as const;
const services = ["catalog", "search", "ingest"];

let config: Config;
let node: Node;
let music: string;

const call = <T = JobView>(action: string, params: object) => node.broker.call<T, object>(action, params, { meta: admin });

const isOver = (job: JobView) => job.state !== "scanning" && job.state !== "running";

/** The job as soon as `holds` says so of it. */
async function jobWhen(id: string, holds: (job: JobView) => boolean): Promise<JobView> {
  let job = await call("ingest.job", { id });
  await until(async () => holds(job = await call("ingest.job", { id })), 50_000);
  return job;
}

/** Starts an import of `path` and waits for its end. */
async function imported(path: string): Promise<JobView> {
  return jobWhen((await call("ingest.start", { path })).id, isOver);
}

beforeAll(async () => {
  config = await testConfig({ IMPORT_WORKERS: 2 });
  music = await freshFolder("music");
  await makeTestTrack(join(music, "Ann/Álbum/01.flac"), { seconds: 3, tags: { title: "Eins", artist: "Ann", album: "Álbum", track: "1/2" } });
  await makeTestTrack(join(music, "Ann/Álbum/02.ogg"), { seconds: 3, pitch: 500, tags: { title: "Zwei", artist: "Ann", album: "Álbum", track: "2/2" } });
  await copyFile(join(music, "Ann/Álbum/01.flac"), join(music, "Ann/copy.flac"));
  await writeFile(join(music, "broken.mp3"), "not music ".repeat(1000));
  await writeFile(join(music, "notes.txt"), "not music");
  await writeFile(join(music, "album.cue"), "FILE \"01.flac\" WAVE");
  await makeTestTrack(join(music, ".hidden.flac"), { seconds: 1 });
  await symlink(music, join(music, "Ann/loop"));
  node = await startNode(config, services);
});

afterAll(async () => {
  await node.stop();
});

describe("an import", () => {
  test("brings what is music, once, and reports what only claims to be", async () => {
    const job = await imported(music);
    expect(job).toMatchObject({ state: "done", found: 4, imported: 2, skipped: 1, failed: 1 });
    expect(job.failures).toEqual([{ path: join(music, "broken.mp3"), code: "UNDECODABLE", message: expect.stringContaining("no audio") }]);
    const { items } = await call<{ items: { id: string; title: string }[] }>("catalog.albums", {});
    expect(items.map((album) => album.title)).toEqual(["Álbum"]);
    const album = await call<{ tracks: { id: string; title: string }[] }>("catalog.album", { id: items[0]?.id });
    expect(album.tracks.map((track) => track.title)).toEqual(["Eins", "Zwei"]);
    const stored: string[] = [];
    for await (const key of resourcesOf(node.broker).ports.objects.list(`audio/${album.tracks[0]?.id}/`)) stored.push(key);
    expect(stored).toHaveLength(4);
  });

  test("again skips what is known, unread", async () => {
    expect(await imported(music)).toMatchObject({ state: "done", found: 4, imported: 0, skipped: 3, failed: 1 });
  });

  test("of a file with new tags changes the track's name and keeps the track", async () => {
    const path = join(music, "Ann/Álbum/02.ogg");
    const before = await call<{ trackId: string }>("catalog.byPath", { path });
    await makeTestTrack(path, { seconds: 3, pitch: 500, tags: { title: "Due", artist: "Ann", album: "Álbum", track: "2/2" } });
    await utimes(path, 1, 1);
    expect(await imported(music)).toMatchObject({ imported: 0, skipped: 3 });
    expect(await call<{ trackId: string }>("catalog.byPath", { path })).toMatchObject({ trackId: before.trackId });
    expect(await call("catalog.track", { id: before.trackId })).toMatchObject({ title: "Due", durationMs: 3000 });
  });

  test("of a folder that is not there fails with its reason", async () => {
    expect(await imported(join(music, "nowhere"))).toMatchObject({ state: "failed", failures: [{ code: "UNREADABLE" }] });
  });

  test("goes on where it was stopped", async () => {
    const folder = await freshFolder("many");
    for (let i = 0; i < 6; i++) await makeTestTrack(join(folder, `${i}.flac`), { seconds: 12, pitch: 600 + i });
    const { id } = await call("ingest.start", { path: folder });
    expect(await call("ingest.start", { path: folder })).toMatchObject({ id });
    await expect(call("ingest.start", { path: music })).rejects.toMatchObject({ code: 409, type: "IMPORT_RUNNING" });
    await jobWhen(id, ({ imported }) => imported > 0);
    await call("ingest.stop", { id });
    const job = await jobWhen(id, isOver);
    expect(job).toMatchObject({ state: "stopped", failed: 0 });
    expect(job.imported).toBeLessThan(6);
    const rest = await imported(folder);
    expect(rest).toMatchObject({ state: "done", found: 6, skipped: job.imported, imported: 6 - job.imported });
  });

  test("started twice at once is one job", async () => {
    const jobs = await Promise.all(Array.from({ length: 4 }, () => call("ingest.start", { path: music })));
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    await jobWhen(jobs[0]?.id ?? "", isOver);
  });

  test("does not blame a file for a catalog that is away", async () => {
    const away: unknown = await node.broker.call("catalog.isAway").catch((error: unknown) => error);
    expect(ingestErrorFrom(away)).toMatchObject({ code: "STORAGE" });
  });

  test("whose process died is shown as stopped", async () => {
    const { database } = resourcesOf(node.broker).ports;
    const id = await new JobStore(database).start("/somewhere");
    expect(await call("ingest.job", { id })).toMatchObject({ state: "scanning" });
    await database.query(`update import_job set beat_at = now() - interval '1 minute' where id = $1`, [id]);
    expect(await call("ingest.job", { id })).toMatchObject({ state: "stopped" });
  });

  test("keeps a bounded number of failures and any file name", async () => {
    const { database } = resourcesOf(node.broker).ports;
    const store = new JobStore(database);
    const id = await store.start("/x");
    const longest = randomBytes(2_000).toString("hex");
    for (const path of ["a\0b\ud800", longest]) await store.fail(id, { path, code: "UNREADABLE", message: "x" });
    expect((await store.read(id))?.failures.toSorted((a, b) => a.path.length - b.path.length)).toEqual([
      { path: "ab\ufffd", code: "UNREADABLE", message: "x" },
      { path: longest.slice(0, limits.failurePathBytes), code: "UNREADABLE", message: "x" },
    ]);
    const kept = async () => (await database.query<{ count: number }>(`select count(*)::int as count from import_failure where job_id = $1`, [id]))[0]?.count;
    await database.query(`insert into import_failure (job_id, path, code, message) select $1, 'f' || n, 'UNREADABLE', '' from generate_series(1, $2::int) n`, [id, limits.failuresKept - 3]);
    for (const path of ["last", "one too many"]) await store.fail(id, { path, code: "UNREADABLE", message: "x" });
    expect(await kept()).toBe(limits.failuresKept);
  });
});

const upload = (name: string, stream: Readable) => node.broker.call<{ trackId: string; created: boolean }, object>("ingest.upload", { name }, { meta: admin, stream, timeout: 60_000 });
const received = async () => readdir(join(config.DATA_DIR, "uploads"));
function* brokenOff(): Generator<Buffer> {
  yield Buffer.alloc(70_000);
  throw new Error("the line is dead");
}

describe("an upload", () => {
  test("becomes a track; the same again is known; nothing is left behind", async () => {
    const path = await makeTestTrack(join(await freshFolder("upload"), "x1"), { seconds: 2, pitch: 700, options: ["-f", "mp3"] });
    const first = await upload("../../Ben - Song.mp3", createReadStream(path));
    expect(first.created).toBe(true);
    expect(await call("catalog.track", { id: first.trackId })).toMatchObject({ title: "Song", artists: [{ name: "Ben" }] });
    expect(await upload("other.mp3", createReadStream(path))).toEqual({ trackId: first.trackId, created: false });
    expect(await received()).toEqual([]);
  });

  test("that is no music is refused with the reason", async () => {
    await expect(upload("x.mp3", Readable.from([Buffer.from("no music ".repeat(1000))]))).rejects.toMatchObject({ code: 422, data: { reason: "UNDECODABLE" } });
    expect(await received()).toEqual([]);
  });

  test("to a node without ffmpeg is refused for now, with that reason", async () => {
    const without = await startNode(await testConfig({ FFMPEG_PATH: "/nowhere/ffmpeg" }), services);
    try {
      const refused = { code: 503, type: "NO_FFMPEG", message: expect.stringContaining("/nowhere/ffmpeg") as unknown };
      await expect(without.broker.call("ingest.upload", { name: "x.mp3" }, { meta: admin, stream: Readable.from([Buffer.alloc(1_000)]) })).rejects.toMatchObject(refused);
      await expect(without.broker.call("ingest.start", { path: music }, { meta: admin })).rejects.toMatchObject(refused);
    } finally {
      await without.stop();
    }
  });

  test("whose process was killed leaves no file for ever; one that may be on its way stays", async () => {
    const folder = join(await freshFolder("data"), "uploads");
    await mkdir(folder);
    for (const name of ["old", "new"]) await writeFile(join(folder, name), "half a file");
    await utimes(join(folder, "old"), 1, 1);
    const next = await startNode(await testConfig({ DATA_DIR: dirname(folder) }), services);
    await next.stop();
    expect(await readdir(folder)).toEqual(["new"]);
  });

  test("that breaks off, is empty, or is no stream at all is refused and removed", async () => {
    await expect(upload("x.mp3", Readable.from(brokenOff()))).rejects.toMatchObject({ code: 422 });
    await expect(upload("x.mp3", Readable.from([]))).rejects.toMatchObject({ code: 422 });
    await expect(call("ingest.upload", { name: "x.mp3" })).rejects.toMatchObject({ code: 422 });
    expect(await received()).toEqual([]);
  });
});

test("only administrators import", async () => {
  const listener = { user: { ...admin.user, role: "listener" } } as const;
  for (const [action, params] of [["start", { path: music }], ["job", { id: "0".repeat(32) }], ["stop", { id: "0".repeat(32) }], ["upload", { name: "x" }]] as const) {
    await expect(node.broker.call(`ingest.${action}`, params, { meta: listener })).rejects.toMatchObject({ code: 403 });
  }
});

test("stopping the node stops the import, and it can go on afterwards", async () => {
  const folder = await freshFolder("cut");
  for (let i = 0; i < 3; i++) await makeTestTrack(join(folder, `${i}.flac`), { seconds: 40, pitch: 800 + i });
  const own = await testConfig({ IMPORT_WORKERS: 1 });
  const first = await startNode(own, services);
  const { id } = await first.broker.call<JobView, object>("ingest.start", { path: folder }, { meta: admin });
  await first.stop();
  const second = await startNode(own, services);
  try {
    expect(await second.broker.call<JobView, object>("ingest.job", { id }, { meta: admin })).toMatchObject({ state: "stopped", failed: 0 });
  } finally {
    await second.stop();
  }
});

test("a folder that cannot be opened is noted, the rest is imported", async () => {
  const folder = await freshFolder("closed");
  // Root opens every folder, but nobody finds the real name of one whose name is longer than PATH_MAX (4096).
  const name = "d".repeat(250);
  await mkdir(join(folder, ...Array.from({ length: 15 }, () => name)), { recursive: true });
  await symlink(join(...Array.from({ length: 15 }, () => name)), join(folder, "a"));
  await mkdir(join(folder, "a", name, name), { recursive: true });
  try {
    await makeTestTrack(join(folder, "last.flac"), { seconds: 1, pitch: 900 });
    const job = await imported(folder);
    expect(job).toMatchObject({ state: "done", imported: 1, failed: 1 });
    expect(job.failures).toMatchObject([{ code: "UNREADABLE", path: expect.stringContaining(join(folder, "a", name)) }]);
  } finally {
    // By its short name: by its long one, nobody could.
    await rm(join(folder, "a", name), { recursive: true });
  }
});
