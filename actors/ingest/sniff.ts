/**
 * What a file is, by its first bytes. Names lie; content decides which one demuxer ffmpeg may use, so that a text
 * called song.mp3 can never reach the HLS or concat demuxer. Called for every file of a folder, so it reads little.
 */
import { fileTypeFromFile } from "file-type";
import { extname } from "node:path";

export type Sniffed =
  | { readonly kind: "audio"; readonly demuxer: Demuxer }
  /** Nothing recognised, but the name says audio: ffmpeg may try its audio demuxers, and the failure is reported. */
  | { readonly kind: "claimed" }
  /** Something else; skipped without a word. `what` for the log. */
  | { readonly kind: "other"; readonly what: string };

/** Demuxers that ffmpeg may use at all: containers of one file, none that opens another file or address. */
export const demuxers = ["mp3", "flac", "ogg", "wav", "w64", "aiff", "mov", "aac", "matroska", "webm", "asf", "wv", "ape", "caf", "ac3", "eac3", "amr", "dsf", "mpc", "mpc8", "tta", "au"] as const;
export type Demuxer = (typeof demuxers)[number];

const byType: Readonly<Record<string, Demuxer>> = {
  mp3: "mp3", flac: "flac", wav: "wav", aif: "aiff", aac: "aac", wv: "wv", ape: "ape", ac3: "ac3", amr: "amr", dsf: "dsf", mpc: "mpc",
  ogg: "ogg", oga: "ogg", ogx: "ogg", ogv: "ogg", opus: "ogg", spx: "ogg",
  m4a: "mov", m4b: "mov", mp4: "mov", m4v: "mov", f4a: "mov", f4b: "mov", mov: "mov", "3gp": "mov", "3g2": "mov",
  mkv: "matroska", webm: "matroska", asf: "asf", wma: "asf", wmv: "asf",
};

const audioNames = new Set([
  ".mp3", ".mp2", ".flac", ".wav", ".wave", ".w64", ".aif", ".aiff", ".aifc", ".aac", ".m4a", ".m4b", ".mp4", ".ogg", ".oga", ".opus", ".spx",
  ".wma", ".asf", ".wv", ".ape", ".mpc", ".mka", ".webm", ".caf", ".ac3", ".dsf", ".dff", ".amr", ".tta", ".au", ".snd",
]);

/** Sniffs `path` (opened by its content), taking the extension of `name` as its claim. Throws what opening throws. */
export async function sniff(path: string, name: string = path): Promise<Sniffed> {
  const type = await fileTypeFromFile(path);
  if (type !== undefined) {
    const demuxer = byType[type.ext];
    return demuxer === undefined ? { kind: "other", what: type.mime } : { kind: "audio", demuxer };
  }
  return claimsAudio(name) ? { kind: "claimed" } : { kind: "other", what: "unknown" };
}

/** Whether a name says that the file is music. */
export function claimsAudio(name: string): boolean {
  return audioNames.has(extname(name).toLowerCase());
}
