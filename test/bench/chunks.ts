/**
 * What cutting costs beside encoding: CPU of the chunkers and of whole files, per second of audio, against the CPU that
 * ffmpeg took for the same tiers. The track is generated; warmed up, as in a running import.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { filePart, FlacChunker, VorbisChunker, type Chunk, type TierName } from "../../audio/index.ts";
import { ffmpegPath } from "../../audio/testing/ffmpeg.ts";
import { bytesOf, music } from "../../audio/testing/signals.ts";
import { machine, round, type BenchCase, type BenchResult } from "./result.ts";

const run = promisify(execFile);
const rate = 44_100;
const seconds = 60;
const chunkSamples = 5 * rate;
const pieceBytes = 65_536;
const warmUpRounds = 3;
/** Cutting a lossy tier must stay well below this share of its encode. */
const goalRatio = 0.04;

const tiers: readonly { tier: TierName; options: readonly string[] }[] = [
  ...([["96", 2], ["160", 5], ["320", 9]] as const).map(([tier, quality]) => ({ tier, options: ["-c:a", "libvorbis", "-q:a", String(quality), "-page_duration", "1", "-f", "ogg"] })),
  { tier: "flac", options: ["-c:a", "flac", "-frame_size", "4410", "-sample_fmt", "s16", "-f", "flac"] },
];

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

function cut(tier: TierName, encode: Uint8Array): { chunkMs: number; fileMs: number } {
  const started = cpuMs();
  const chunker = tier === "flac" ? new FlacChunker({ chunkSamples }) : new VorbisChunker({ chunkSamples });
  const chunks: Chunk[] = [];
  for (let at = 0; at < encode.length; at += pieceBytes) chunks.push(...chunker.push(encode.subarray(at, at + pieceBytes)));
  const { samples, layout, chunks: last } = chunker.end();
  const cutAt = cpuMs();
  for (const { index, bytes } of [...chunks, ...last]) filePart({ manifest: { samples, chunkSamples }, tier, layout, index, chunk: bytes });
  return { chunkMs: (cutAt - started) / seconds, fileMs: (cpuMs() - cutAt) / seconds };
}

/** Encodes in one tier; CPU in ms per second of audio, as ffmpeg counts it itself. */
async function encode(folder: string, tier: TierName, options: readonly string[]): Promise<{ bytes: Uint8Array; ms: number }> {
  const output = join(folder, tier);
  const { stderr } = await run(ffmpegPath(), ["-nostdin", "-hide_banner", "-benchmark", "-y", "-f", "f32le", "-ar", String(rate), "-ac", "2", "-i", join(folder, "track"), ...options, output]);
  const [, user, system] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr) ?? [];
  if (user === undefined || system === undefined) throw new Error("ffmpeg does not tell how long it took");
  return { bytes: await readFile(output), ms: ((Number(user) + Number(system)) * 1000) / seconds };
}

export async function bench(): Promise<BenchResult> {
  const before = machine();
  const folder = await mkdtemp(join(tmpdir(), "ensemble-bench-"));
  try {
    await writeFile(join(folder, "track"), bytesOf(music(seconds * rate, 2, rate)));
    const encodes = [];
    for (const { tier, options } of tiers) encodes.push({ tier, ...(await encode(folder, tier, options)) });
    for (let round = 0; round < warmUpRounds; round++) for (const { tier, bytes } of encodes) cut(tier, bytes);
    const results = encodes.flatMap(({ tier, bytes, ms }): BenchCase[] => {
      const { chunkMs, fileMs } = cut(tier, bytes);
      const ratio = chunkMs / ms;
      const lossy = tier !== "flac";
      const unit = "CPU ms per second of audio";
      return [
        { case: `${tier}: chunks, against the encode`, ours: round(chunkMs), limit: round(ms), unit, ratio: round(ratio), goal: lossy ? `ratio at most ${goalRatio}` : null, met: lossy ? ratio <= goalRatio : null },
        { case: `${tier}: whole file from chunks`, ours: round(fileMs), limit: null, unit, ratio: null, goal: null, met: null },
      ];
    });
    return { bench: "chunks", machine: before, results };
  } finally {
    await rm(folder, { recursive: true });
  }
}
