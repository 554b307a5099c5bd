/**
 * Errors of the actor runtime. The router handles NotOwner and Interrupted itself, within the caller's deadline; callers
 * see the others, and Interrupted when the deadline came first.
 */

/** A refusal that may cross to another node as plain data. */
export abstract class ActorError extends Error {
  abstract override readonly name: "NotOwner" | "Overloaded" | "Interrupted" | "UnknownActor";
  /** Whether the same call may be made again at once, with the same operation id. */
  abstract readonly retryable: boolean;
}

/** This node does not own the actor (any more). Nothing happened. */
export class NotOwner extends ActorError {
  override readonly name = "NotOwner";
  override readonly retryable = true;
  /** Who does, as far as this node knows. */
  readonly owner: string | undefined;
  readonly epoch: number;

  constructor(shard: string, owner?: string, epoch = 0) {
    super(`this node does not own ${shard}`);
    this.owner = owner;
    this.epoch = epoch;
  }
}

/** Too many calls wait already. Nothing happened; repeating it at once makes it worse. */
export class Overloaded extends ActorError {
  override readonly name = "Overloaded";
  override readonly retryable = false;
}

/** The outcome is unknown: the commit failed or the owner was lost. Safe to repeat with the same operation id. */
export class Interrupted extends ActorError {
  override readonly name = "Interrupted";
  override readonly retryable = true;
}

/** No node hosts this type of actor. */
export class UnknownActor extends ActorError {
  override readonly name = "UnknownActor";
  override readonly retryable = false;
}

/** A turn asked for reminders that it may not have. Nothing happened. */
export class ReminderRefused extends Error {
  override readonly name = "ReminderRefused";
  /** HTTP status, and what callers switch on. */
  readonly code = 422;
  readonly type = "REMINDER_REFUSED";
}

/** A reminder was due and its turn failed. It comes again, unless it failed too often. */
export class ReminderFailed extends Error {
  override readonly name = "ReminderFailed";

  constructor(actor: string, name: string, failures: number, next: number | null, options: ErrorOptions) {
    super(`reminder "${name}" of ${actor} failed ${failures === 1 ? "once" : `${failures} times`}: ${next === null ? "nobody tries any more" : `it comes again at ${new Date(next).toISOString()}`}`, options);
  }
}
