/** The state that readers get against what the events make, folded here without a line of the product's code. */
import type { JournalRow, Violation } from "./violation.ts";

export interface Item {
  readonly itemId: string;
  readonly trackId: string;
}

/** A playlist as one reader got it in the end. */
export interface FinalRead {
  readonly reader: string;
  readonly playlist: string;
  readonly version: number;
  readonly items: readonly Item[];
}

interface Placed extends Item {
  readonly position: number;
}

/** Items in order after these events. */
export function fold(rows: readonly JournalRow[]): Item[] {
  let items = new Map<string, Placed>();
  const sorted = () => [...items.values()].toSorted((a, b) => a.position - b.position || (a.itemId < b.itemId ? -1 : 1));
  for (const { event } of rows.toSorted((a, b) => a.seq - b.seq)) {
    if (event.type === "add") for (const item of event["items"] as Placed[]) items.set(item.itemId, item);
    if (event.type === "remove") {
      const kept = new Set((event["outdone"] as string[] | undefined) ?? []);
      for (const itemId of event["itemIds"] as string[]) if (!kept.has(itemId)) items.delete(itemId);
    }
    if (event.type === "move") {
      for (const { itemId, position } of event["items"] as Placed[]) {
        const item = items.get(itemId);
        if (item !== undefined) items.set(itemId, { ...item, position });
      }
    }
    if (event.type === "compact") items = new Map(sorted().map((item, at) => [item.itemId, { ...item, position: at + 1 }]));
  }
  return sorted().map(({ itemId, trackId }) => ({ itemId, trackId }));
}

export function checkState(reads: readonly FinalRead[], rows: readonly JournalRow[]): Violation[] {
  const violations: Violation[] = [];
  const journals = Map.groupBy(rows, (row) => row.playlist);
  for (const { reader, playlist, version, items } of reads) {
    const events = journals.get(playlist) ?? [];
    const newest = Math.max(0, ...events.map(({ seq }) => seq));
    const state = (about: string, kind: Violation["kind"] = "state", opIds: string[] = []) => violations.push({ kind, subject: playlist, about: `${reader}: ${about}`, opIds });
    if (version !== newest) state(`read version ${version} in the end, the journal is at ${newest}`);
    for (const [itemId, same] of Map.groupBy(items, (item) => item.itemId)) if (same.length > 1) state(`item ${itemId} stands there ${same.length} times`, "duplicated");
    const made = fold(events);
    const at = made.findIndex((item, n) => item.itemId !== items[n]?.itemId || item.trackId !== items[n]?.trackId);
    if (at >= 0 || items.length !== made.length) state(`read ${items.length} items, the events make ${made.length}; they differ at ${at < 0 ? made.length : at}: ${items[at]?.itemId} instead of ${made[at]?.itemId}`);
  }
  return violations;
}
