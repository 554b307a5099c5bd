/**
 * Ops to events: the merge rules. One module decides them, for the server and for copies on devices.
 *
 * - Registers: whether an item is there; where it stands; each META field. The last writer of a register wins, by hybrid time.
 *   An edit always wins over what its author knew, whatever the clocks of machines say.
 * - Adding makes a new item, under an id that is used once. Nobody can remove an item without having seen it, so nothing but a
 *   remove that names it takes an added item away: the same track added on one device and removed on another at the same time is
 *   there afterwards, since the remove named another item. Adding an id that is or was there is refused (CONFLICT).
 * - Removing wins over moving: they are different registers. The item's place is kept up to date, for an undo.
 * - Two moves of one item: the later stands; the other leaves a place that its author's anchors mean.
 * - An anchor that is gone means where its author saw it. One that is forgotten, too (limits.placesKeptMost), means the end for an
 *   edit made offline, which is not lost; online it is refused.
 * - Edits are concurrent exactly when neither's clock has the other's dot. An edit is told which of the last edits of its
 *   item or field are concurrent to it: those that nobody has overwritten knowingly.
 */
import { headsOf } from "./apply.ts";
import { count, server } from "./clock.ts";
import { PlaylistRefused } from "./errors.ts";
import type { EventStamp, ListEvent } from "./events.ts";
import { limits } from "./limits.ts";
import { isLater, knewOf, knows, knowsOf, outdoes, outdoesOf, type Edit, type Item, type List } from "./list.ts";
import type { ItemOp, Meta, MetaOp, Op } from "./ops.ts";
import { indexBehind, indexLast, placeSeen, positionsAt } from "./order.ts";

export interface Author {
  readonly by: string;
  /** Ms since 1970. No edit is made later than this. */
  readonly now: number;
  /** Number that the event will have. */
  readonly version: number;
}

export interface Resolved {
  readonly event: ListEvent;
  readonly itemIds?: readonly string[];
  readonly concurrentWith: readonly string[];
  readonly superseded: boolean;
}

/** The event of `op`; "compact": positions must be renumbered before. Throws PlaylistRefused. */
export function resolve(list: List, op: Op, author: Author): Resolved | "compact" {
  const edit = editOf(list, op, author);
  if (op.type === "add" || op.type === "addMany") return resolveAdd(list, op, edit, author);
  if (op.type === "remove") return resolveRemove(list, op, edit, author);
  if (op.type === "move") return resolveMove(list, op, edit, author);
  return resolveMeta(list, op, edit, author);
}

/** Ids of the items that an op adds, moves or removes. */
export function itemIdsOf(op: ItemOp): readonly string[] {
  if (op.type === "add") return [op.itemId ?? op.opId];
  if (op.type === "addMany") return op.itemIds ?? op.trackIds.map((_, index) => `${op.opId}-${index}`);
  return op.itemIds ?? (op.itemId === undefined ? [] : [op.itemId]);
}

type Making = { -readonly [K in keyof Edit]: Edit[K] };

function editOf(list: List, { opId, clock, device, at }: Op, { now, version }: Author): Making {
  if (clock === undefined) return { opId, at: Math.max(now, list.lastAt), version };
  if (Object.keys(clock).length > limits.clockEntries) throw new PlaylistRefused("LIMIT", `A clock has at most ${limits.clockEntries} devices.`, { limit: limits.clockEntries });
  if (device === server) throw new PlaylistRefused("INVALID_INPUT", `No device is called "${server}".`, { field: "device" });
  const n = device === undefined ? 0 : count(clock, device);
  if (n === 0 && device !== undefined) throw new PlaylistRefused("INVALID_INPUT", "The clock of an edit counts the edit itself.", { field: "clock" });
  // A device whose clock is fast would win for ever: what it made, it made before now.
  return { opId, at: Math.min(at ?? now, now), device: device ?? "", n, clock, version, sum: at === undefined ? Object.values(clock).reduce((sum, one) => sum + one, 0) : undefined };
}

