/**
 * Tells actors how many follow them by now. One call is under way per actor; of what comes meanwhile the latest is told after it, so that
 * an account whom thousands begin to follow at once is told a few times. What cannot be told is dropped: actors read the table now and then.
 */
import { limits } from "./limits.ts";
import type { Facts } from "./model/index.ts";

export class Telling {
  /** Actors that are being told, and what they are to be told next. */
  readonly #open = new Map<string, Facts | undefined>();
  readonly #tell: (userId: string, facts: Facts) => Promise<unknown>;
  readonly #failed: (error: unknown) => void;

  constructor(tell: (userId: string, facts: Facts) => Promise<unknown>, failed: (error: unknown) => void) {
    this.#tell = tell;
    this.#failed = failed;
  }

  later(userId: string, facts: Facts): void {
    if (this.#open.has(userId)) {
      const next = this.#open.get(userId);
      if (next === undefined || next.version < facts.version) this.#open.set(userId, facts);
    } else if (this.#open.size < limits.told) void this.#run(userId, facts);
  }

  async #run(userId: string, first: Facts): Promise<void> {
    for (let facts: Facts | undefined = first; facts !== undefined; facts = this.#open.get(userId)) {
      this.#open.set(userId, undefined);
      await this.#tell(userId, facts).catch(this.#failed);
    }
    this.#open.delete(userId);
  }
}
