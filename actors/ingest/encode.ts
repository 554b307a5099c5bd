/**
 * One file through ffmpeg: decoded once, resampled to the canonical rate, and encoded into every tier, with loudness, an
 * excerpt for analysis and the MD5 of the decoded samples, over pipes and without temporary files.
 *
 *   file -> decoder -> soxr -> mono/stereo -> asetpts -+-> 3 x Vorbis   (pipes 3, 4, 5)
 *                |                                     +-> ebur128      (summary on stderr)
 *                |                                     +-> mono 22 kHz  (pipe 6)
 *                |                                     +-> FLAC         (lossless sources only)
 *                +-> MD5 of the samples as decoded     (pipe 7; FLAC is the last pipe)
 *
 * `asetpts` counts samples anew, because damaged files leave holes in the timestamps and the encoders would follow them.
 * It rounds, because N / SR / TB in floating point falls just short of N for some N, and ffmpeg cuts the fraction off.
 * A stream that changes its rate or channels on the way restarts the graph and with it that count; such a file goes
 * through two ffmpegs, the first making one continuous stream of raw samples (`twoStages`).
 */
import { finished, type Readable } from "node:stream";
import { pipeline as connect } from "node:stream/promises";
import { lossyTiers, type Loudness, type TierName } from "../../audio/index.ts";
import { allowance, boxed, type Tools } from "./box.ts";
import { IngestError } from "./errors.ts";
import { run, type Ended } from "./ffmpeg.ts";
import { limits } from "./limits.ts";
import { inputOptions, lastError, type Probe } from "./probe.ts";
import type { Demuxer } from "./sniff.ts";

export const analysisRate = 22_050;
/** libvorbis quality per tier. Quality, not bit rate: `-b:a 320k` fails for mono and for low rates. */
const vorbisQuality = { "96": 2, "160": 5, "320": 9 } as const;
/** Samples per FLAC frame: divides 5 s, and keeps to the streamable subset (at most 4608). */
const flacFrame = { 44_100: 4410, 48_000: 4000 } as const;

/**
 * Ogg pages as ffmpeg hands them over. The muxer flushes after each page, and each flush is a read of its own in Node with
 * memory of its own. Long pages are few reads; the best tier's second nearly fills a page. The chunker pages anew: its
 * output is the same either way.
 */
const pageMicroseconds = 1_000_000;

export interface Plan {
  readonly demuxer: Demuxer | undefined;
  readonly rate: 44_100 | 48_000;
  readonly channels: 1 | 2;
  /** Sample size of the FLAC tier; undefined: no such tier. */
  readonly flacBits: 16 | 24 | undefined;
  readonly md5Bits: 16 | 24;
  /** Rate and length of the source to cut it to, in its own samples; undefined: all of it. */
  readonly trimSamples: number | undefined;
  readonly seconds: number | undefined;
  readonly twoStages: boolean;
}

export interface Encoded {
  readonly loudness: Loudness;
  readonly audioMd5: string;
  /** Mono samples at `analysisRate` from the middle of the track. */
  readonly excerpt: Float32Array;
  /** Frames that did not decode. */
  readonly decodeErrors: number;
  /** The graph restarted on the way: encode again in two stages. */
  readonly restarted: boolean;
}

/** The canonical form of a source: 48 kHz for its family, 44.1 kHz for all else; mono or stereo; FLAC for lossless sources. */
export function planFor(probe: Probe, demuxer: Demuxer | undefined, source: { trimSamples?: number | undefined; twoStages: boolean }): Plan {
  return {
    demuxer,
    rate: probe.rate % 8000 === 0 && probe.rate >= 32_000 ? 48_000 : 44_100,
    channels: probe.channels === 1 ? 1 : 2,
    flacBits: probe.lossless ? probe.bits : undefined,
    md5Bits: probe.lossless ? probe.bits : 16,
    trimSamples: source.trimSamples,
    seconds: probe.seconds,
    twoStages: source.twoStages,
  };
}

export const tiersOf = (plan: Pick<Plan, "flacBits">): TierName[] => (plan.flacBits === undefined ? [...lossyTiers] : [...lossyTiers, "flac"]);

/** ffmpeg decodes an empty file without complaint. */
const md5OfNothing = "d41d8cd98f00b204e9800998ecf8427e";
const bitexact = ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"];
const md5Of = (bits: 16 | 24) => ["-map", "0:a:0", "-vn", "-sn", "-dn", "-c:a", bits === 24 ? "pcm_s24le" : "pcm_s16le", "-f", "md5"];
const trimOf = (plan: Plan) => (plan.trimSamples === undefined ? "" : `atrim=end_sample=${plan.trimSamples},`);
const canon = (plan: Plan) => `aresample=${plan.rate}:resampler=soxr,aformat=sample_fmts=flt:channel_layouts=${plan.channels === 1 ? "mono" : "stereo"},asetpts=round(N/SR/TB)`;

