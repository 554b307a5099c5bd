/**
 * Server processes of a local cluster and of the tests. One ends with the process that started it, however that ends: the
 * kernel sends it a signal (prctl PDEATHSIG, through setpriv), so an aborted run leaves nothing behind. Each has a session
 * of its own: Ctrl-C in a terminal reaches only who started it, and who started it says in which order they end.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export interface ServerProcess {
  readonly pid: number;
  /** Resolves when it has ended, asked or not, with its exit status or signal. */
  readonly ended: Promise<string>;
  /** Sends the server's own stop signal (or `signal`) and resolves when it has ended. Safe to call twice. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface Launch {
  readonly program: string;
  readonly words: readonly string[];
  readonly stopSignal: NodeJS.Signals;
  /** File that takes what the server prints. */
  readonly log: string;
  /** Options of setpriv, to run as another user. */
  readonly privileges?: readonly string[];
  /** Resolves to true when the server answers; asked every few milliseconds. */
  readonly ready: () => Promise<boolean>;
}

const readyMs = 20_000;
const pollMs = 5;

/** Starts a server and resolves when it is ready. Throws with the end of its log when it ends before, or takes 20 s. */
export async function launch(options: Launch): Promise<ServerProcess> {
  const output = await open(options.log, "a");
  const words = [`--pdeathsig=${options.stopSignal.slice(3)}`, ...(options.privileges ?? []), "--", options.program, ...options.words];
  const child = spawn(find("setpriv", "util-linux"), words, { stdio: ["ignore", output.fd, output.fd], cwd: "/", detached: true });
  await output.close();
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (status, signal) => resolve(String(status ?? signal)));
  });
  let ending: string | undefined;
  void ended.then((reason) => (ending = reason));
  for (const until = Date.now() + readyMs; !(await options.ready()); await pause(pollMs)) {
    if (ending === undefined && Date.now() < until) continue;
    child.kill("SIGKILL");
    const said = (await readFile(options.log, "utf8")).trim().split("\n").slice(-10).join("\n");
    throw new Error(`${options.program} ${ending === undefined ? "was not ready in time" : `ended (${ending})`}:\n${said}`);
  }
  return { pid: child.pid ?? -1, ended, stop: (signal = options.stopSignal) => stop(child, ended, signal) };
}

async function stop(child: ChildProcess, ended: Promise<string>, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  // A stopped (SIGSTOP) process acts on no other signal before this one.
  child.kill("SIGCONT");
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(late);
}

/** Path of a program, or an error that says how to get it. */
export function find(program: string, aptPackage: string, folders: readonly string[] = []): string {
  for (const folder of [...folders, ...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/bin"]) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  throw new Error(`${program} is not installed. Get it with: apt-get install ${aptPackage}`);
}

/** Whether something accepts connections on a port of this machine. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    const answer = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}
