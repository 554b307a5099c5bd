/**
 * Tells accounts' actors something, from outside. One call is under way per account; of what comes meanwhile the latest is told after it,
 * so that an account of which much happens at once is told a few times. What cannot be told is dropped.
 */
import { setTimeout as after } from "node:timers/promises";

export interface TellingOptions<Word> {
  /** Accounts that are being told at one time; what comes for more is dropped. */
  readonly most: number;
  /** Pauses before one that failed is tried again, unless a later one waits. */
  readonly againMs?: readonly number[];
  /** Whether `word` is to be told in place of `other`, which came before it. Absent: it always is. */
  readonly isLater?: (word: Word, other: Word) => boolean;
}

export class Telling<Word extends object> {
  /** Accounts that are being told, and what they are to be told next. */
  readonly #open = new Map<string, Word | undefined>();
  readonly #tell: (userId: string, word: Word) => Promise<unknown>;
  readonly #failed: (error: unknown) => void;
  readonly #options: TellingOptions<Word>;
  #isStopped = false;

  constructor(tell: (userId: string, word: Word) => Promise<unknown>, failed: (error: unknown) => void, options: TellingOptions<Word>) {
    this.#tell = tell;
    this.#failed = failed;
    this.#options = options;
  }

  later(userId: string, word: Word): void {
    const { most, isLater } = this.#options;
    const next = this.#open.get(userId);
    if (!this.#open.has(userId)) {
      if (this.#open.size < most) void this.#run(userId, word);
    } else if (next === undefined || isLater?.(word, next) !== false) this.#open.set(userId, word);
  }

  /** What fails from now on is not tried again. */
  stop(): void {
    this.#isStopped = true;
  }

  async #run(userId: string, first: Word): Promise<void> {
    for (let word: Word | undefined = first; word !== undefined; word = this.#open.get(userId)) {
      this.#open.set(userId, undefined);
      await this.#say(userId, word);
    }
    this.#open.delete(userId);
  }

  /** Until it is told, or a later word waits. */
  async #say(userId: string, word: Word): Promise<void> {
    for (const pauseMs of [...(this.#options.againMs ?? []), undefined]) {
      try {
        await this.#tell(userId, word);
        return;
      } catch (error) {
        if (pauseMs === undefined || this.#isStopped) this.#failed(error);
        if (this.#isStopped) return;
      }
      if (pauseMs !== undefined) await after(pauseMs, undefined, { ref: false });
      if (this.#open.get(userId) !== undefined) return;
    }
  }
}