/** ffmpeg's arguments for the encoding stage. `from` = the file itself, or raw samples on stdin from the first stage. */
export function encodeArgs(plan: Plan, input: string, from: "file" | "stage"): string[] {
  const middle = Math.max(0, (plan.seconds ?? 0) / 2 - limits.analysisMs / 2000);
  const flac = plan.flacBits !== undefined;
  const branches = ["l", "x", "v96", "v160", "v320", ...(flac ? ["f"] : [])];
  const graph = [
    `[0:a:0]${from === "file" ? `${trimOf(plan)}${canon(plan)},` : ""}asplit=${branches.length}${branches.map((name) => `[${name}]`).join("")}`,
    "[l]ebur128=peak=true:framelog=verbose,anullsink",
    `[x]atrim=start=${middle}:duration=${limits.analysisMs / 1000},aformat=channel_layouts=mono,aresample=${analysisRate},aformat=sample_fmts=flt[excerpt]`,
  ];
  return [
    ...(from === "file" ? [...inputOptions(plan.demuxer), "-i", input] : [...stageInput(plan), "-i", input]),
    "-filter_complex", graph.join(";"),
    ...lossyTiers.flatMap((tier, i) => ["-map", `[v${tier}]`, ...bitexact, "-c:a", "libvorbis", "-q:a", String(vorbisQuality[tier]), "-page_duration", String(pageMicroseconds), "-f", "ogg", "-flush_packets", "0", `pipe:${3 + i}`]),
    "-map", "[excerpt]", "-c:a", "pcm_f32le", "-f", "f32le", "pipe:6",
    // Of the file's own samples: in two stages the first one has them.
    ...(from === "file" ? [...md5Of(plan.md5Bits), "pipe:7"] : []),
    ...(flac ? ["-map", "[f]", ...bitexact, "-c:a", "flac", "-compression_level", "5", "-frame_size", String(flacFrame[plan.rate]), ...(plan.flacBits === 24 ? ["-sample_fmt", "s32", "-bits_per_raw_sample", "24"] : ["-sample_fmt", "s16"]), "-f", "flac", "-flush_packets", "0", from === "file" ? "pipe:8" : "pipe:7"] : []),
  ];
}

const stageInput = (plan: Plan) => ["-hide_banner", "-nostats", "-loglevel", "repeat+level+info", "-threads", "1", "-protocol_whitelist", "file,pipe", "-f", "f32le", "-ar", String(plan.rate), "-ac", String(plan.channels)];

/** The first of two stages: whatever the file does on the way, one continuous stream of raw samples on pipe 3. */
function stageArgs(plan: Plan, input: string): string[] {
  return [
    ...inputOptions(plan.demuxer), "-i", input, "-map", "0:a:0", "-vn", "-sn", "-dn", ...(trimOf(plan) === "" ? [] : ["-af", trimOf(plan).slice(0, -1)]),
    "-ar", String(plan.rate), "-ac", String(plan.channels), "-c:a", "pcm_f32le", "-f", "f32le", "pipe:3",
    ...md5Of(plan.md5Bits), "pipe:4",
  ];
}

/**
 * Encodes `path` by `plan`. `sink` gets the bytes of each tier as they come, and `undefined` when ffmpeg has ended
 * well; a promise that it answers is waited for. Throws UNDECODABLE, EMPTY, LIMIT or STOPPED, and whatever `sink` throws.
 */
export async function encode(tools: Tools, path: string, plan: Plan, sink: (tier: TierName, bytes: Uint8Array | undefined) => Promise<void> | void, signal?: AbortSignal): Promise<Encoded> {
  const allowed = allowance(plan.seconds);
  const tiers = tiersOf(plan);
  const excerpt = new Kept((limits.analysisMs / 1000) * analysisRate * 4 + 65_536);
  const md5 = new Kept(1024);
  const command = boxed(tools, plan.twoStages ? undefined : path, allowed, (input) => encodeArgs(plan, input, plan.twoStages ? "stage" : "file"));
  let first: Ended | undefined;
  const end = await run(command, { pipes: tiers.length + (plan.twoStages ? 1 : 2), wallSeconds: allowed.wallSeconds, signal, stdin: plan.twoStages }, async (pipes, stdin) => {
    const reading = lossyTiers.map((tier, i) => drain(pipes[i], (bytes) => sink(tier, bytes)));
    reading.push(drain(pipes[3], (bytes) => excerpt.add(bytes)));
    if (tiers.includes("flac")) reading.push(drain(pipes.at(-1), (bytes) => sink("flac", bytes)));
    if (stdin === null) reading.push(drain(pipes[4], (bytes) => md5.add(bytes)));
    else {
      const stage = boxed(tools, path, allowed, (input) => stageArgs(plan, input));
      const feed = async ([samples, sums]: readonly Readable[]) => {
        // The second stage may end first, when it fails; its own ending says why.
        const fed = samples === undefined ? undefined : connect(samples, stdin).catch(() => {});
        await Promise.all([fed, drain(sums, (bytes) => md5.add(bytes))]);
      };
      reading.push(run(stage, { pipes: 2, wallSeconds: allowed.wallSeconds, signal }, feed).then((ended) => void (first = ended)));
    }
    await Promise.all(reading);
  });
  for (const stage of first === undefined ? [end] : [first, end]) check(stage);
  const sum = md5In(md5);
  if (sum === md5OfNothing) throw new IngestError("EMPTY", "It holds no sound.");
  // Only now: the end of a pipe is the end of a track when ffmpeg says so.
  for (const tier of tiers) await sink(tier, undefined);
  const stderr = `${first?.stderr ?? ""}\n${end.stderr}`;
  return {
    loudness: parseLoudness(end.stderr),
    audioMd5: sum,
    excerpt: new Float32Array(excerpt.bytes.buffer, 0, excerpt.bytes.length >> 2),
    decodeErrors: countDecodeErrors(stderr),
    restarted: !plan.twoStages && /non.?monoton|backward in time/i.test(stderr),
  };
}

