/** Observers: each is told of every version once, in order, and of nothing that is not in the journal. */
import type { JournalRow, Violation } from "./violation.ts";

/** What an observer of one playlist put together from pushes and, on a gap, from the ops since its version. */
export interface Observed {
  readonly observer: string;
  readonly playlist: string;
  readonly events: readonly Told[];
  /** Every push, as it came. */
  readonly told: readonly Told[];
}

export interface Told {
  readonly version: number;
  readonly opId: string;
}

export function checkObservers(observed: readonly Observed[], rows: readonly JournalRow[]): Violation[] {
  const violations: Violation[] = [];
  const journals = Map.groupBy(rows, (row) => row.playlist);
  for (const { observer, playlist, events, told } of observed) {
    const places = new Map(journals.get(playlist)?.map((row) => [row.seq, row.opId]));
    let last = 0;
    for (const { version, opId } of events) {
      if (version !== last + 1) violations.push({ kind: "observer", subject: playlist, about: `${observer} has version ${version} after ${last}`, opIds: [opId] });
      last = version;
    }
    for (const { version, opId } of [...events, ...told]) {
      const committed = places.get(version);
      if (committed === undefined) violations.push({ kind: "phantom", subject: playlist, about: `${observer} was told of version ${version} (${opId}), which is not in the journal`, opIds: [opId] });
      // An event without an operation id of its own is told without one.
      else if (opId !== "" && committed !== opId) violations.push({ kind: "split", subject: playlist, about: `${observer} was told of ${opId} as version ${version}, which is ${committed}`, opIds: [opId, committed] });
    }
    const newest = Math.max(0, ...places.keys());
    if (last < newest) violations.push({ kind: "observer", subject: playlist, about: `${observer} stopped at version ${last} of ${newest}`, opIds: [] });
  }
  return violations;
}
