/**
 * One `npm start` as a process of its own, in a session of its own: for a local cluster, and for tests that stop, kill and
 * restart real nodes. When its starter ends without a word, the kernel sends it SIGTERM (or `deathSignal`).
 */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Config } from "../../config.ts";
import { find } from "./process.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const startWithinMs = 60_000;
const stopWithinMs = 30_000;
/** Characters of what a node printed that are kept. */
const outputKept = 256 * 1024;

export interface EnsembleProcess {
  readonly pid: number;
  /** The last 256 thousand characters that it printed. */
  output(): string;
  /** The address it printed, e.g. "http://127.0.0.1:41233"; undefined for a node without gateway. */
  readonly address: string | undefined;
  /** SIGTERM; resolves with the exit status. */
  stop(): Promise<number | null>;
  /** Another signal; the process goes on or not, as it decides. */
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit status when it has ended by itself. */
  readonly exited: Promise<number | null>;
  /** SIGKILL: no goodbye. */
  kill(): Promise<void>;
}

/** Environment and Node's arguments for one of our commands with these settings and no others. */
export function commandLine(settings: Partial<Config>, command: string, args: readonly string[] = []): { env: Record<string, string>; args: string[] } {
  const env: Record<string, string> = { PATH: process.env["PATH"] ?? "" };
  for (const [name, value] of Object.entries(settings)) if (value !== undefined) env[name] = Array.isArray(value) ? value.join(",") : String(value);
  return { env, args: ["--disable-warning=ExperimentalWarning", main, command, ...args] };
}

/** Starts a node with these settings and waits until it says that it is up. `nodeOptions` are Node's own, such as a module to load first. */
export async function startProcess(settings: Partial<Config>, args: readonly string[] = [], nodeOptions = "", deathSignal: "TERM" | "KILL" = "TERM"): Promise<EnsembleProcess> {
  const line = commandLine(settings, "start", args);
  const words = [`--pdeathsig=${deathSignal}`, "--", process.execPath, ...line.args];
  const child = spawn(find("setpriv", "util-linux"), words, { env: { ...line.env, NODE_OPTIONS: nodeOptions }, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  let address: string | undefined;
  let isUp = false;
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const up = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the node was not up within ${startWithinMs} ms:\n${output}`)), startWithinMs);
    const read = (part: Buffer) => {
      output = (output + part.toString()).slice(-outputKept);
      if (isUp || !/^Ensemble (is at|node .* is up)/m.test(output)) return;
      isUp = true;
      address = /^Ensemble is at (\S+)/m.exec(output)?.[1];
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void exited.then((code) => (clearTimeout(timer), reject(new Error(`the node ended with ${code}:\n${output}`))));
  });
  try {
    await up;
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    pid: child.pid ?? 0,
    output: () => output,
    address,
    stop: () => end(child, exited, "SIGTERM"),
    signal: (name) => void child.kill(name),
    exited,
    kill: async () => void (await end(child, exited, "SIGKILL")),
  };
}

async function end(child: ChildProcess, exited: Promise<number | null>, signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
  const code = await exited;
  clearTimeout(timer);
  return code;
}
