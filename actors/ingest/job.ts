/**
 * One import of a folder, from its walk to its end.
 *
 *   scanning ---> running ---> done
 *      |             |
 *      +-------------+-------> stopped   (asked to, or its process died)
 *      +-------------+-------> failed    (the folder cannot be read, the database is gone)
 *
 * While `scanning`, files are already being imported; `running` means that `found` is final. What the catalog knows by
 * path, size and time is skipped unread, so starting again after a stop goes on where it was. A file that fails is
 * noted and passed over.
 */
import { basename } from "node:path";
import { ingestErrorFrom, IngestError } from "./errors.ts";
import type { JobFailure, JobState, JobStore } from "./job-store.ts";
import type { Catalog, Library } from "./library.ts";
import type { Pool } from "./pool.ts";
import { sniff } from "./sniff.ts";
import { walk, type Found } from "./walk.ts";

export interface JobView {
  readonly id: string;
  readonly path: string;
  readonly state: JobState;
  readonly found: number;
  readonly imported: number;
  readonly skipped: number;
  readonly failed: number;
  /** Seconds of music imported per second. */
  readonly rate?: number;
  /** Milliseconds left, once everything is found. */
  readonly etaMs?: number;
  readonly failures: readonly JobFailure[];
}

type File = Extract<Found, { kind: "file" }>;

export interface JobParts {
  readonly store: JobStore;
  readonly catalog: Pick<Catalog, "known">;
  readonly library: Library;
  readonly pool: Pool;
  readonly workers: number;
  readonly warn: (message: string) => void;
}

const batch = 200;
const persistEveryMs = 500;
/** Failures shown while running; all that are kept are in the database. */
const shown = 100;

export class Job {
  readonly id: string;
  readonly path: string;
  /** Resolves when the job has ended, however. */
  readonly ended: Promise<void>;
  readonly #parts: JobParts;
  readonly #abort = new AbortController();
  /** Aborted at once when threads must not even finish their files. */
  readonly #abortFiles = new AbortController();
  readonly #failures: JobFailure[] = [];
  readonly #startedAt = performance.now();
  #state: JobState = "scanning";
  #found = 0;
  #imported = 0;
  #skipped = 0;
  #failed = 0;
  #audioMs = 0;
  #bytesFound = 0;
  #bytesDone = 0;
  #lastPersist = 0;

  constructor(id: string, path: string, parts: JobParts) {
    this.id = id;
    this.path = path;
    this.#parts = parts;
    this.ended = this.#run();
  }

  get active(): boolean {
    return this.#state === "scanning" || this.#state === "running";
  }

