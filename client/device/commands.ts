/**
 * Wishes on their way to the session: told one after the other in the order in which they were made, repeated with the same opId until
 * they are answered. A seek or volume that has not gone out yet gives way to the next one. Bound: `most` wait, then the oldest go.
 */
import { mayRepeat } from "../errors.ts";
import type { Answered } from "./shapes.ts";
import type { Wish } from "./wishes.ts";

export interface Wished {
  readonly opId: string;
  readonly wish: Wish;
  /** It was done here before the session has answered. */
  readonly isDone: boolean;
}

export interface CommandsOptions {
  readonly send: (wished: Wished) => Promise<Answered>;
  readonly answered: (answer: Answered, wished: Wished) => void;
  /** The session will not: what was wished after it is forgotten too. */
  readonly refused: (error: unknown, wished: Wished) => void;
  /** Ms; only differences count. */
  readonly now: () => number;
  readonly most?: number;
}

const retryMs = { first: 500, most: 10_000 };
const replaced: readonly Wish["type"][] = ["seek", "volume"];

export class Commands {
  readonly #options: Required<CommandsOptions>;
  #waiting: Wished[] = [];
  #isSending = false;
  #failures = 0;
  #retryAt = 0;

  constructor(options: CommandsOptions) {
    this.#options = { most: 200, ...options };
  }

  /** Wishes that are not answered. */
  get waiting(): number {
    return this.#waiting.length;
  }

  add(wished: Wished): void {
    const last = this.#waiting.at(-1);
    const isUnsent = this.#waiting.length > (this.#isSending ? 1 : 0);
    if (last !== undefined && isUnsent && last.wish.type === wished.wish.type && replaced.includes(wished.wish.type)) this.#waiting.pop();
    this.#waiting.push(wished);
    // The first may be on its way.
    if (this.#waiting.length > this.#options.most) this.#waiting.splice(1, 1);
    this.tick();
  }

  /** Forgets what is not answered. */
  clear(): void {
    this.#waiting = [];
  }

  /** Tells what is due; to be called about once a second. */
  tick(): void {
    if (this.#options.now() >= this.#retryAt) void this.#sendAll();
  }

  /** The session can be reached again. */
  retryNow(): void {
    this.#failures = 0;
    this.#retryAt = 0;
    this.tick();
  }

  async #sendAll(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      try {
        const answer = await this.#options.send(first);
        this.#failures = 0;
        // It may have been forgotten meanwhile.
        const isWaited = this.#waiting[0] === first;
        if (isWaited) this.#waiting.shift();
        if (isWaited) this.#options.answered(answer, first);
      } catch (error) {
        if (this.#waiting[0] !== first) continue;
        if (mayRepeat(error)) {
          this.#failures += 1;
          this.#retryAt = this.#options.now() + Math.min(retryMs.most, retryMs.first * 2 ** Math.min(this.#failures - 1, 10));
          break;
        }
        this.#waiting = [];
        this.#options.refused(error, first);
      }
    }
    this.#isSending = false;
  }
}
