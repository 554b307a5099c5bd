/**
 * What a client sees of an error: `{error: {code, message, retryable, details?}}` and a status.
 *
 * `problemOf` turns anything thrown into one. Errors that our actions throw on purpose keep their words; everything
 * else becomes a plain 500 (or 503 / 504 for the bus and the stores), so that no stack, SQL, path or value leaks.
 */
export type Details = Readonly<Record<string, unknown>>;

/** An answer that is not a success. Thrown by the gateway's own code; `headers` go out with it. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly retryable: boolean;
  readonly details: Details | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, options: { retryable?: boolean; details?: Details; headers?: Readonly<Record<string, string>> } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details;
    this.headers = options.headers ?? {};
  }
}

export const badRequest = (code: string, message: string) => new Problem(400, code, message);
export const notFound = () => new Problem(404, "NOT_FOUND", "There is nothing at this address.");
export const unauthorized = (message = "Log in to do this.", code = "UNAUTHORIZED") =>
  new Problem(401, code, message, { headers: { "WWW-Authenticate": code === "INVALID_TOKEN" ? 'Bearer realm="ensemble", error="invalid_token"' : 'Bearer realm="ensemble"' } });
export const forbidden = (message = "Only administrators may do this.", code = "FORBIDDEN") => new Problem(403, code, message);
export const tooLarge = (bytes: number) => new Problem(413, "TOO_LARGE", `The body may have at most ${bytes} bytes.`);

/** 429 or 503: nothing was done; the same request may be sent again after `retryAfterMs`. */
export function later(status: 429 | 503, code: string, message: string, retryAfterMs: number): Problem {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  return new Problem(status, code, message, { retryable: true, details: { retryAfterMs: Math.ceil(retryAfterMs) }, headers: { "Retry-After": String(seconds) } });
}

/** Body of the answer. */
export function problemBody(problem: Problem): string {
  const { code, message, retryable, details } = problem;
  return JSON.stringify({ error: { code, message, retryable, ...(details === undefined ? {} : { details }) } });
}

/** The problem to answer for anything that was thrown; `method` says whether an unknown outcome may be tried again. */
export function problemOf(thrown: unknown, method: string): Problem {
  if (thrown instanceof Problem) return thrown;
  if (!(thrown instanceof Error)) return internal();
  const error = thrown as Error & { code?: unknown; type?: unknown; data?: unknown; retryable?: boolean };
  // Names, not classes: over NATS an error arrives as a copy of its fields.
  switch (error.name) {
    case "ValidationError":
      return new Problem(422, "INVALID_INPUT", "Some parameters are not valid.", { details: { fields: fieldsOf(error.data) } });
    case "StorageUnavailable":
      return later(503, "UNAVAILABLE", "A store does not answer at the moment.", 1_000);
    case "StatementRefused":
      // Two transactions met and this one was rolled back: another try may do.
      return error.retryable === true ? later(503, "UNAVAILABLE", "Someone changed the same at this moment.", 1_000) : internal();
    case "ServiceNotFoundError":
    case "ServiceNotAvailableError":
    case "BrokerDisconnectedError":
    case "RequestRejectedError":
    case "ServiceUnavailableError":
      return later(503, "UNAVAILABLE", "This part of the service does not answer at the moment.", 1_000);
    case "QueueIsFullError":
    case "TooManyListeners":
      return later(503, "OVERLOADED", "The service is overloaded.", 1_000);
    case "RequestTimeoutError":
      return new Problem(504, "TIMEOUT", "The service did not answer in time; whether the request took effect is not known.", { retryable: method === "GET" || method === "HEAD", headers: { "Retry-After": "1" } });
    default:
  }
  const { code: status, type } = error;
  // Not by class: an error of ours that came over NATS is a plain Error with these fields.
  const ours = typeof status === "number" && typeof type === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(type);
  if (!ours || (status !== 503 && (status < 400 || status > 499))) return internal();
  const details = detailsOf(error.data);
  if (status === 401) return unauthorized(error.message, type);
  if (status === 429 || status === 503) return later(status, type, error.message, typeof details?.["retryAfterMs"] === "number" ? details["retryAfterMs"] : 1_000);
  return new Problem(status, type, error.message, { retryable: error.retryable ?? false, ...(details === undefined ? {} : { details }) });
}

function internal(): Problem {
  return new Problem(500, "INTERNAL", "Something went wrong here. The request id finds it in our logs.");
}

/** Details as they may be shown: a plain object, small and shallow. Anything else is left out whole. */
function detailsOf(data: unknown): Details | undefined {
  if (typeof data !== "object" || data === null || Array.isArray(data) || Object.keys(data).length === 0) return undefined;
  return isSmall(data, 4) ? (data as Details) : undefined;
}

function isSmall(value: unknown, depth: number): boolean {
  if (typeof value === "string") return value.length <= 1_000;
  if (typeof value !== "object" || value === null) return typeof value !== "bigint";
  const members: unknown[] = Object.values(value);
  return depth > 0 && members.length <= 50 && members.every((member) => isSmall(member, depth - 1));
}

const reasons: Readonly<Record<string, string>> = {
  required: "is required",
  string: "must be a string",
  stringEmpty: "must not be empty",
  stringMin: "is too short",
  stringMax: "is too long",
  stringPattern: "does not have the right form",
  number: "must be a number",
  numberMin: "is too small",
  numberMax: "is too large",
  numberInteger: "must be a whole number",
  boolean: "must be true or false",
  enumValue: "is not one of the allowed values",
  array: "must be a list",
  arrayMin: "has too few elements",
  arrayMax: "has too many elements",
  object: "must be an object",
  objectStrict: "has unknown fields",
};

/** One entry per mistake. What was sent is never repeated: it may be a password, or a megabyte. */
function fieldsOf(data: unknown): { field: string; rule: string; reason: string; expected?: string | number }[] {
  if (!Array.isArray(data)) return [];
  return data.slice(0, 20).map((entry: { field?: unknown; type?: unknown; expected?: unknown }) => {
    const rule = typeof entry.type === "string" ? entry.type : "invalid";
    const expected = typeof entry.expected === "number" || (typeof entry.expected === "string" && rule === "enumValue") ? entry.expected : undefined;
    return { field: typeof entry.field === "string" ? entry.field.slice(0, 128) : "", rule, reason: reasons[rule] ?? "is not valid", ...(expected === undefined ? {} : { expected }) };
  });
}
