/**
 * Order: an operation that was asked for after another had been acknowledged comes behind it. Holds for one caller (its calls
 * are one after the other) and between callers (they share a clock): with one place per event this is linearizability.
 */
import type { Operation, Read } from "../history.ts";
import type { JournalRow, Violation } from "./violation.ts";

export function checkOrder(operations: readonly Operation[], rows: readonly JournalRow[]): Violation[] {
  const violations: Violation[] = [];
  const byPlaylist = Map.groupBy(operations, ({ subject: playlist }) => playlist);
  for (const [playlist, events] of Map.groupBy(rows, (row) => row.playlist)) {
    const asked = new Map(byPlaylist.get(playlist)?.map((operation) => [operation.opId, operation]));
    // Along the sequence: nothing may end before something in front of it began.
    let latest: Operation | undefined;
    for (const { opId } of events.toSorted((a, b) => a.seq - b.seq)) {
      const operation = asked.get(opId);
      if (operation === undefined) continue;
      if (latest !== undefined && operation.endedAt < latest.invokedAt) {
        violations.push({ kind: "order", subject: playlist, about: `${latest.opId} of ${latest.caller} is before ${opId} of ${operation.caller}, which was acknowledged before it was asked for`, opIds: [latest.opId, opId] });
      }
      if (latest === undefined || operation.invokedAt > latest.invokedAt) latest = operation;
    }
  }
  return violations;
}

/** Reads: an owner's read sees every operation that was acknowledged before it began. */
export function checkReads(operations: readonly Operation[], reads: readonly Read[]): Violation[] {
  const violations: Violation[] = [];
  const acked = Map.groupBy(operations.filter(({ outcome, version }) => outcome === "ok" && version !== undefined), ({ subject: playlist }) => playlist);
  for (const [playlist, all] of Map.groupBy(reads, (read) => read.playlist)) {
    const ended = (acked.get(playlist) ?? []).toSorted((a, b) => a.endedAt - b.endedAt);
    let at = 0;
    let newest: Operation | undefined;
    for (const read of all.toSorted((a, b) => a.invokedAt - b.invokedAt)) {
      for (let next = ended[at]; next !== undefined && next.endedAt < read.invokedAt; next = ended[++at]) {
        if ((next.version ?? 0) > (newest?.version ?? 0)) newest = next;
      }
      if (newest !== undefined && read.version < (newest.version ?? 0)) {
        violations.push({ kind: "stale", subject: playlist, about: `a read at ${read.invokedAt.toFixed(0)} ms saw version ${read.version}; ${newest.opId} had been acknowledged as ${newest.version}`, opIds: [newest.opId] });
      }
    }
  }
  return violations;
}
