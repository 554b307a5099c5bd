/**
 * What callers did and were told, on one monotonic clock (they all live in one process):
 *
 *   invoke --> ok      it happened: the answer says so
 *          --> fail    it did not happen: refused by a rule
 *          --> info    nobody knows: no answer came in the time there was
 */

export type Outcome = "open" | "ok" | "fail" | "info";

/** One thing a caller wanted to happen once. Repetitions have the same opId and are part of it. */
export interface Operation {
  readonly opId: string;
  /** Who; calls one operation after the other. */
  readonly caller: string;
  /** What it is about: a playlist, or the account of a listener. */
  readonly subject: string;
  /** What was asked for, as sent. */
  readonly op: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly invokedAt: number;
  outcome: Outcome;
  /** When the answer came. */
  endedAt: number;
  /** The playlist's version the operation made, as answered. */
  version: number | undefined;
  /** Operations that the answer calls concurrent with this one. */
  concurrentWith: readonly string[];
  attempts: number;
  /** Why it failed, or why nobody knows. */
  reason: string | undefined;
}

/** One read of a playlist by its owner. */
export interface Read {
  readonly playlist: string;
  readonly invokedAt: number;
  readonly version: number;
}

export class History {
  readonly operations: Operation[] = [];
  readonly reads: Read[] = [];
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  now(): number {
    return this.#now();
  }

  invoke(operation: Pick<Operation, "opId" | "caller" | "subject" | "op">): Operation {
    const invoked: Operation = { ...operation, invokedAt: this.#now(), outcome: "open", endedAt: Infinity, version: undefined, concurrentWith: [], attempts: 0, reason: undefined };
    this.operations.push(invoked);
    return invoked;
  }

  end(operation: Operation, outcome: Exclude<Outcome, "open">, { version, concurrentWith = [], reason }: { version?: number; concurrentWith?: readonly string[]; reason?: string } = {}): void {
    operation.outcome = outcome;
    operation.endedAt = outcome === "info" ? Infinity : this.#now();
    operation.version = version;
    operation.concurrentWith = concurrentWith;
    operation.reason = reason;
  }

  read(read: Read): void {
    this.reads.push(read);
  }

  get acked(): Operation[] {
    return this.operations.filter(({ outcome }) => outcome === "ok");
  }
}

/** An operation on one line, for reports. */
export function shown({ invokedAt, endedAt, caller, subject, op, opId, outcome, version, attempts, reason }: Operation): string {
  const took = Number.isFinite(endedAt) ? `+${(endedAt - invokedAt).toFixed(0)}` : "";
  return `${invokedAt.toFixed(0)}${took} ms ${caller} ${subject} ${op.type} ${opId} -> ${outcome}${version === undefined ? "" : ` v${version}`}${attempts > 1 ? ` after ${attempts} attempts` : ""}${reason === undefined ? "" : ` (${reason})`}`;
}
