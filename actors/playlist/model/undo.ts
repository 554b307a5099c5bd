/**
 * Undo of one's own last edit: each register that it wrote and that still says so is given back what it said before. Where
 * everything it wrote was overwritten since, there is nothing left to take back and undo is refused (UNDO_OUTDATED).
 *
 * The undo is an edit of its own, made online: the latest of all. It can not be undone itself; before the next edit there is
 * nothing to undo (NOTHING_TO_UNDO). An edit that is forgotten (limits.undoItems) cannot be undone either.
 */
import { demand, type May } from "./access.ts";
import { PlaylistRefused } from "./errors.ts";
import type { ListEvent, WholeItem } from "./events.ts";
import { limits } from "./limits.ts";
import { metaFields, type Item, type List } from "./list.ts";
import type { Meta } from "./ops.ts";

/** What is needed to take back the edit `version`. */
export interface LastEdit {
  readonly version: number;
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
  /** Item, and the version of the place it left. */
  readonly moved?: readonly (readonly [itemId: string, place: number])[];
  readonly meta?: Partial<Meta>;
}

export type UndoEvent = Extract<ListEvent, { type: "undo" }>;

export interface LastEdits {
  /** By user, the one made longest ago first. */
  readonly byUser: Map<string, LastEdit>;
  /** Items in all of them, and one for each. */
  size: number;
}

export const noEdits = (): LastEdits => ({ byUser: new Map(), size: 0 });

/** Takes note of an event that is about to be applied. */
export function noteEdit(edits: LastEdits, list: List, event: ListEvent, version: number): void {
  if (event.type === "compact" || event.type === "create") return;
  drop(edits, event.by);
  const edit = inverseOf(list, event, version);
  if (edit !== undefined) keepEdit(edits, event.by, edit);
}

/** Keeps an edit as the latest; forgets the oldest of too many. */
export function keepEdit(edits: LastEdits, by: string, edit: LastEdit): void {
  edits.byUser.set(by, edit);
  edits.size += sizeOf(edit);
  for (const user of edits.byUser.keys()) {
    if (edits.size <= limits.undoItems || user === by) return;
    drop(edits, user);
  }
}

function drop(edits: LastEdits, user: string): void {
  const edit = edits.byUser.get(user);
  if (edit === undefined) return;
  edits.byUser.delete(user);
  edits.size -= sizeOf(edit);
}

const sizeOf = ({ added, removed, moved }: LastEdit): number => 1 + (added ?? removed ?? moved ?? []).length;

function inverseOf(list: List, event: Exclude<ListEvent, { type: "compact" | "create" }>, version: number): LastEdit | undefined {
  if (event.type === "undo") return undefined;
  if (event.type === "add") return { version, added: event.items.map(({ itemId }) => itemId) };
  if (event.type === "remove") return { version, removed: event.itemIds };
  if (event.type === "move") return { version, moved: event.items.map(({ itemId }) => [itemId, list.items.get(itemId)?.place.version ?? 0] as const) };
  const fields = metaFields.filter((field) => event[field] !== undefined);
  return { version, meta: Object.fromEntries(fields.map((field) => [field, list.meta[field]])) };
}

/** The event that takes back the last edit of `by`. Throws PlaylistRefused. */
export function undoEvent(list: List, edits: LastEdits, { opId, by, rights }: { readonly opId: string; readonly by: string; readonly rights: May }): UndoEvent {
  const last = edits.byUser.get(by);
  if (last === undefined) throw new PlaylistRefused("NOTHING_TO_UNDO", "There is no edit of yours to undo.");
  if (last.meta !== undefined) demand(rights, "own");
  const event: UndoEvent = { type: "undo", opId, by, of: last.version, ...given(list, last) };
  if (Object.keys(event).length === 4) throw new PlaylistRefused("UNDO_OUTDATED", "Others have changed the same since.", { of: last.version });
  if (list.count + (event.restored?.length ?? 0) > limits.items) throw new PlaylistRefused("LIMIT", `A playlist has at most ${limits.items.toLocaleString("en")} items.`, { limit: limits.items, items: list.count });
  return event;
}

function given(list: List, { version, added, removed, moved, meta }: LastEdit): Partial<UndoEvent> {
  const item = (id: string) => list.items.get(id);
  if (added !== undefined) {
    const ids = added.filter((id) => item(id)?.presence === version);
    return ids.length === 0 ? {} : { removed: ids };
  }
  if (removed !== undefined) {
    const restored = removed.map(item).filter((one) => one !== undefined && one.presence === version && !one.isPresent) as Item[];
    return restored.length === 0 ? {} : { restored: restored.map(whole) };
  }
  if (moved !== undefined) {
    const back = moved.flatMap(([itemId, left]) => {
      const one = item(itemId);
      const place = one?.former.find((former) => former.version === left);
      return one !== undefined && one.isPresent && one.placed === version && place !== undefined ? [{ itemId, position: place.position }] : [];
    });
    return back.length === 0 ? {} : { moved: back };
  }
  return Object.fromEntries(Object.entries(meta ?? {}).filter(([field]) => list.written[field as keyof Meta].version === version));
}

const whole = ({ id, trackId, addedBy, addedAt, place }: Item): WholeItem => ({ itemId: id, trackId, addedBy, addedAt, position: place.position });
