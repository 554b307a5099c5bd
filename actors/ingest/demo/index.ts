/**
 * The demo library: what `npm start` plays when there is no music. Synthesised, tagged FLAC files with cover art in a
 * folder, to be imported like any other; so the first minute of a new installation exercises the whole ingest.
 */
import { once } from "node:events";
import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { IngestError } from "../errors.ts";
import { findTools, run } from "../ffmpeg.ts";
import { cover } from "./cover.ts";
import { pieces, type Piece } from "./pieces.ts";
import { rate } from "./synth.ts";

/** ffmpeg needs half a second for one piece. */
const wallSeconds = 120;

/**
 * Makes the files in `dir` that are not there yet. `onProgress` gets a line for people per piece. Throws IngestError
 * NO_FFMPEG. Each file appears whole or not at all, so it may be interrupted and repeated.
 */
export async function makeDemoLibrary(dir: string, onProgress: (message: string) => void = () => {}): Promise<void> {
  const { tools } = await findTools(process.env["FFMPEG_PATH"]);
  const waiting = [...pieces.entries()];
  let made = 0;
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, piece] = next;
      await makePiece(tools.ffmpeg, join(dir, `${piece.file}.flac`), piece, index);
      onProgress(`${++made} of ${pieces.length}: ${piece.tags.title}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
}

async function makePiece(ffmpeg: string, path: string, piece: Piece, index: number): Promise<void> {
  if (await exists(path)) return;
  await mkdir(dirname(path), { recursive: true });
  const picture = `${path}.jpg.part`, part = `${path}.part`;
  const [samples] = await Promise.all([render(index), cover(piece.tags.album).then((bytes) => writeFile(picture, bytes))]);
  const { tags } = piece;
  const fields = { title: tags.title, artist: tags.artist, album: tags.album, album_artist: tags.albumArtist, track: `${tags.number}/${tags.of}`, date: String(tags.year), genre: tags.genre, copyright: "CC0 1.0" };
  const args = [
    "-hide_banner", "-nostdin", "-loglevel", "error", "-y", "-f", "s16le", "-ar", String(rate), "-ac", "2", "-i", "pipe:0", "-i", picture,
    "-map", "0:a", "-map", "1:v", "-c:a", "flac", "-c:v", "copy", "-disposition:v:0", "attached_pic",
    ...Object.entries(fields).flatMap(([name, value]) => ["-metadata", `${name}=${value}`]),
    "-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "flac", part,
  ];
  try {
    const end = await run({ program: ffmpeg, args }, { pipes: 0, wallSeconds, stdin: true }, async (_pipes, stdin) => {
      stdin?.end(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
    });
    if (end.code !== 0) throw new IngestError("INTERNAL", `the demo piece ${tags.title} could not be written: ${end.stderr.trim()}`);
    await rename(part, path);
  } finally {
    await Promise.all([rm(picture, { force: true }), rm(part, { force: true })]);
  }
}

async function render(index: number): Promise<Int16Array> {
  const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData: index, name: "demo" });
  try {
    // `once` rejects when the thread throws.
    const [samples] = (await once(worker, "message")) as [Int16Array];
    return samples;
  } finally {
    await worker.terminate();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
