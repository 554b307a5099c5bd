/** The player's rights to play: kept for tracks around the current one, asked for when there is none or it is about to end. */
import { ApiError, LoggedOut, PlaybackError } from "../errors.ts";
import type { PlayGrant } from "../shapes.ts";

/** Grants kept; the one of the current track always is. */
const kept = 16;
/** A grant that ends sooner is not begun with. */
const aheadMs = 120_000;

export class GrantShelf {
  readonly #ask: (trackId: string) => Promise<PlayGrant>;
  readonly #now: () => number;
  readonly #grants = new Map<string, PlayGrant>();

  constructor(ask: (trackId: string) => Promise<PlayGrant>, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  /** What is kept for a track. */
  at(trackId: string | undefined): PlayGrant | undefined {
    return trackId === undefined ? undefined : this.#grants.get(trackId);
  }

  /** A grant that is good for a while. Rejects with PlaybackError. */
  async get(trackId: string, current: string | undefined): Promise<PlayGrant> {
    const grant = this.#grants.get(trackId);
    if (grant !== undefined && Date.parse(grant.expiresAt) > this.#now() + aheadMs) return grant;
    return this.renew(trackId, current);
  }

  /** A new one. Rejects with PlaybackError. */
  async renew(trackId: string, current: string | undefined): Promise<PlayGrant> {
    try {
      const grant = await this.#ask(trackId);
      this.#grants.delete(trackId);
      this.#grants.set(trackId, grant);
      const oldest = this.#grants.keys().next().value;
      if (this.#grants.size > kept && oldest !== undefined && oldest !== current) this.#grants.delete(oldest);
      return grant;
    } catch (error) {
      throw playbackError(error);
    }
  }

  clear(): void {
    this.#grants.clear();
  }
}

export function playbackError(error: unknown): PlaybackError {
  if (error instanceof PlaybackError) return error;
  if (error instanceof LoggedOut) return new PlaybackError("REFUSED", error.message, error);
  if (error instanceof ApiError) {
    const code = error.status === 404 ? "MISSING" : error.retryable ? "UNREACHABLE" : "REFUSED";
    return new PlaybackError(code, error.message, error);
  }
  return new PlaybackError("UNREACHABLE", "The music cannot be reached. Check the connection.", error);
}
