/**
 * Errors that actions answer with. They travel over NATS and HTTP by their fields, not by their class:
 * `code` is the HTTP status, `type` the stable name clients switch on, `retryable` whether the same call may be sent
 * again unchanged, `message` a sentence for a person, `data` details that are safe to show.
 */
import { Errors } from "moleculer";

class EnsembleError extends Errors.MoleculerError {
  constructor(status: number, type: string, message: string, retryable: boolean, details?: Record<string, unknown>) {
    super(message, status, type, details);
    this.retryable = retryable;
  }
}

export class NotFound extends EnsembleError {
  constructor(what: string, id: string) {
    super(404, "NOT_FOUND", `There is no ${what} with this id.`, false, { what, id });
  }
}

export class InvalidInput extends EnsembleError {
  constructor(message: string, details?: Record<string, unknown>) {
    super(422, "INVALID_INPUT", message, false, details);
  }
}

export class Unauthorized extends EnsembleError {
  constructor(message = "Log in to do this.") {
    super(401, "UNAUTHORIZED", message, false);
  }
}

export class Forbidden extends EnsembleError {
  constructor(type: string, message: string, details?: Record<string, unknown>) {
    super(403, type, message, false, details);
  }
}

export class Conflict extends EnsembleError {
  constructor(type: string, message: string, details?: Record<string, unknown>) {
    super(409, type, message, false, details);
  }
}

/** It was there and is not any more, nor will it be. */
export class Gone extends EnsembleError {
  constructor(type: string, message: string, details?: Record<string, unknown>) {
    super(410, type, message, false, details);
  }
}

/** Refused because of load: nothing was done. `retryAfterMs` becomes Retry-After. */
export class Overloaded extends EnsembleError {
  constructor(message: string, retryAfterMs: number) {
    super(503, "OVERLOADED", message, true, { retryAfterMs });
  }
}

/** Refused because this caller asks too often: nothing was done. `retryAfterMs` becomes Retry-After. */
export class RateLimited extends EnsembleError {
  constructor(message: string, retryAfterMs: number) {
    super(429, "RATE_LIMITED", message, true, { retryAfterMs });
  }
}

/** The thing exists, but not in the form that was asked for. */
export class NotAvailable extends EnsembleError {
  constructor(type: string, message: string, details?: Record<string, unknown>) {
    super(404, type, message, false, details);
  }
}

/** Something this needs does not answer or is not there; nothing is wrong with what was asked. */
export class Unavailable extends EnsembleError {
  constructor(type: string, message: string, retryAfterMs: number) {
    super(503, type, message, true, { retryAfterMs });
  }
}
