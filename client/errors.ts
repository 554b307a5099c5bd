/** Errors of the client: what went wrong, and whether asking again may help. Thrown by api.ts and the playback engine. */

/** The service answered with an error: `{ "error": { code, message, retryable, details? } }`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status. */
  readonly status: number;
  /** Stable name to switch on, e.g. "NOT_FOUND". */
  readonly code: string;
  /** Whether the same call may be sent again unchanged. */
  readonly retryable: boolean;
  /** How long to wait before that (Retry-After); null when the service did not say. */
  readonly retryAfterMs: number | null;
  readonly details: unknown;

  constructor(answer: { status: number; code: string; message: string; retryable: boolean; retryAfterMs?: number | null; details?: unknown }) {
    super(answer.message);
    this.status = answer.status;
    this.code = answer.code;
    this.retryable = answer.retryable;
    this.retryAfterMs = answer.retryAfterMs ?? null;
    this.details = answer.details;
  }
}

/** No answer: the service could not be reached, or the connection broke. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";

  constructor(cause: unknown) {
    super("The service cannot be reached. Check the connection.", { cause });
  }
}

/** The login is over: the refresh token is unknown, expired, or was used before. The user must log in again. */
export class LoggedOut extends Error {
  override readonly name = "LoggedOut";

  constructor() {
    super("Your session has ended. Log in again.");
  }
}

/** Whether the same call may pass the next time: no answer, too many at once, a login that ended, and what the service says may be repeated. */
export function mayRepeat(error: unknown): boolean {
  const { status, retryable } = (error ?? {}) as { status?: number; retryable?: boolean };
  return status === undefined || retryable === true || status === 401 || status === 429 || status >= 500;
}

export type PlaybackErrorCode = "UNSUPPORTED" | "UNREACHABLE" | "MISSING" | "REFUSED" | "CORRUPT" | "INTERNAL";

/**
 * Playback cannot go on. `code`: UNSUPPORTED (this browser or this page's address cannot play), UNREACHABLE (the network
 * gave up after every retry), MISSING (a chunk is not there), REFUSED (no right to play), CORRUPT (undecodable), INTERNAL.
 */
export class PlaybackError extends Error {
  override readonly name = "PlaybackError";
  readonly code: PlaybackErrorCode;

  constructor(code: PlaybackErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
