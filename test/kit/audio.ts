/** Audio files for tests, made by Debian's ffmpeg: real containers, tags and pictures, a fraction of a second each. */
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

export interface TestTrack {
  readonly seconds?: number;
  /** Hz of the source. */
  readonly rate?: number;
  readonly channels?: 1 | 2 | 6;
  /** A sine of this pitch with a little noise under it; different pitches give different files. */
  readonly pitch?: number;
  /** Tags by ffmpeg's names: title, artist, album, album_artist, track, disc, date, genre. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Path of a picture to embed. */
  readonly picture?: string;
  /** Further output options of ffmpeg, such as the codec; else the extension of `path` decides. */
  readonly options?: readonly string[];
}

/** Makes an audio file at `path` (and the folders above it) in the format of its extension. Answers the path. */
export async function makeTestTrack(path: string, track: TestTrack = {}): Promise<string> {
  const { seconds = 6, rate = 44_100, channels = 2, pitch = 440, tags = {}, picture, options = [] } = track;
  await mkdir(dirname(path), { recursive: true });
  const layout = channels === 1 ? "mono" : channels === 2 ? "stereo" : "5.1";
  const sound = `sine=f=${pitch}:r=${rate}:d=${seconds}[s];anoisesrc=r=${rate}:a=0.05:seed=${pitch}:d=${seconds}[n];[s][n]amix=inputs=2,atrim=end_sample=${Math.round(seconds * rate)},aformat=channel_layouts=${layout}`;
  await ffmpeg([
    "-f", "lavfi", "-i", sound,
    ...(picture === undefined ? [] : ["-i", picture, "-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v:0", "attached_pic"]),
    ...Object.entries(tags).flatMap(([name, value]) => ["-metadata", `${name}=${value}`]),
    ...(/\.(flac|wav)$/.test(path) && !options.includes("-c:a") && !options.includes("-sample_fmt") ? (path.endsWith(".wav") ? ["-c:a", "pcm_s16le"] : ["-sample_fmt", "s16"]) : []),
    ...options, path,
  ]);
  return path;
}

/** Runs Debian's ffmpeg with `args`, overwriting outputs, and `input` on its standard input; throws with what it said. Answers its standard output. */
export async function ffmpeg(args: readonly string[], input?: Uint8Array): Promise<Buffer> {
  const running = execute("ffmpeg", ["-v", "error", "-nostdin", "-y", ...args], { encoding: "buffer", maxBuffer: 2 ** 30 });
  // One that ends before it has read all fails by its exit status.
  running.child.stdin?.on("error", () => {});
  running.child.stdin?.end(input);
  return (await running).stdout;
}

/** Samples of the first audio stream of `path` as the decoder gives them: interleaved 32-bit floats. */
export async function decode(path: string): Promise<Float32Array> {
  const bytes = await ffmpeg(["-i", path, "-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "f32le", "-"]);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
