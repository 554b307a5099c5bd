/** Errors of the storage ports. Adapters translate what their servers say into these; callers see nothing else. */

export class StorageUnavailable extends Error {
  override readonly name = "StorageUnavailable";
  /** Nothing is known to have changed: asking again later is safe for reads and idempotent writes. */
  readonly retryable = true;
}

/** The database refused a statement: a constraint, a syntax mistake, a deadlock. */
export class StatementRefused extends Error {
  override readonly name = "StatementRefused";
  /** Five letters of SQLSTATE: "23505" unique, "23503" foreign key, "23514" check, "40001" and "40P01" try again. */
  readonly code: string;
  /** The constraint that refused, when it was one. */
  readonly constraint: string | undefined;
  readonly retryable: boolean;

  constructor(message: string, refusal: { code: string; constraint?: string | undefined }, options?: ErrorOptions) {
    super(message, options);
    this.code = refusal.code;
    this.constraint = refusal.constraint;
    this.retryable = refusal.code.startsWith("40");
  }
}

/**
 * What the writer relied on has ended: its own life ("node a", with the incarnation as the epoch), or its time as the
 * owner of a shard. It must drop its state and step down. Nothing was written.
 */
export class Fenced extends Error {
  override readonly name = "Fenced";
  readonly retryable = false;
  /** "node NAME", or a shard such as "playlist/17". */
  readonly what: string;
  /** The incarnation or epoch that was refused. */
  readonly epoch: number;

  constructor(what: string, epoch: number) {
    super(`${what} is not in epoch ${epoch}`);
    this.what = what;
    this.epoch = epoch;
  }
}

/** An event or an operation of this actor is there already: the writer's state is stale. Nothing was written. */
export class SequenceConflict extends Error {
  override readonly name = "SequenceConflict";
  readonly retryable = false;
  readonly actor: string;
  /** Number of the event that was refused. */
  readonly seq: number;
  /** What is taken: its number by another event, or its operation's id at another number. */
  readonly reason: "sequence" | "operation";

  constructor(actor: string, seq: number, reason: "sequence" | "operation") {
    super(reason === "sequence" ? `${actor} has an event ${seq} already` : `${actor} knows the operation of event ${seq} already`);
    this.actor = actor;
    this.seq = seq;
    this.reason = reason;
  }
}

/** The schema of the database is not the one this code was written for. `npm run migrate` changes it. */
export class SchemaMismatch extends Error {
  override readonly name = "SchemaMismatch";
  readonly retryable = false;
  /** Migrations of this code that the database lacks, oldest first. */
  readonly missing: readonly string[];
  /** Migrations of the database that this code does not know: it was migrated by newer code. */
  readonly unknown: readonly string[];

  constructor(missing: readonly string[], unknown: readonly string[]) {
    super(
      unknown.length > 0
        ? `The database was migrated by newer code (${unknown.join(", ")}): start a version that knows these migrations.`
        : `The database lacks ${missing.length} of this version's migrations (${missing.join(", ")}): run \`npm run migrate\` once, then start again.`,
    );
    this.missing = missing;
    this.unknown = unknown;
  }
}

/** The embedded PostgreSQL cannot run here; the message says what to do. */
export class EmbeddedServerFailed extends Error {
  override readonly name = "EmbeddedServerFailed";
  readonly retryable = false;
}

/** An object was stored again under the same key with other bytes. */
export class ObjectConflict extends Error {
  override readonly name = "ObjectConflict";
  readonly retryable = false;
}

/** A key or argument that no adapter may accept (path tricks, empty, too long). */
export class InvalidKey extends Error {
  override readonly name = "InvalidKey";
  readonly retryable = false;
}

/** This process listens to as many topics as it may. */
export class TooManyListeners extends Error {
  override readonly name = "TooManyListeners";
  /** When others have ended theirs. */
  readonly retryable = true;

  constructor(bound: number) {
    super(`this process has its ${bound} listeners`);
  }
}

/** A day of the event log has events that a group has not read; it was not dropped. `EventLog.forget` lets a group go that reads no more. */
export class EventsUnread extends Error {
  override readonly name = "EventsUnread";
  /** When the group has read them. */
  readonly retryable = true;
  /** "2026-11-23" */
  readonly day: string;
  readonly group: string;

  constructor(day: string, group: string) {
    super(`${group} has not read all listening events of ${day}`);
    this.day = day;
    this.group = group;
  }
}
