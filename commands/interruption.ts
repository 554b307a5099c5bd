/** The person's wish to stop: Ctrl-C, or SIGTERM from a supervisor. */

export interface Interruption {
  /** Resolves at the first wish, or stop(). */
  readonly promise: Promise<void>;
  readonly signal: AbortSignal;
  stop(): void;
}

/** Listens from now on. A later wish, after a second, ends the process at once. */
export function interruption(): Interruption {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  let since: number | undefined;
  const stop = () => {
    controller.abort();
    resolve();
  };
  const asked = () => {
    // A terminal's Ctrl-C can arrive twice, from the terminal and through npm.
    if (since !== undefined && performance.now() - since > 1_000) process.exit(130);
    since ??= performance.now();
    stop();
  };
  process.on("SIGINT", asked);
  process.on("SIGTERM", asked);
  return { promise, signal: controller.signal, stop };
}
