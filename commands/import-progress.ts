/** How an import looks on a terminal (a bar) and in a log (a line every few seconds). */
import { SingleBar } from "cli-progress";
import type { JobView } from "../actors/ingest/index.ts";

const lineEveryMs = 5_000;

/** Lend it with `using`: the bar redraws itself on a timer, which would keep a process that was interrupted from ending. */
export class ImportProgress implements Disposable {
  readonly #bar: SingleBar | undefined;
  #lastLine = 0;
  #isStarted = false;

  constructor(isTerminal: boolean = process.stdout.isTTY) {
    if (isTerminal) {
      this.#bar = new SingleBar({ format: "Importing {bar} {value}/{total} tracks | {rate} | {left} left | {failed} failed", hideCursor: true, clearOnComplete: false, barsize: 24 });
    }
  }

  show(job: JobView): void {
    const done = job.imported + job.skipped + job.failed;
    const fields = { rate: job.rate === undefined ? "-" : `${job.rate.toFixed(1)}x real time`, left: job.etaMs === undefined ? "?" : duration(job.etaMs), failed: job.failed };
    if (this.#bar !== undefined) {
      if (!this.#isStarted) this.#bar.start(job.found, done, fields);
      this.#isStarted = true;
      this.#bar.setTotal(job.found);
      this.#bar.update(done, fields);
    } else if (performance.now() - this.#lastLine > lineEveryMs) {
      this.#lastLine = performance.now();
      console.log(`Importing: ${done} of ${job.found} tracks, ${fields.rate}, ${fields.left} left, ${job.failed} failed`);
    }
  }

  end(job: JobView): void {
    if (this.#isStarted) this.show(job);
    this[Symbol.dispose]();
    for (const failure of job.failures) console.log(`  skipped ${failure.path}: ${failure.message} (${failure.code})`);
    console.log(`Import ${job.state}: ${job.imported} imported, ${job.skipped} already known, ${job.failed} failed, of ${job.found} found.`);
  }

  /** Leaves the terminal as it was: the cursor is back, the last state stays to be read. */
  [Symbol.dispose](): void {
    this.#bar?.stop();
  }
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
