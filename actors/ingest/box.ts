/**
 * The box that ffmpeg runs in: pure builder of the command line. ffmpeg decodes whatever people send; a hole in one of
 * its decoders must lead nowhere. Inside, there is no network, no other process, no environment, no file but its own
 * program and the one input, nothing to write to but the pipes it was given.
 */
import { limits } from "./limits.ts";

/** Programs found on this machine. `ffmpeg` is an absolute path; the others are missing where they are not installed. */
export interface Tools {
  readonly ffmpeg: string;
  readonly bwrap: string | undefined;
  readonly prlimit: string | undefined;
  readonly timeout: string | undefined;
}

export interface Allowance {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** What one ffmpeg may use for `seconds` of music (undefined: the file does not say). */
export function allowance(seconds: number | undefined): Allowance {
  const cpuSeconds = Math.ceil(limits.ffmpegCpuSeconds + limits.ffmpegCpuPerSecond * (seconds ?? limits.trackMs / 10_000));
  return { cpuSeconds, wallSeconds: cpuSeconds * limits.ffmpegWallFactor };
}

/**
 * The command that runs ffmpeg with `args`, in the box as far as `tools` allow. `input` is the absolute path of the file
 * that it may read, and `args` is given the name under which ffmpeg sees it ("file:/in" in the box). No input: only pipes.
 */
export function boxed(tools: Tools, input: string | undefined, allowed: Allowance, args: (input: string) => readonly string[]): Command {
  const words: string[] = [];
  const inBox = tools.bwrap !== undefined;
  // The npm ffmpeg is one static file in node_modules; one in /usr is there already with its libraries.
  const ffmpeg = inBox && !tools.ffmpeg.startsWith("/usr/") ? "/ffmpeg" : tools.ffmpeg;
  if (tools.bwrap !== undefined) {
    words.push(
      // Without a reaper of bubblewrap's own: it reports the end before it has waited for it, and the CPU that ffmpeg took
      // would be nobody's.
      tools.bwrap, "--as-pid-1", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv",
      "--ro-bind", "/usr", "/usr",
      ...["/bin", "/lib", "/lib64", "/lib32", "/etc/alternatives", "/etc/ld.so.cache", "/nix/store"].flatMap((path) => ["--ro-bind-try", path, path]),
      ...(ffmpeg === "/ffmpeg" ? ["--ro-bind", tools.ffmpeg, "/ffmpeg"] : []),
      ...(input === undefined ? [] : ["--ro-bind", input, "/in"]),
      "--chdir", "/", "--remount-ro", "/", "--",
    );
  }
  if (tools.prlimit !== undefined) {
    words.push(tools.prlimit, `--as=${limits.ffmpegMemoryBytes}`, `--cpu=${allowed.cpuSeconds}`, "--fsize=0", "--core=0", "--nofile=64");
    // Counted per user: outside the box it would count the user's other programs.
    if (inBox) words.push("--nproc=64");
    words.push("--");
  }
  // Node also watches the clock; this one works when Node itself is gone.
  if (tools.timeout !== undefined) words.push(tools.timeout, "--signal=KILL", `${allowed.wallSeconds}`);
  words.push(ffmpeg, ...args(input === undefined ? "pipe:0" : `file:${inBox ? "/in" : input}`));
  const [program, ...rest] = words;
  return { program: program ?? ffmpeg, args: rest };
}