/** The MD5 of the decoded samples alone, the same that `encode` answers: cheap, to see that only the tags of a file changed. */
export async function audioMd5(tools: Tools, path: string, plan: Plan, signal?: AbortSignal): Promise<string> {
  const allowed = allowance(plan.seconds);
  const md5 = new Kept(1024);
  const end = await run(boxed(tools, path, allowed, (input) => [...inputOptions(plan.demuxer), "-i", input, ...md5Of(plan.md5Bits), "pipe:3"]), { pipes: 1, wallSeconds: allowed.wallSeconds, signal }, async ([pipe]) => {
    await drain(pipe, (bytes) => md5.add(bytes));
  });
  check(end);
  return md5In(md5);
}

/** What ffmpeg's md5 muxer wrote; "" when it wrote none. */
const md5In = ({ bytes }: Kept) => /MD5=([0-9a-f]{32})/.exec(Buffer.from(bytes).toString("latin1"))?.[1] ?? "";

function check(end: Ended): void {
  // 137: the box passes on that something inside was killed (CPU or wall time).
  if (end.timedOut || end.signal !== null || (end.code ?? 0) > 128) throw new IngestError("LIMIT", "ffmpeg took more time or memory than a track of this length may.");
  if (end.code !== 0) throw new IngestError("UNDECODABLE", `ffmpeg cannot decode it${lastError(end.stderr)}.`);
}

/**
 * Reads `pipe` to its end, one piece at a time; a promise that `take` answers is waited for. Events, since most pieces
 * need no waiting: an async iterator makes several promises for each of a thousand.
 */
function drain(pipe: Readable | undefined, take: (bytes: Uint8Array) => Promise<void> | void): Promise<void> {
  if (pipe === undefined) throw new IngestError("INTERNAL", "ffmpeg was started with too few pipes");
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      pipe.destroy();
      reject(error);
    };
    pipe.on("data", (bytes: Buffer) => {
      try {
        const room = take(bytes);
        if (room === undefined) return;
        pipe.pause();
        room.then(() => void pipe.resume(), fail);
      } catch (error) {
        fail(error);
      }
    });
    finished(pipe, (error) => (error ? reject(error) : resolve()));
  });
}

/** The first bytes of a pipe, in memory that is taken once: what comes when it is full is not kept. */
class Kept {
  readonly #room: Uint8Array<ArrayBuffer>;
  #filled = 0;

  /** `most`: bytes. */
  constructor(most: number) {
    this.#room = new Uint8Array(most);
  }

  add(bytes: Uint8Array): void {
    const taken = bytes.subarray(0, this.#room.length - this.#filled);
    this.#room.set(taken, this.#filled);
    this.#filled += taken.length;
  }

  /** A view of the bytes so far, at the start of their memory. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#room.subarray(0, this.#filled);
  }
}

/** Loudness from ebur128's last summary (ffmpeg prints an empty one when it sets up the graph). Silence is null. */
export function parseLoudness(stderr: string): Loudness {
  const last = stderr.slice(Math.max(0, stderr.lastIndexOf("Integrated loudness:")));
  const lufs = Number(/I:\s+(-?[\d.]+) LUFS/.exec(last)?.[1] ?? Number.NaN);
  const truePeak = Number(/Peak:\s+(-?[\d.]+) dBFS/.exec(last)?.[1] ?? Number.NaN);
  // -70 LUFS is the gate of R 128: nothing was loud enough to count.
  return { lufs: Number.isFinite(lufs) && lufs > -70 ? lufs : null, truePeak: Number.isFinite(truePeak) ? truePeak : null };
}

/** Frames that ffmpeg gave up on, by its own words (4.x-6.x, then 7.x). */
function countDecodeErrors(stderr: string): number {
  return stderr.match(/Error while decoding stream|Error submitting (?:a )?packet to (?:the )?decoder/g)?.length ?? 0;
}
