/**
 * A consumer that is killed and started again all the time, and what its group has read all the same. A batch of which it was heard that it is committed is
 * read for good; one of which it was not heard may come again, whole, and counts once then.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Seeded } from "./random.ts";

const livesMs = [1_500, 5_000] as const;
const pollMs = 100;

type Said = { readonly read: readonly string[]; readonly cursor: string } | { readonly committed: string };

export class Consumer {
  /** What it was given, in order; "user id" each. Batches that may come again are at the end. */
  readonly read: string[] = [];
  kills = 0;
  /** Batches that came again after a kill. */
  again = 0;
  readonly #env: Readonly<Record<string, string>>;
  readonly #group: string;
  #child: ChildProcess | undefined;
  #uncertain: { readonly cursor: string; readonly read: readonly string[] } | undefined;
  #isOver = false;

  constructor(env: Readonly<Record<string, string>>, group: string) {
    this.#env = env;
    this.#group = group;
  }

  /** Lives, is killed and lives again until `isOver`; then once more. */
  async run(random: Seeded, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      this.#start();
      for (let leftMs = random.between(...livesMs); leftMs > 0 && !isOver(); leftMs -= pollMs) await pause(pollMs);
      await this.#kill();
      this.kills += 1;
    }
    this.#start();
  }

  /** Resolves when it has read `events`, or nothing has come for `stillMs`. */
  async catchUp(events: number, stillMs: number): Promise<void> {
    for (let stillSince = performance.now(), known = -1; this.read.length < events && performance.now() - stillSince < stillMs; await pause(pollMs)) {
      if (known !== this.read.length) stillSince = performance.now();
      known = this.read.length;
    }
    // Anything that came after it would be too many.
    await pause(5 * pollMs);
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#kill();
  }

  #start(): void {
    const child = fork(fileURLToPath(new URL("consumer-process.ts", import.meta.url)), [this.#group], { env: { PATH: process.env["PATH"] ?? "", ...this.#env }, execArgv: ["--disable-warning=ExperimentalWarning"], stdio: ["ignore", "ignore", "ignore", "ipc"] });
    this.#child = child;
    child.on("message", (said: Said) => void (this.#child === child && !this.#isOver && this.#heard(said)));
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  #heard(said: Said): void {
    if ("committed" in said) {
      this.#uncertain = undefined;
      return;
    }
    // What nobody heard to be committed was not, when its events come again: then they are read now, and were not before.
    const before = this.#uncertain;
    if (before !== undefined) {
      const comesAgain = new Set(said.read);
      if (before.read.some((event) => comesAgain.has(event))) {
        this.read.splice(this.read.length - before.read.length, before.read.length);
        this.again += 1;
      }
    }
    this.read.push(...said.read);
    this.#uncertain = said;
  }
}

const pause = (ms: number) => new Promise<void>((done) => void setTimeout(done, ms));
