/** The journal by itself: one writer at a time means one event per place, no place left out, and epochs that never go back. */
import type { JournalRow, Violation } from "./violation.ts";

/** `rows` as they stand in the store, in any order. */
export function checkJournal(rows: readonly JournalRow[]): Violation[] {
  const violations: Violation[] = [];
  for (const [playlist, events] of Map.groupBy(rows, (row) => row.playlist)) {
    const ordered = events.toSorted((a, b) => a.seq - b.seq);
    let before: JournalRow | undefined;
    for (const row of ordered) {
      const expected = (before?.seq ?? 0) + 1;
      if (row.seq < expected) violations.push({ kind: "split", subject: playlist, about: `two events at ${row.seq}: ${before?.opId} in epoch ${before?.epoch} and ${row.opId} in epoch ${row.epoch}`, opIds: [before?.opId ?? "", row.opId] });
      if (row.seq > expected) violations.push({ kind: "gap", subject: playlist, about: `events ${expected} to ${row.seq - 1} are missing`, opIds: [row.opId] });
      if (before !== undefined && row.epoch < before.epoch) violations.push({ kind: "split", subject: playlist, about: `event ${row.seq} has epoch ${row.epoch}, after one of epoch ${before.epoch}: a former owner wrote it`, opIds: [row.opId] });
      before = row;
    }
    for (const [opId, same] of Map.groupBy(ordered, (row) => row.opId)) {
      if (same.length > 1) violations.push({ kind: "duplicated", subject: playlist, about: `operation ${opId} is there ${same.length} times, at ${same.map(({ seq }) => seq).join(", ")}`, opIds: [opId] });
    }
  }
  return violations;
}
