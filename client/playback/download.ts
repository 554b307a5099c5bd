/**
 * One chunk on its way: bytes are kept as they arrive and may be read from the start by several readers, while it is
 * still arriving (decode) or after (a seek back). Broken connections are taken up where they broke.
 */

export class Download {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;
  #state: "arriving" | "complete" | "failed" = "arriving";
  #failure: unknown;
  #wake: (() => void)[] = [];
  /** When a reader last began, for the cache to forget the oldest. */
  usedAt = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get state(): "arriving" | "complete" | "failed" {
    return this.#state;
  }

  append(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#bytes += part.length;
    this.#notify();
  }

  complete(): void {
    this.#state = "complete";
    this.#notify();
  }

  fail(failure: unknown): void {
    this.#failure = failure;
    this.#state = "failed";
    this.#notify();
  }

  /** The first `bytes` bytes, or null when they have not all arrived. */
  head(bytes: number): Uint8Array | null {
    if (this.#bytes < bytes) return null;
    const head = new Uint8Array(bytes);
    let at = 0;
    for (const part of this.#parts) {
      if (at >= bytes) break;
      head.set(part.subarray(0, bytes - at), at);
      at += part.length;
    }
    return head;
  }

  /** Every part from the first one, waiting for those to come. Throws what the download failed with. */
  async *read(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    for (let next = 0; ; ) {
      signal.throwIfAborted();
      const part = this.#parts[next];
      if (part !== undefined) {
        next += 1;
        yield part;
      } else if (this.#state === "complete") {
        return;
      } else if (this.#state === "failed") {
        throw this.#failure;
      } else {
        await this.#changed(signal);
      }
    }
  }

  /** Resolves when all bytes are here. Throws what the download failed with. */
  async arrived(signal: AbortSignal): Promise<void> {
    while (this.#state === "arriving") {
      signal.throwIfAborted();
      await this.#changed(signal);
    }
    if (this.#state === "failed") throw this.#failure;
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        resolve();
      };
      signal.addEventListener("abort", done, { once: true });
      this.#wake.push(done);
    });
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const done of wake) done();
  }
}
