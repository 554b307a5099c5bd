/**
 * Which ffmpeg there is, and running it. `findTools` is asked once per process; `run` starts one ffmpeg in its box,
 * lends its pipes, and answers when it has ended. Used by probe.ts and encode.ts only.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, isAbsolute, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { allowance, boxed, type Command, type Tools } from "./box.ts";
import { IngestError } from "./errors.ts";
import { limits } from "./limits.ts";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** How long the pipes of an ended process may stay open. */
const lastWordsMs = 5_000;

/**
 * Runs `command` with `pipes` output pipes on its descriptors 3, 4, ... and hands them to `lend`, which must read all of
 * them to their end (ffmpeg waits for its slowest reader: that is the back-pressure). Kills it when `lend` throws, after
 * `wallSeconds`, or when `signal` aborts. Rejects with what `lend` threw, else resolves when the process has ended.
 */
export async function run(
  command: Command,
  options: { pipes: number; wallSeconds: number; signal?: AbortSignal | undefined; stdin?: boolean },
  lend: (pipes: readonly Readable[], stdin: Writable | null) => Promise<void> = () => Promise.resolve(),
): Promise<Ended> {
  const stdio = [options.stdin === true ? "pipe" : "ignore", "ignore", "pipe", ...Array.from({ length: options.pipes }, () => "pipe")] as ("pipe" | "ignore")[];
  // A process group of its own: a terminal's Ctrl-C must not end the tracks in progress, and a kill must reach every
  // process of the box. bubblewrap's inner process waits for its outer one before it asks to die with it: killing only
  // the outer one in that moment leaves the inner one waiting for ever, with our pipes in its hands.
  const child: ChildProcess = spawn(command.program, [...command.args], { stdio, env: {}, detached: true });
  let lastWords: NodeJS.Timeout | undefined;
  let stderr = "";
  let timedOut = false;
  let gone = false;
  const kill = () => {
    // Once it has been waited for, its number may be another's.
    if (gone || child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      child.kill("SIGKILL");
    }
  };
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, options.wallSeconds * 1000);
  options.signal?.addEventListener("abort", kill);
  if (options.signal?.aborted === true) kill();
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", (error) => reject(new IngestError("NO_FFMPEG", `ffmpeg does not start: ${error.message}`)));
    child.on("exit", () => {
      gone = true;
      // Its pipes end with it; if another process holds them, that one is not waited for.
      lastWords = setTimeout(() => child.stdio.forEach((stream) => stream?.destroy()), lastWordsMs);
    });
    child.on("close", (code, signal) => resolve({ code, signal, stderr, timedOut }));
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    if (stderr.length < limits.stderrBytes) stderr += text;
  });
  // A reader that gave up closes its pipe; what that does to the others is of no interest any more.
  for (const stream of child.stdio) stream?.on("error", () => {});
  try {
    let gaveUp: { readonly error: unknown } | undefined;
    const lent = lend(child.stdio.slice(3, 3 + options.pipes) as Readable[], child.stdin).catch((error: unknown) => {
      gaveUp = { error };
      kill();
    });
    const [end] = await Promise.all([ended, lent]);
    if (options.signal?.aborted === true) throw new IngestError("STOPPED", "The import was stopped.");
    // What a reader makes of pipes that break off is no reason of its own.
    if (gaveUp !== undefined && !timedOut) throw gaveUp.error;
    return end;
  } finally {
    clearTimeout(timer);
    clearTimeout(lastWords);
    options.signal?.removeEventListener("abort", kill);
    kill();
  }
}

/** ffmpeg and its box on this machine, and a sentence for the log when it has to run without. Throws NO_FFMPEG. */
export async function findTools(configured?: string): Promise<{ tools: Tools; warning: string | undefined }> {
  const open = { prlimit: programPath("prlimit"), timeout: programPath("timeout"), bwrap: undefined };
  for (const ffmpeg of configured === undefined ? [programPath("ffmpeg"), packagedFfmpeg()] : [programPath(configured)]) {
    if (ffmpeg === undefined) continue;
    const tools: Tools = { ...open, ffmpeg: realpathSync(ffmpeg) };
    const bwrap = programPath("bwrap");
    // Installed is not enough: a container may forbid the namespaces that bubblewrap is made of.
    if (bwrap !== undefined && (await works({ ...tools, bwrap }))) return { tools: { ...tools, bwrap }, warning: undefined };
    if (!(await works(tools))) continue;
    const reason = bwrap === undefined ? "bubblewrap is not installed" : "bubblewrap cannot create its namespaces here";
    return { tools, warning: `ffmpeg runs without its box, because ${reason}: import only files you trust` };
  }
  throw new IngestError("NO_FFMPEG", configured === undefined ? "There is no ffmpeg: install it, or set FFMPEG_PATH." : `FFMPEG_PATH (${configured}) is not an ffmpeg with libvorbis that runs here.`);
}

async function works(tools: Tools): Promise<boolean> {
  try {
    const end = await run(boxed(tools, undefined, allowance(0), () => ["-hide_banner", "-nostdin", "-loglevel", "error", ...tone]), { pipes: 0, wallSeconds: 20 });
    return end.code === 0;
  } catch {
    return false;
  }
}

/** A tenth of a second of silence through the filters and encoders we need: one that lacks any of them fails here, not on the first track. */
const tone = ["-f", "lavfi", "-i", "anullsrc=r=48000", "-t", "0.1", "-filter_complex", "aresample=44100:resampler=soxr,ebur128=peak=true:framelog=verbose", "-c:a", "libvorbis", "-q:a", "2", "-f", "null", "-"];

/** The ffmpeg that npm brings: static, from 2018, good enough to try the product. */
export function packagedFfmpeg(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`@ffmpeg-installer/${process.platform}-${process.arch}/ffmpeg`);
  } catch {
    return undefined;
  }
}

/** Absolute path of a program on PATH, or of a path that is one. */
function programPath(name: string): string | undefined {
  const candidates = isAbsolute(name) ? [name] : [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin", "/bin"].filter(isAbsolute).map((folder) => join(folder, name));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
