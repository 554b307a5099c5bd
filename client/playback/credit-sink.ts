/**
 * Back-pressure over a one-way channel: blocks go out while less than `aheadMs` of audio is waiting on the other side,
 * which reports how much it consumed. Bounds the decoded audio in memory to `aheadMs` and one block.
 */
import type { Sink } from "./producer.ts";
import type { Block } from "./sample-queue.ts";

/**
 * Decoding runs more than a hundred times faster than playing, so a small lead rides out a busy machine; a larger one
 * would only make a change of quality come later.
 */
const decodedAheadMs = 2_500;

export class CreditSink implements Sink {
  readonly #aheadFrames: number;
  readonly #rate: number;
  readonly #send: (block: Block) => void;
  readonly #sendEnd: (generation: number) => void;
  #generation = -1;
  #written = 0;
  #consumed = 0;
  #room: () => void = () => {};

  constructor(rate: number, send: (block: Block) => void, sendEnd: (generation: number) => void, aheadMs: number = decodedAheadMs) {
    this.#rate = rate;
    this.#aheadFrames = Math.round((aheadMs / 1_000) * rate);
    this.#send = send;
    this.#sendEnd = sendEnd;
  }

  get aheadMs(): number {
    return ((this.#written - this.#consumed) / this.#rate) * 1_000;
  }

  /** The other side has rendered `consumedFrames` of `generation` so far. */
  consumed(generation: number, consumedFrames: number): void {
    if (generation !== this.#generation) return;
    this.#consumed = consumedFrames;
    this.#room();
  }

  async write(block: Block, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (block.generation !== this.#generation) {
      this.#generation = block.generation;
      this.#written = 0;
      this.#consumed = 0;
    }
    this.#written += block.channels[0]?.length ?? 0;
    this.#send(block);
    while (this.#written - this.#consumed > this.#aheadFrames) await this.#waitForRoom(signal);
  }

  end(generation: number): void {
    this.#sendEnd(generation);
  }

  #waitForRoom(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason as Error);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#room = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
    });
  }
}
