/**
 * Worker threads for imports. `run` waits for a free one; a thread that dies or gets stuck fails its file and is
 * replaced. Used by the ingest service, the bench and tests.
 */
import { Worker } from "node:worker_threads";
import type { Tools } from "./box.ts";
import { IngestError } from "./errors.ts";
import { limits } from "./limits.ts";
import type { FileTask, Host, Outcome, Verdict } from "./pipeline.ts";
import type { Asked, FromWorker, ToWorker } from "./worker.ts";

export class Pool {
  readonly #tools: Tools;
  readonly #most: number;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #queue: (() => void)[] = [];
  #busy = 0;
  #closed = false;

  /** At most `workers` threads, started when first needed. */
  constructor(tools: Tools, workers: number) {
    this.#tools = tools;
    this.#most = workers;
  }

  /** Imports one file in a thread. Throws IngestError; STOPPED when `signal` aborts or the pool closes. */
  async run(task: FileTask, host: Host, signal?: AbortSignal): Promise<Outcome> {
    while (this.#busy >= this.#most) await new Promise<void>((resolve) => void this.#queue.push(resolve));
    if (this.#closed || signal?.aborted === true) {
      this.#queue.shift()?.();
      throw new IngestError("STOPPED", "The import was stopped.");
    }
    this.#busy++;
    const worker = this.#idle.pop() ?? this.#start();
    try {
      return await importIn(worker, task, host, signal, () => this.#dismiss(worker));
    } finally {
      this.#busy--;
      if (this.#all.has(worker)) this.#idle.push(worker);
      this.#queue.shift()?.();
    }
  }

  /** Stops all threads at once; files in progress fail as STOPPED. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#queue.splice(0)) waiting();
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #start(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: this.#tools, name: "ingest" });
    this.#all.add(worker);
    // A thread that died is replaced by the next file; importIn tells the file it had.
    worker.on("error", () => this.#dismiss(worker));
    worker.on("exit", () => this.#dismiss(worker));
    return worker;
  }

  /** No further file is given to this thread. */
  #dismiss(worker: Worker): void {
    this.#all.delete(worker);
    const at = this.#idle.indexOf(worker);
    if (at !== -1) this.#idle.splice(at, 1);
  }
}

function importIn(worker: Worker, task: FileTask, host: Host, signal: AbortSignal | undefined, dismiss: () => void): Promise<Outcome> {
  return new Promise<Outcome>((resolve, reject) => {
    let stuck: NodeJS.Timeout | undefined;
    const post = (message: ToWorker) => worker.postMessage(message, []);
    const stop = () => post({ type: "stop" });
    const settle = (end: () => void) => {
      clearTimeout(stuck);
      signal?.removeEventListener("abort", stop);
      worker.off("message", receive).off("error", died).off("exit", died);
      end();
    };
    const watch = () => {
      clearTimeout(stuck);
      stuck = setTimeout(() => {
        // Before the file is answered: a thread that is being ended would take the next file along.
        dismiss();
        settle(() => reject(new IngestError("LIMIT", "Reading the file took for ever.")));
        void worker.terminate();
      }, limits.workerGraceMs);
    };
    const died = (cause: unknown) =>
      settle(() => reject(cause instanceof Error ? new IngestError("INTERNAL", `The import thread died: ${cause.message}`) : new IngestError("STOPPED", "The import was stopped.")));
    const receive = (message: FromWorker) => {
      watch();
      if (message.type === "ask") void answer(host, message.asked).then(
        (value) => post({ type: "answer", call: message.call, value }),
        (error: unknown) => post({ type: "refusal", call: message.call, name: error instanceof Error ? error.name : "Error", message: error instanceof Error ? error.message : String(error) }),
      );
      else if (message.type === "done") settle(() => resolve(message.outcome));
      else if (message.type === "failed") settle(() => reject(Object.assign(new IngestError(message.code, message.message), message.stack === undefined ? {} : { stack: message.stack })));
    };
    worker.on("message", receive).on("error", died).on("exit", died);
    signal?.addEventListener("abort", stop);
    watch();
    post({ type: "import", task });
  });
}

async function answer(host: Host, asked: Asked): Promise<Verdict | undefined> {
  if (asked.method === "verdict") return host.verdict(...asked.args);
  await (asked.method === "put" ? host.put(...asked.args) : host.discard(...asked.args));
  return undefined;
}
