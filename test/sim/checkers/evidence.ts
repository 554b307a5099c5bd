/** What a checker is given: everything callers were told, and everything that truly happened. */
import type { Asked, Violation } from "../history.ts";
import type { Committed, Owned, Saved } from "../ledger.ts";

export interface Evidence {
  readonly history: readonly Asked[];
  readonly commits: readonly Committed[];
  readonly owned: readonly Owned[];
  readonly snapshots: readonly Saved[];
  /** So many events behind the last one an operation is remembered for certain. */
  readonly eventsKept: number;
}

/** Answers what is wrong; nothing when all is well. */
export type Checker = (evidence: Evidence) => Violation[];

/** Committed events of each actor, in the order in which they were committed. */
export const byActor = (commits: readonly Committed[]): Map<string, Committed[]> => Map.groupBy(commits, ({ actor }) => actor);
