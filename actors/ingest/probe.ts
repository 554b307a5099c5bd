/**
 * What ffmpeg says about a file before decoding it. The npm ffmpeg has no ffprobe, so this reads what `ffmpeg -i` prints;
 * every field may be missing or wrong, and only decoding (encode.ts) decides whether there is sound.
 */
import { allowance, boxed, type Tools } from "./box.ts";
import { IngestError } from "./errors.ts";
import { run } from "./ffmpeg.ts";
import { limits } from "./limits.ts";
import { demuxers, type Demuxer } from "./sniff.ts";

export interface Probe {
  readonly codec: string;
  /** Hz and channels of the first audio stream, as the container claims them. */
  readonly rate: number;
  readonly channels: number;
  readonly lossless: boolean;
  /** Bits per sample worth keeping: 24 for deeper sources, else 16. */
  readonly bits: 16 | 24;
  /** Seconds that the container claims; undefined when it does not say or ffmpeg only guessed. */
  readonly seconds: number | undefined;
  /** It has moving pictures: a film, not a track. */
  readonly film: boolean;
}

/** Decoders that may open. A picture's decoder is not among them: covers are read elsewhere, in a bounded way. */
const codecs = [
  "mp3float", "mp3", "mp2float", "mp2", "flac", "vorbis", "opus", "libopus", "aac", "aac_fixed", "alac", "wavpack", "ape", "tta", "mpc7", "mpc8", "ac3", "eac3",
  "wmav1", "wmav2", "wmapro", "wmalossless", "adpcm_ms", "adpcm_ima_wav", "amrnb", "amrwb", "libspeex", "speex", "dsd_lsbf", "dsd_msbf", "dsd_lsbf_planar", "dsd_msbf_planar",
  "pcm_u8", "pcm_s8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_alaw", "pcm_mulaw",
];

/** Options before `-i`: which demuxers, protocols and decoders, and how much of the file. `demuxer` undefined: ffmpeg chooses among ours. */
export function inputOptions(demuxer: Demuxer | undefined): string[] {
  return [
    "-hide_banner", "-nostdin", "-nostats", "-loglevel", "repeat+level+info", "-threads", "1", "-filter_threads", "1", "-filter_complex_threads", "1",
    "-protocol_whitelist", "file,pipe", "-format_whitelist", demuxers.join(","), "-codec_whitelist", codecs.join(","),
    "-max_streams", String(limits.ffmpegStreams), "-t", String(limits.trackMs / 1000 + 1),
    ...(demuxer === undefined ? [] : ["-f", demuxer]),
  ];
}

/** Asks ffmpeg about `path`. Throws UNDECODABLE when it finds no audio stream, LIMIT when it takes for ever. */
export async function probe(tools: Tools, path: string, demuxer: Demuxer | undefined, signal?: AbortSignal): Promise<Probe> {
  const allowed = allowance(0);
  const command = boxed(tools, path, allowed, (input) => [...inputOptions(demuxer), "-i", input]);
  const end = await run(command, { pipes: 0, wallSeconds: allowed.wallSeconds, signal });
  if (end.timedOut) throw new IngestError("LIMIT", "ffmpeg needed too long to recognise the file.");
  const found = parseProbe(end.stderr);
  if (found === undefined) throw new IngestError("UNDECODABLE", `ffmpeg finds no audio in it${lastError(end.stderr)}.`);
  return found;
}

/** Reads the description of the first input out of what ffmpeg printed; undefined when no audio stream with a rate and channels is described. */
export function parseProbe(stderr: string): Probe | undefined {
  const streams = [...stderr.matchAll(/Stream #0:\d+(?:\[\w+\])?(?:\([^)]*\))?: (Audio|Video): ([\w.]+)([^\n]*)/g)];
  const audio = streams.find(([, kind]) => kind === "Audio");
  const [, , codec = "", rest = ""] = audio ?? [];
  const rate = Number(/, (\d+) Hz/.exec(rest)?.[1] ?? 0);
  const [, layout = "", format = "", deep] = /, \d+ Hz, ([^,]+), (\w+)(?: \((\d+) bit\))?/.exec(rest) ?? [];
  const channels = channelsOf(layout);
  if (audio === undefined || rate === 0 || channels === 0) return undefined;
  const lossless = /^(flac|alac|wavpack|ape|tta|wmalossless|pcm_(?!alaw|mulaw).*|dsd_.*)$/.test(codec);
  const [, hours, minutes, seconds] = /Duration: (\d+):(\d\d):(\d\d\.\d+)/.exec(stderr) ?? [];
  const guessed = /Estimating duration from bitrate|Ignoring maximum wav data size/.test(stderr);
  return {
    codec,
    rate,
    channels,
    lossless,
    bits: deep === undefined ? (/^(s32|flt|dbl|s64)p?$/.test(format) ? 24 : 16) : Number(deep) > 16 ? 24 : 16,
    seconds: hours === undefined || guessed ? undefined : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds),
    film: streams.some(([, kind, name = "", more = ""]) => kind === "Video" && !/attached pic/.test(more) && !/^(png|mjpeg|gif|bmp|webp|tiff|none)$/.test(name)),
  };
}

function channelsOf(layout: string): number {
  if (layout.startsWith("mono")) return 1;
  if (layout.startsWith("stereo") || layout.startsWith("downmix")) return 2;
  const counted = /^(\d+) channels/.exec(layout);
  if (counted !== null) return Number(counted[1]);
  const [, main, low] = /^(\d+)\.(\d+)/.exec(layout) ?? [];
  if (main !== undefined) return Number(main) + Number(low);
  return { quad: 4, hexagonal: 6, octagonal: 8, hexadecagonal: 16 }[layout.replace(/\W.*/, "")] ?? 0;
}

/** What ffmpeg complained about last, as the end of a sentence; without paths, which are ours. */
export function lastError(stderr: string): string {
  const line = stderr.split("\n").findLast((text) => /\[(error|fatal)\]/.test(text) && !/not on whitelist/.test(text));
  const text = line?.replace(/^.*\[(?:error|fatal)\]\s*/, "").replace(/file:\S+:? ?/, "").replace(/[^\x20-\x7e]/g, "?").slice(0, 160).replace(/[.\s]+$/, "");
  return text === undefined || text === "" ? "" : `: ${text}`;
}