  view(): JobView {
    const elapsedMs = performance.now() - this.#startedAt;
    const left = this.#bytesFound - this.#bytesDone;
    return {
      id: this.id, path: this.path, state: this.#state,
      found: this.#found, imported: this.#imported, skipped: this.#skipped, failed: this.#failed,
      ...(this.#audioMs > 0 ? { rate: Math.round((this.#audioMs / elapsedMs) * 10) / 10 } : {}),
      ...(this.#state === "running" && this.#bytesDone > 0 ? { etaMs: Math.round((left / this.#bytesDone) * elapsedMs) } : {}),
      failures: this.#failures,
    };
  }

  /** Ends after the files in progress; with `now`, at once: they count as not tried. */
  stop(now = false): void {
    this.#abort.abort();
    if (now) this.#abortFiles.abort();
  }

  async #run(): Promise<void> {
    const beat = setInterval(() => void this.#persist(this.#state).catch(() => {}), 5_000);
    try {
      await this.#importAll();
      this.#state = this.#abort.signal.aborted ? "stopped" : "done";
    } catch (error) {
      const { code, message } = ingestErrorFrom(error);
      this.#state = "failed";
      this.#parts.warn(`import of ${this.path} failed: ${message}`);
      await this.#note({ path: this.path, code, message }).catch(() => {});
    } finally {
      clearInterval(beat);
      await this.#persist(this.#state).catch((error: unknown) => this.#parts.warn(`the end of import ${this.id} could not be written: ${String(error)}`));
    }
  }

  /** Walks and imports at the same time. What stops one of them stops all. */
  async #importAll(): Promise<void> {
    const queue = new Queue<File>();
    const scan = this.#scan(queue).finally(() => queue.close());
    const taking = Array.from({ length: this.#parts.workers }, () => this.#take(queue));
    const stopAll = (error: unknown) => {
      this.#abort.abort();
      throw error;
    };
    const ends = await Promise.allSettled([scan, ...taking].map((part) => part.catch(stopAll)));
    for (const end of ends) if (end.status === "rejected") throw ingestErrorFrom(end.reason);
  }

  async #scan(queue: Queue<File>): Promise<void> {
    let files: File[] = [];
    for await (const found of walk(this.path)) {
      if (this.#abort.signal.aborted) return;
      if (found.kind === "unreadable") {
        this.#found++;
        await this.#fail(found.path, found.error);
      } else files.push(found);
      if (files.length < batch) continue;
      await this.#sort(files, queue);
      files = [];
    }
    await this.#sort(files, queue);
    if (!this.#abort.signal.aborted) this.#state = "running";
    await this.#persist(this.#state);
  }

  /** Skips what the catalog knows and what is no music, queues the rest. */
  async #sort(files: readonly File[], queue: Queue<File>): Promise<void> {
    if (files.length === 0) return;
    const known = new Set((await this.#parts.catalog.known(files.map(({ path, bytes, modifiedMs }) => ({ path, bytes, modifiedMs })))).known);
    for (const file of files) {
      if (this.#abort.signal.aborted) return;
      if (known.has(file.path)) {
        this.#found++;
        this.#skipped++;
        continue;
      }
      const sniffed = await sniff(file.path).catch((error: unknown) => ingestErrorFrom(error));
      if (sniffed instanceof IngestError) {
        this.#found++;
        await this.#fail(file.path, sniffed);
      } else if (sniffed.kind !== "other") {
        this.#found++;
        this.#bytesFound += file.bytes;
        queue.put(file);
      }
    }
    await this.#persistSometimes();
  }

  async #take(queue: Queue<File>): Promise<void> {
    for (let file = await queue.take(); file !== undefined && !this.#abort.signal.aborted; file = await queue.take()) {
      await this.#import(file);
      await this.#persistSometimes();
    }
  }

  async #import(file: File): Promise<void> {
    const { library, pool } = this.#parts;
    const task = { path: file.path, source: file.path, name: basename(file.path), root: this.path };
    try {
      const accepted = await library.oneFile(async (host) => library.accept(await pool.run(task, host, this.#abortFiles.signal)));
      if (accepted.durationMs > 0) this.#imported++;
      else this.#skipped++;
      this.#audioMs += accepted.durationMs;
    } catch (error) {
      const failure = ingestErrorFrom(error);
      // Not a matter of this file: the next one would fail the same way.
      if (failure.code === "STORAGE" || failure.code === "NO_FFMPEG") throw failure;
      if (failure.code === "STOPPED") return;
      // A film with a name like music is no failed music.
      if (failure.code === "NOT_AUDIO") this.#found--;
      else await this.#fail(file.path, failure);
    }
    this.#bytesDone += file.bytes;
  }

  async #fail(path: string, { code, message, stack }: IngestError): Promise<void> {
    this.#failed++;
    if (code === "INTERNAL") this.#parts.warn(`import of ${path} failed: ${stack ?? message}`);
    await this.#note({ path, code, message });
  }

  async #note(failure: JobFailure): Promise<void> {
    if (this.#failures.length < shown) this.#failures.push(failure);
    await this.#parts.store.fail(this.id, failure);
  }

  async #persistSometimes(): Promise<void> {
    if (performance.now() - this.#lastPersist > persistEveryMs) await this.#persist(this.#state);
  }

  async #persist(state: JobState): Promise<void> {
    this.#lastPersist = performance.now();
    const counts = { found: this.#found, imported: this.#imported, skipped: this.#skipped, failed: this.#failed };
    // Not active any more in the database: someone stopped it from another process.
    if (!(await this.#parts.store.progress(this.id, state, counts)) && this.active) this.stop();
  }
}

/** Hands items from one producer to several takers; `take` answers undefined when it is closed and empty. */
class Queue<T> {
  #items: T[] = [];
  #head = 0;
  #closed = false;
  readonly #waiting: ((item: T | undefined) => void)[] = [];

  put(item: T): void {
    const taker = this.#waiting.shift();
    if (taker === undefined) this.#items.push(item);
    else taker(item);
  }

  close(): void {
    this.#closed = true;
    for (const taker of this.#waiting.splice(0)) taker(undefined);
  }

  take(): Promise<T | undefined> {
    const item = this.#items[this.#head];
    if (item !== undefined) {
      this.#head++;
      if (this.#head > 1000) {
        this.#items = this.#items.slice(this.#head);
        this.#head = 0;
      }
      return Promise.resolve(item);
    }
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}
