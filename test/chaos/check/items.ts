/**
 * What callers did to items against the items in the end, without the journal: an acknowledged add that nobody tried to remove is
 * there once; an acknowledged remove has removed (unless removes `mayYield`); what was refused is not there. Operations name the
 * items they make.
 */
import type { Operation } from "../history.ts";
import type { FinalRead } from "./state.ts";
import type { Violation } from "./violation.ts";

export function checkItems(operations: readonly Operation[], reads: readonly FinalRead[], mayYield = false): Violation[] {
  const violations: Violation[] = [];
  const byPlaylist = Map.groupBy(operations, ({ subject: playlist }) => playlist);
  for (const { reader, playlist, items } of reads) {
    const there = Map.groupBy(items, ({ itemId }) => itemId);
    const adds = new Map<string, Operation>();
    const removes = new Map<string, Operation[]>();
    for (const operation of byPlaylist.get(playlist) ?? []) {
      const { op } = operation;
      if (op.type === "add") adds.set(String(op["itemId"]), operation);
      if (op.type === "remove") for (const itemId of op["itemIds"] as string[]) removes.set(itemId, [...(removes.get(itemId) ?? []), operation]);
    }
    const found = (kind: Violation["kind"], about: string, opId: string) => violations.push({ kind, subject: playlist, about: `${reader}: ${about}`, opIds: [opId] });
    for (const [itemId, add] of adds) {
      const count = there.get(itemId)?.length ?? 0;
      const tried = (removes.get(itemId) ?? []).filter(({ outcome }) => outcome !== "fail");
      if (add.outcome === "ok" && tried.length === 0 && count === 0) found("lost", `item ${itemId} was added by ${add.opId}, removed by nobody, and is not there`, add.opId);
      if (count > 1) found("duplicated", `item ${itemId} of ${add.opId} stands there ${count} times`, add.opId);
      if (add.outcome === "fail" && count > 0) found("phantom", `item ${itemId} is there, though ${add.opId} was refused`, add.opId);
      const removed = tried.find(({ outcome }) => outcome === "ok");
      if (removed !== undefined && count > 0 && !mayYield) found("lost", `item ${itemId} is there, though ${removed.opId} removed it`, removed.opId);
    }
    for (const itemId of there.keys()) if (!adds.has(itemId)) found("phantom", `item ${itemId} was added by nobody`, "");
  }
  return violations;
}

/** Per element of a set (a track in a library): the last operation wins, where it is known which one that is. */
export function checkSet(operations: readonly Operation[], reads: readonly FinalRead[], elementOf: (operation: Operation) => string | undefined): Violation[] {
  const violations: Violation[] = [];
  const byPlaylist = Map.groupBy(operations, ({ subject: playlist }) => playlist);
  for (const { reader, playlist, items } of reads) {
    const members = Map.groupBy(items, ({ trackId }) => trackId);
    const elements = Map.groupBy((byPlaylist.get(playlist) ?? []).filter(({ outcome }) => outcome !== "fail"), (operation) => elementOf(operation) ?? "");
    for (const [element, touched] of elements) {
      const last = touched.reduce((latest, next) => (next.invokedAt > latest.invokedAt ? next : latest));
      const count = members.get(element)?.length ?? 0;
      if (count > 1) violations.push({ kind: "duplicated", subject: playlist, about: `${reader}: ${element} is in the set ${count} times`, opIds: [last.opId] });
      const isDecided = last.outcome === "ok" && touched.every((operation) => operation === last || operation.endedAt < last.invokedAt);
      if (isDecided && (last.op.type === "add") !== (count > 0)) violations.push({ kind: "lost", subject: playlist, about: `${reader}: ${element} is ${count > 0 ? "" : "not "}in the set, though ${last.opId} (${last.op.type}) was the last word`, opIds: [last.opId] });
    }
  }
  return violations;
}
