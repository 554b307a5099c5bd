/** How many wrong codes an account may try. Charged before a code is looked at, so that tries sent in parallel count like tries sent one by one. */
import { LRUCache } from "lru-cache";
import { RateLimited } from "../errors.ts";
import { serviceLimits } from "./limits.ts";

export class Guesses {
  readonly #counts = new LRUCache<string, { wrong: number }>({ max: serviceLimits.guessers, ttl: serviceLimits.wrongCodesMs });

  /** Charges a try. Call `refund` when it was right. Throws RateLimited, and counts nothing, when there were too many. */
  charge(userId: string): { refund(): void } {
    const count = this.#counts.get(userId) ?? { wrong: 0 };
    if (count.wrong >= serviceLimits.wrongCodes) throw new RateLimited("Too many wrong codes. Wait before the next one.", Math.max(1_000, this.#counts.getRemainingTTL(userId)));
    if (count.wrong === 0) this.#counts.set(userId, count);
    count.wrong += 1;
    return { refund: () => void (count.wrong -= 1) };
  }
}