/** Makes `edit` later than an event that its author knew, should the author's clock be slow. */
function follow(list: List, edit: Making, item: Item | undefined, version: number): void {
  if (edit.clock === undefined || !isLater(list, version, edit)) return;
  if (item === undefined ? knows(list, edit.clock, version) : knowsOf(list, edit.clock, item, version)) edit.at = (list.writers.get(version)?.at ?? 0) + 1;
}

function stampOf({ at, device, n, sum, clock }: Edit): { stamp: EventStamp } | Record<string, never> {
  if (clock === undefined) return {};
  return { stamp: { at, ...(device === undefined || device === "" ? {} : { device, n: n ?? 0 }), ...(sum === undefined ? {} : { sum }), clock } };
}

function spot(list: List, after: string | null | undefined, edit: Making): { readonly index: number; readonly last?: true } {
  if (after === undefined) return { index: indexLast(list, edit), last: true };
  if (after === null) return { index: indexBehind(list, null, edit) };
  const item = list.items.get(after);
  if (item === undefined) {
    if (edit.clock === undefined) throw new PlaylistRefused("ITEM_NOT_FOUND", "The item to put this behind is not in the playlist.", { after });
    return { index: indexLast(list, edit), last: true };
  }
  const place = placeSeen(list, item, edit.clock);
  follow(list, edit, item, place.version);
  return { index: indexBehind(list, place, edit) };
}

function checkIds(ids: readonly string[], most: number): void {
  if (ids.length === 0) throw new PlaylistRefused("INVALID_INPUT", "An op names at least one item.", { field: "itemIds" });
  if (ids.length > most) throw new PlaylistRefused("LIMIT", `An op has at most ${most} items.`, { limit: most });
  if (ids.length > 1 && new Set(ids).size < ids.length) throw new PlaylistRefused("INVALID_INPUT", "An op names each item once.", { field: "itemIds" });
}

function resolveAdd(list: List, op: Extract<ItemOp, { type: "add" | "addMany" }>, edit: Making, { by }: Author): Resolved | "compact" {
  const { opId } = op;
  const trackIds = op.type === "add" ? [op.trackId] : op.trackIds;
  const ids = itemIdsOf(op);
  if (opId.length > limits.opId) throw new PlaylistRefused("INVALID_INPUT", `An opId has at most ${limits.opId} characters.`, { field: "opId" });
  if (ids.length !== trackIds.length) throw new PlaylistRefused("INVALID_INPUT", "There is one item id for each track.", { field: "itemIds" });
  checkIds(ids, limits.tracksPerOp);
  const taken = ids.find((id) => list.items.has(id));
  if (taken !== undefined) throw new PlaylistRefused("CONFLICT", "An item with this id is or was in the playlist.", { itemId: taken });
  if (list.count + ids.length > limits.items) throw new PlaylistRefused("LIMIT", `A playlist has at most ${limits.items.toLocaleString("en")} items.`, { limit: limits.items, items: list.count });
  const { index, ...end } = spot(list, op.after, edit);
  const positions = positionsAt(list, index, ids.length);
  if (positions === undefined) return "compact";
  const items = ids.map((itemId, i) => ({ itemId, trackId: trackIds[i] ?? "", position: positions[i] ?? 0 }));
  return { event: { type: "add", opId, by, items, ...end, ...stampOf(edit) }, itemIds: ids, concurrentWith: [], superseded: false };
}

/** The items that `op` means. An edit made offline may mean items that are removed by now. */
function itemsOf(list: List, op: Extract<ItemOp, { type: "remove" | "move" }>, edit: Edit): Item[] {
  const ids = itemIdsOf(op);
  checkIds(ids, limits.itemsPerOp);
  const items = ids.map((id) => list.items.get(id)).filter((item) => item !== undefined && (item.isPresent || edit.clock !== undefined)) as Item[];
  if (items.length === 0) throw new PlaylistRefused("ITEM_NOT_FOUND", "The item is not in the playlist.", { itemIds: ids.slice(0, 10) });
  return items;
}

