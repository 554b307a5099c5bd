/**
 * One run of a job at a time, shared: who asks while one is under way waits for the next, with everybody else who does. So each
 * asker gets a run that began after the question, and a thousand askers cost two runs.
 */
export class SharedRuns {
  readonly #job: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(job: () => Promise<void>) {
    this.#job = job;
  }

  /** Resolves when a run has ended that began after the call. Rejects as that run does. */
  run(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    await Promise.allSettled([this.#running, this.#next]);
  }

  #start(): Promise<void> {
    const run = this.#job().finally(() => {
      if (this.#running === run) this.#running = undefined;
    });
    this.#running = run;
    return run;
  }
}
