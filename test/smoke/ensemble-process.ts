/** One `npm start` as a process of its own, for tests that stop, kill and restart real nodes. */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Config } from "../../config.ts";

const main = fileURLToPath(new URL("../../commands/main.ts", import.meta.url));
const startWithinMs = 60_000;
const stopWithinMs = 30_000;

export interface EnsembleProcess {
  readonly pid: number;
  /** Everything it printed so far. */
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
export async function startProcess(settings: Partial<Config>, args: readonly string[] = [], nodeOptions = ""): Promise<EnsembleProcess> {
  const line = commandLine(settings, "start", args);
  const child = spawn(process.execPath, line.args, { env: { ...line.env, NODE_OPTIONS: nodeOptions }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const up = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the node was not up within ${startWithinMs} ms:\n${output}`)), startWithinMs);
    const read = (part: Buffer) => {
      output += part.toString();
      if (!/^Ensemble (is at|node .* is up)/m.test(output)) return;
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
    address: /^Ensemble is at (\S+)/m.exec(output)?.[1],
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
