/**
 * Passwords: argon2id with 19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet; about 100 ms of one core).
 *
 * Every hash costs a core and 19 MiB, so few run at a time, few wait, and the rest are refused with Overloaded: a flood
 * of logins must not starve the audio. Checking a password against no account costs the same as against a wrong one.
 */
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { hash, verify } from "@node-rs/argon2";
import { Overloaded } from "../errors.ts";

/** In UTF-16 units, after NFC. The upper bound comes before any hashing. */
export const passwordLength = { min: 8, max: 256 } as const;

/** Algorithm 2 is argon2id; its const enum cannot be used without a build. */
const cost = { algorithm: 2, memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };

/** One core stays free for everything else a node does. */
const slots = Math.max(1, availableParallelism() - 1);
/** About 3 s of work per slot; who would wait longer is told so at once. */
const maxWaiting = slots * 32;
const retryAfterMs = 3_000;

/** The same password typed on different keyboards may arrive composed or decomposed (RFC 8265, OpaqueString). */
export function normalizePassword(password: string): string | undefined {
  if (password.length > passwordLength.max * 4) return undefined;
  const normal = password.normalize("NFC");
  return normal.length < passwordLength.min || normal.length > passwordLength.max ? undefined : normal;
}

export class PasswordHasher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #dummy: Promise<string> | undefined;

  /** PHC string of a password that normalizePassword accepted. */
  hash(password: string): Promise<string> {
    return this.#inSlot(() => hash(password, cost));
  }

  /**
   * Whether `password` opens `phc`. Without an account (`phc` undefined), with a stored text that is no hash, or
   * with a password that cannot be one (undefined), the same work is done on a hash of something else, and the answer is false.
   */
  async verify(phc: string | undefined, password: string | undefined): Promise<boolean> {
    const real = password !== undefined && phc?.startsWith("$argon2id$") === true;
    const against = real ? phc : await this.dummy();
    const matches = await this.#inSlot(() => verify(against, password ?? ""));
    return real && matches;
  }

  /** Made at service start, so that the first unknown user does not take twice as long. */
  dummy(): Promise<string> {
    return (this.#dummy ??= hash(randomBytes(32).toString("base64url"), cost));
  }

  async #inSlot<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= slots) {
      if (this.#waiting.length >= maxWaiting) throw new Overloaded("Too many people are logging in right now. Try again in a moment.", retryAfterMs);
      // The slot is handed over, not released: nobody can slip in between.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
