/**
 * What the import costs beside the encoder it cannot do without: CPU of the whole pipeline against plain ffmpeg making
 * the same outputs, track by track in turn.
 *
 *   ours    one import thread: sniff, SHA-256, probe, ffmpeg in its box, chunks to files, tags, cover, analysis
 *   limit   the same ffmpeg with the same arguments, without box, writing its outputs to files
 *
 * CPU is user + system time of this process with all its threads (getrusage) and of every process it started and waited
 * for (cutime + cstime of /proc/self/stat, which includes what those waited for: box, limits, ffmpeg). The catalog is
 * not part of it. `--library DIR` takes the first six tracks of a folder instead of tracks joined from the demo pieces.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { encodeArgs, findTools, makeDemoLibrary, planFor, Pool, probe, type Host } from "../../actors/ingest/index.ts";
import { machine, percentile, round, type BenchResult } from "./result.ts";

const tracks = 6;
const goal = 1.1;

export async function bench(options: { json: boolean; args: string[] }): Promise<BenchResult> {
  const { values } = parseArgs({ args: options.args, options: { library: { type: "string" } } });
  const about = machine();
  const folder = await mkdtemp(join(tmpdir(), "ensemble-bench-"));
  const { tools } = await findTools(process.env["FFMPEG_PATH"]);
  const pool = new Pool(tools, 1);
  try {
    const library = values.library === undefined ? join(folder, "library") : resolve(values.library);
    if (values.library === undefined) await makeLongTracks(tools.ffmpeg, folder, library);
    const files = (await readdir(library, { recursive: true })).filter((name) => [".flac", ".ogg", ".mp3", ".m4a", ".wav"].includes(extname(name))).toSorted().slice(0, tracks).map((name) => join(library, name));
    const host: Host = {
      verdict: () => Promise.resolve({ kind: "new" }),
      async put(key, body) {
        const path = join(folder, "objects", key);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, body);
      },
      discard: (id) => rm(join(folder, "objects/audio", id), { recursive: true, force: true }),
    };
    const importOne = (path: string) => pool.run({ path, source: path, name: path, root: library }, host);
    // Starting a thread is once per import, not per track.
    if (files[0] !== undefined) await importOne(files[0]);

    const pairs: { ours: number; limit: number; seconds: number }[] = [];
    for (const path of files) {
      const before = cpuSeconds();
      const outcome = await importOne(path);
      const ours = cpuSeconds() - before;
      if (outcome.kind !== "imported") throw new Error(`${path} was not imported`);
      const plan = planFor(await probe(tools, path, undefined), undefined, { twoStages: false });
      const args = encodeArgs(plan, `file:${path}`, "file").map((word) => word.replace(/^pipe:(\d)$/, `file:${folder}/output-$1`));
      const alone = childCpuSeconds();
      await plainFfmpeg(tools.ffmpeg, ["-y", ...args]);
      pairs.push({ ours, limit: childCpuSeconds() - alone, seconds: outcome.track.durationMs / 1000 });
      if (!options.json) console.log(`${path}: ${round(ours)} s, ffmpeg alone ${round(pairs.at(-1)?.limit ?? 0)} s`);
    }
    const ours = pairs.reduce((sum, pair) => sum + pair.ours, 0), limit = pairs.reduce((sum, pair) => sum + pair.limit, 0), seconds = pairs.reduce((sum, pair) => sum + pair.seconds, 0);
    const median = percentile(pairs.map((pair) => pair.ours / pair.limit), 0.5);
    return {
      bench: "ingest",
      machine: about,
      results: [
        { case: `CPU of ${pairs.length} tracks, ${Math.round(seconds)} s of music`, ours: round(ours), limit: round(limit), unit: "CPU s", ratio: round(ours / limit), goal: `ratio <= ${goal}`, met: ours / limit <= goal },
        { case: "median of the tracks", ours: round(median), limit: 1, unit: "x ffmpeg alone", ratio: round(median), goal, met: median <= goal },
        { case: "speed of one core", ours: round(seconds / ours), limit: round(seconds / limit), unit: "x real time", ratio: round(limit / ours), goal: null, met: null },
      ],
    };
  } finally {
    await pool.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Six tracks of 94 to 168 s, of ordinary length: two or three demo pieces after one another. */
async function makeLongTracks(ffmpeg: string, folder: string, library: string): Promise<void> {
  const demo = join(folder, "demo");
  await makeDemoLibrary(demo);
  const pieces = (await readdir(demo, { recursive: true })).filter((name) => name.endsWith(".flac")).toSorted().map((name) => join(demo, name));
  await mkdir(library);
  for (let i = 0; i < tracks; i++) {
    const parts = Array.from({ length: 2 + (i % 2) }, (_, k) => pieces[(i + k) % pieces.length] ?? "");
    const graph = `${parts.map((_, k) => `[${k}:a]`).join("")}concat=n=${parts.length}:v=0:a=1[out]`;
    await plainFfmpeg(ffmpeg, [...parts.flatMap((path) => ["-i", path]), "-filter_complex", graph, "-map", "[out]", "-metadata", `title=Long ${i}`, "-sample_fmt", "s16", join(library, `${i}.flac`)]);
  }
}

/** User and system time of ended children and theirs, in seconds. */
function childCpuSeconds(): number {
  const stat = readFileSync("/proc/self/stat", "utf8");
  // The name in brackets may contain anything; fields are counted from behind it: the third of proc(5) comes first.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // cutime and cstime in ticks, which Linux counts 100 of a second to user space.
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + childCpuSeconds();
}

function plainFfmpeg(ffmpeg: string, args: readonly string[]): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(ffmpeg, args, { stdio: "ignore" });
    child.on("error", fail);
    child.on("close", (code) => (code === 0 ? done() : fail(new Error(`ffmpeg alone ended with ${code}`))));
  });
}
