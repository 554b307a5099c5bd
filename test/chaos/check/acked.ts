/** What callers were told against what is in the journal: acknowledged is there, once, where it was said to be; refused is not. */
import type { Operation } from "../history.ts";
import type { JournalRow, Violation } from "./violation.ts";

/** Events the actor makes by itself, which nobody asked for. */
const own: ReadonlySet<string> = new Set(["create", "compact"]);

export function checkAcked(operations: readonly Operation[], rows: readonly JournalRow[]): Violation[] {
  const violations: Violation[] = [];
  const places = Map.groupBy(rows, (row) => keyOf(row.playlist, row.opId));
  const asked = new Map(operations.map((operation) => [keyOf(operation.subject, operation.opId), operation]));
  for (const { outcome, opId, subject: playlist, version, op } of operations) {
    const [row] = places.get(keyOf(playlist, opId)) ?? [];
    const violation = (kind: Violation["kind"], about: string) => violations.push({ kind, subject: playlist, about, opIds: [opId] });
    if (outcome === "ok" && row === undefined) violation("lost", `${op.type} ${opId} was acknowledged as version ${version} and is not in the journal`);
    if (outcome === "ok" && row !== undefined && version !== undefined && version !== row.seq) violation("state", `${op.type} ${opId} was acknowledged as version ${version} and is at ${row.seq}`);
    if (outcome === "fail" && row !== undefined) violation("phantom", `${op.type} ${opId} was refused and is in the journal at ${row.seq}`);
  }
  for (const row of rows) {
    if (own.has(row.event.type) || asked.has(keyOf(row.playlist, row.opId))) continue;
    violations.push({ kind: "phantom", subject: row.playlist, about: `${row.event.type} ${row.opId} at ${row.seq} was never asked for`, opIds: [row.opId] });
  }
  return violations;
}

const keyOf = (playlist: string, opId: string): string => `${playlist} ${opId}`;
