/** ffmpeg for tests: many encodes or decodes in one process, through files in a scratch folder. Not part of the product. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** FFMPEG_PATH, else the machine's, else the one npm brings. */
export function ffmpegPath(): string {
  const places = [process.env["FFMPEG_PATH"] ?? "", ...(process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "ffmpeg"))];
  const found = places.find((place) => place !== "" && existsSync(place));
  if (found !== undefined) return found;
  return join(dirname(createRequire(import.meta.url).resolve("@ffmpeg-installer/linux-x64/package.json")), "ffmpeg");
}

export interface Conversion {
  readonly input: Uint8Array;
  /** Options before -i, e.g. the shape of raw samples. */
  readonly inputOptions?: readonly string[];
  readonly outputOptions: readonly string[];
}

/** Converts each input, 40 to a process. Rejects with what ffmpeg printed when it fails or prints any error. */
export async function convert(conversions: readonly Conversion[]): Promise<Uint8Array[]> {
  const folder = await mkdtemp(join(tmpdir(), "ensemble-audio-"));
  try {
    const outputs: Uint8Array[] = [];
    for (let from = 0; from < conversions.length; from += 40) outputs.push(...(await convertBatch(folder, conversions.slice(from, from + 40))));
    return outputs;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function convertBatch(folder: string, batch: readonly Conversion[]): Promise<Uint8Array[]> {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const seen = new Map<Uint8Array, number>();
  for (const [index, { input, inputOptions = [], outputOptions }] of batch.entries()) {
    let place = seen.get(input);
    if (place === undefined) {
      place = seen.size;
      seen.set(input, place);
      await writeFile(join(folder, `in${place}`), input);
      inputs.push(...inputOptions, "-i", join(folder, `in${place}`));
    }
    outputs.push("-map", `${place}:a`, ...outputOptions, join(folder, `out${index}`));
  }
  const { stderr } = await run(ffmpegPath(), ["-nostdin", "-v", "error", "-y", ...inputs, ...outputs], { maxBuffer: 1 << 24 });
  if (stderr !== "") throw new Error(`ffmpeg says: ${stderr}`);
  return Promise.all(batch.map(async (_, index) => new Uint8Array(await readFile(join(folder, `out${index}`)))));
}

/** Each file decoded to interleaved float samples. */
export async function decodeFloat(files: readonly Uint8Array[]): Promise<Float32Array[]> {
  const outputs = await convert(files.map((input) => ({ input, outputOptions: ["-f", "f32le"] })));
  return outputs.map((bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4));
}
