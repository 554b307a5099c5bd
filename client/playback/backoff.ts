/** How long to wait before asking again: exponential with full jitter, bounded; a server's Retry-After is a lower bound. */

export interface Backoff {
  readonly attempts: number;
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Seven tries over at most about 20 s: longer than a gateway's restart, shorter than a listener's patience. */
export const chunkBackoff: Backoff = { attempts: 7, firstMs: 150, maxMs: 5_000 };

/** Wait before try `attempt` (1 = the first repeat). `random` in [0, 1). A Retry-After above `maxMs` is cut to it. */
export function retryDelayMs(backoff: Backoff, attempt: number, random: number, retryAfterMs: number | null): number {
  const ceiling = Math.min(backoff.maxMs, backoff.firstMs * 2 ** (attempt - 1));
  const floor = Math.min(retryAfterMs ?? 0, backoff.maxMs);
  return Math.min(backoff.maxMs, floor + random * ceiling);
}

/** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