function concurrent(list: List, heads: readonly number[], edit: Edit, born?: number): string[] {
  if (edit.clock === undefined) return [];
  return heads.filter((head) => head !== born && !knows(list, edit.clock, head) && !knewOf(list, head, edit)).map((head) => list.writers.get(head)?.opId ?? `v${head}`);
}

const unique = (ids: readonly string[]): readonly string[] => (ids.length < 2 ? ids : [...new Set(ids)]);

function resolveRemove(list: List, op: Extract<ItemOp, { type: "remove" }>, edit: Making, { by }: Author): Resolved {
  const items = itemsOf(list, op, edit);
  for (const item of items) follow(list, edit, item, item.presence);
  const lost = items.filter((item) => outdoesOf(list, item, item.presence, edit)).map(({ id }) => id);
  const itemIds = lost.length === 0 ? items.map(({ id }) => id) : items.map(({ id }) => id).filter((id) => !lost.includes(id));
  return {
    event: { type: "remove", opId: op.opId, by, itemIds, ...(lost.length === 0 ? {} : { outdone: lost }), ...stampOf(edit) },
    itemIds, concurrentWith: unique(items.flatMap((item) => concurrent(list, headsOf(item), edit, item.born))), superseded: itemIds.length === 0,
  };
}

function resolveMove(list: List, op: Extract<ItemOp, { type: "move" }>, edit: Making, { by }: Author): Resolved | "compact" {
  const items = itemsOf(list, op, edit);
  if (typeof op.after === "string" && itemIdsOf(op).includes(op.after)) throw new PlaylistRefused("INVALID_INPUT", "An item cannot be moved behind itself.", { after: op.after });
  for (const item of items) follow(list, edit, item, item.placed);
  const { index, ...end } = spot(list, op.after, edit);
  const positions = positionsAt(list, index, items.length);
  if (positions === undefined) return "compact";
  const moved = items.map((item, i) => ({ item, to: { itemId: item.id, position: positions[i] ?? 0 }, isLost: outdoesOf(list, item, item.placed, edit) }));
  const [won, lost] = [moved.filter(({ isLost }) => !isLost), moved.filter(({ isLost }) => isLost)];
  return {
    event: { type: "move", opId: op.opId, by, items: won.map(({ to }) => to), ...end, ...(lost.length === 0 ? {} : { outdone: lost.map(({ to }) => to) }), ...stampOf(edit) },
    itemIds: won.map(({ to }) => to.itemId), concurrentWith: unique(items.flatMap((item) => concurrent(list, headsOf(item), edit, item.born))), superseded: won.length === 0,
  };
}

/** Throws PlaylistRefused when a name or a description is too long, or a name empty. */
export function checkMeta({ name, description }: Partial<Meta>): void {
  if (name !== undefined && (name.trim() === "" || name.length > limits.name)) throw new PlaylistRefused("INVALID_INPUT", `A playlist's name has 1 to ${limits.name} characters.`, { field: "name" });
  if (description !== undefined && description.length > limits.description) throw new PlaylistRefused("INVALID_INPUT", `A description has at most ${limits.description} characters.`, { field: "description" });
}

function metaOf(op: MetaOp): readonly [field: keyof Meta, to: Partial<Meta>] {
  if (op.type === "rename") return ["name", { name: op.name }];
  if (op.type === "describe") return ["description", { description: op.description }];
  if (op.type === "setPublic") return ["public", { public: op.public }];
  return ["collaborative", { collaborative: op.collaborative }];
}

function resolveMeta(list: List, op: MetaOp, edit: Making, { by }: Author): Resolved {
  const [field, to] = metaOf(op);
  checkMeta(to);
  const { version, heads } = list.written[field];
  follow(list, edit, undefined, version);
  const superseded = outdoes(list, version, edit);
  return {
    event: { type: op.type, opId: op.opId, by, ...(superseded ? { outdone: [field] } : to), ...stampOf(edit) },
    concurrentWith: concurrent(list, heads ?? [version], edit), superseded,
  };
}
