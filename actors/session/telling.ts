/**
 * Tells an account's presence what friends may see. One call is under way per account; of what comes meanwhile the latest is told
 * after it. One that fails is tried again for some seconds: the stamp lets presence leave out what comes late.
 */
import { setTimeout as after } from "node:timers/promises";
import { serviceLimits } from "./limits.ts";
import type { Word } from "./model/index.ts";

export interface Stamped extends Word {
  readonly stamp: readonly [epoch: number, n: number];
}

export class Telling {
  /** Accounts that are being told, and what they are to be told next. */
  readonly #open = new Map<string, Stamped | undefined>();
  readonly #tell: (userId: string, word: Stamped) => Promise<unknown>;
  readonly #failed: (error: unknown) => void;
  #isStopped = false;

  constructor(tell: (userId: string, word: Stamped) => Promise<unknown>, failed: (error: unknown) => void) {
    this.#tell = tell;
    this.#failed = failed;
  }

  later(userId: string, word: Stamped): void {
    if (this.#open.has(userId)) this.#open.set(userId, word);
    else if (this.#open.size < serviceLimits.told) void this.#run(userId, word);
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #run(userId: string, first: Stamped): Promise<void> {
    for (let word: Stamped | undefined = first; word !== undefined; word = this.#open.get(userId)) {
      this.#open.set(userId, undefined);
      await this.#say(userId, word);
    }
    this.#open.delete(userId);
  }

  /** Until it is told, or a later word waits. */
  async #say(userId: string, word: Stamped): Promise<void> {
    for (const pauseMs of [...serviceLimits.tellAgainMs, undefined]) {
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
