/**
 * A playlist's items and META fields in memory, and the primitives that change them. The rules are elsewhere: resolve.ts (ops
 * to events), apply.ts (events to state).
 *
 *   items   by id; one that was removed stays while its place is remembered
 *   places  sorted by position: where items stand, and where they stood. No two have one position.
 *
 * An item has two registers with a last writer each: whether it is there, and its place. A META field is one register. A
 * register's writer is the version of the event that wrote it; `writers` tells the rest (time, device, clock) of those in use.
 *
 * Attempts: between `begin` and `rollback` every change is written down with its inverse, so that a batch of ops can be
 * decided on the state itself and be taken back, at the price of what it touched and not of the list's length.
 */
import { count, isWithin, server, type Clock } from "./clock.ts";
import { limits } from "./limits.ts";
import type { Meta } from "./ops.ts";

export interface Place {
  position: number;
  readonly itemId: string;
  /** Of the event that made it. Orders places made behind one anchor. */
  readonly version: number;
  /** Made by asking for the end of the list. */
  readonly isEnd: boolean;
  /** Version of the event since which nobody stands here; 0: its item does. */
  leftAt: number;
}

export interface Item {
  readonly id: string;
  readonly trackId: string;
  readonly addedBy: string;
  /** Ms since 1970. */
  readonly addedAt: number;
  /** The event that added it. Whoever names an item has seen this one. */
  readonly born: number;
  isPresent: boolean;
  /** Writer of isPresent. */
  presence: number;
  place: Place;
  /** Writer of `place`; later than `place.version` after an undo. */
  placed: number;
  /** The last edits of the item that did not know each other; undefined: the later of its writers knew everything. */
  heads: readonly number[] | undefined;
  /** Its other places that are remembered. */
  former: readonly Place[];
}

/** What is known of the edit that an event came from. */
export interface Writer {
  /** Hybrid time, ms. */
  readonly at: number;
  readonly opId: string;
  /** The edit's dot; without: made online, the dot is the server's, (server, version). "": the author's clock does not say which count is its own. */
  readonly device?: string;
  readonly n?: number;
  /** Sum of the clock of an edit that came without a time. */
  readonly sum?: number | undefined;
  /** What its author knew. Undefined: everything before it. */
  clock?: Clock | undefined;
}

export interface Written {
  readonly version: number;
  readonly heads: readonly number[] | undefined;
}

export interface List {
  version: number;
  /** Latest hybrid time of an edit. */
  lastAt: number;
  meta: Meta;
  written: Readonly<Record<keyof Meta, Written>>;
  readonly items: Map<string, Item>;
  readonly places: Place[];
  /** Items that are there. */
  count: number;
  readonly writers: Map<number, Writer>;
  /** Versions with a clock, oldest first. */
  readonly clocked: number[];
  /** No two neighbours are closer than this. */
  smallestGap: number;
  /** Inverses of what changed since `begin`. */
  trail: (() => void)[] | undefined;
}

export const metaFields = ["name", "description", "public", "collaborative"] as const satisfies readonly (keyof Meta)[];

export function emptyList(): List {
  const never: Written = { version: 0, heads: undefined };
  return {
    version: 0, lastAt: 0, meta: { name: "", description: "", public: false, collaborative: false },
    written: { name: never, description: never, public: never, collaborative: never },
    items: new Map(), places: [], count: 0, writers: new Map(), clocked: [], smallestGap: Infinity, trail: undefined,
  };
}

/** Starts an attempt. Answers the way back. */
export function begin(list: List): () => void {
  if (list.trail !== undefined) throw new Error("an attempt is in progress");
  const { version, lastAt, meta, written, smallestGap } = list;
  const trail: (() => void)[] = [];
  list.trail = trail;
  return () => {
    for (let inverse = trail.pop(); inverse !== undefined; inverse = trail.pop()) inverse();
    Object.assign(list, { version, lastAt, meta, written, smallestGap, trail: undefined });
  };
}

/** Index of the first place at or behind `position`. */
export function indexAt(list: List, position: number): number {
  const { places } = list;
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle]?.position ?? Infinity) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function addItem(list: List, item: Item): void {
  list.items.set(item.id, item);
  if (item.isPresent) list.count += 1;
  list.trail?.push(() => {
    list.items.delete(item.id);
    if (item.isPresent) list.count -= 1;
  });
  insertPlace(list, item.place);
}

/** Puts items and their places, the former ones too, into an empty list at once. */
export function fill(list: List, items: readonly Item[]): void {
  for (const item of items) {
    list.items.set(item.id, item);
    if (item.isPresent) list.count += 1;
    list.places.push(item.place, ...item.former);
  }
  list.places.sort((a, b) => a.position - b.position);
  list.smallestGap = smallestGapOf(list);
}

/** Call before an item's fields change. */
export function touch(list: List, item: Item): void {
  if (list.trail === undefined) return;
  const { isPresent, presence, place, placed, heads, former } = item;
  const { leftAt } = place;
  list.trail.push(() => {
    if (item.isPresent !== isPresent) list.count += isPresent ? 1 : -1;
    place.leftAt = leftAt;
    Object.assign(item, { isPresent, presence, place, placed, heads, former });
  });
}

export function setPresence(list: List, item: Item, isPresent: boolean, version: number): void {
  touch(list, item);
  if (item.isPresent !== isPresent) list.count += isPresent ? 1 : -1;
  item.isPresent = isPresent;
  item.presence = version;
  item.place.leftAt = isPresent ? 0 : version;
}

/** The item stands at `place` from now on, which is new or one of its former ones; the one it leaves is remembered. */
export function setPlace(list: List, item: Item, place: Place, version: number): void {
  touch(list, item);
  const { place: left } = item;
  if (left !== place) {
    left.leftAt = version;
    if (item.former.includes(place)) {
      const { leftAt } = place;
      list.trail?.push(() => void (place.leftAt = leftAt));
    } else insertPlace(list, place);
    item.former = [...item.former.filter((one) => one !== place), left];
  }
  item.place = place;
  item.placed = version;
  place.leftAt = item.isPresent ? 0 : version;
}

/** A place that the item was meant to have and never had: a later edit had moved it already. */
export function addFormer(list: List, item: Item, place: Place): void {
  touch(list, item);
  insertPlace(list, place);
  item.former = [...item.former, place];
}

export function setWriter(list: List, version: number, writer: Writer): void {
  list.writers.set(version, writer);
  if (list.trail !== undefined) {
    list.trail.push(() => list.writers.delete(version));
    return;
  }
  // By age, not by how many there are: writers that nothing refers to are dropped now or later, and every copy must forget the same.
  // A clock that is forgotten is taken to know nothing of what comes later, which is so for all that the server orders.
  for (let oldest = list.clocked[0]; oldest !== undefined && oldest <= version - limits.clocksKept; oldest = list.clocked[0]) {
    list.clocked.shift();
    const known = list.writers.get(oldest);
    if (known !== undefined) known.clock = undefined;
  }
  if (writer.clock === undefined) return;
  list.clocked.push(version);
}

function insertPlace(list: List, place: Place): void {
  const { places } = list;
  const taken = places[indexAt(list, place.position)];
  if (taken?.position === place.position) {
    // Only in a copy that remembers other places than the server does.
    if (taken.leftAt === 0) throw new Error("two items at one position");
    forgetPlaces(list, new Set([taken]));
  }
  // Only now: with a removed item's last place its other ones are forgotten, before this one, too.
  const index = indexAt(list, place.position);
  places.splice(index, 0, place);
  list.trail?.push(() => void places.splice(indexAt(list, place.position), 1));
  list.smallestGap = Math.min(list.smallestGap, place.position - (places[index - 1]?.position ?? -Infinity), (places[index + 1]?.position ?? Infinity) - place.position);
}

/** Positions become 1, 2, 3, ...; remembered places lie evenly between those of their neighbours. */
export function renumber(list: List): void {
  const { places } = list;
  if (list.trail !== undefined) {
    const positions = Float64Array.from(places, ({ position }) => position);
    list.trail.push(() => places.forEach((place, index) => void (place.position = positions[index] ?? 0)));
  }
  let last = 0;
  let run: Place[] = [];
  const between = () => {
    for (const [index, place] of run.entries()) place.position = last + (index + 1) / (run.length + 1);
    run = [];
  };
  for (const place of places) {
    if (place.leftAt !== 0) {
      run.push(place);
      continue;
    }
    between();
    place.position = ++last;
  }
  between();
  list.smallestGap = smallestGapOf(list);
}

function smallestGapOf({ places }: List): number {
  let [smallest, last] = [Infinity, -Infinity];
  for (const { position } of places) {
    smallest = Math.min(smallest, position - last);
    last = position;
  }
  return smallest;
}

/** Forgets the oldest of too many places that were left, and items that stood there when they were removed. */
export function forget(list: List): void {
  if (list.trail !== undefined) return;
  const kept = Math.min(limits.placesKeptMost, Math.max(limits.placesKeptLeast, list.count));
  if (list.places.length - list.count > kept * 1.25) {
    const left = list.places.filter(({ leftAt }) => leftAt !== 0).toSorted((a, b) => a.leftAt - b.leftAt || a.position - b.position);
    forgetPlaces(list, new Set(left.slice(0, left.length - kept)));
  }
  if (list.writers.size > 2 * (list.places.length + list.items.size) + 256) forgetWriters(list);
}

function forgetPlaces(list: List, gone: ReadonlySet<Place>): void {
  let kept = 0;
  for (const place of list.places) if (!gone.has(place)) list.places[kept++] = place;
  list.places.length = kept;
  for (const place of gone) {
    const item = list.items.get(place.itemId);
    if (item === undefined) continue;
    if (item.place !== place) item.former = item.former.filter((one) => one !== place);
    else {
      // A removed item: nothing can bring it back, so nothing may mean its other places either.
      list.items.delete(item.id);
      if (item.former.some((one) => !gone.has(one))) forgetPlaces(list, new Set(item.former));
    }
  }
}

/** Keeps what registers, heads and places refer to. */
export function forgetWriters(list: List): void {
  const used = new Set<number>(metaFields.flatMap((field) => [list.written[field].version, ...(list.written[field].heads ?? [])]));
  for (const { presence, placed, heads } of list.items.values()) {
    used.add(presence).add(placed);
    if (heads !== undefined) for (const head of heads) used.add(head);
  }
  for (const { version } of list.places) used.add(version);
  for (const version of list.writers.keys()) if (!used.has(version)) list.writers.delete(version);
}

/** An edit that has no event yet. */
export interface Edit {
  readonly opId: string;
  readonly at: number;
  readonly device?: string | undefined;
  readonly n?: number | undefined;
  readonly sum?: number | undefined;
  /** Undefined: knows everything. */
  readonly clock?: Clock | undefined;
  readonly version: number;
}

/** Whether an author with `clock` knew the event `version`. Everybody knows the first, which made the playlist. */
export function knows(list: List, clock: Clock | undefined, version: number): boolean {
  if (clock === undefined || version <= Math.max(1, count(clock, server))) return true;
  const writer = list.writers.get(version);
  if (writer === undefined) return true;
  if (writer.device === "") return writer.clock !== undefined && isWithin(writer.clock, clock);
  return writer.device !== undefined && count(clock, writer.device) >= (writer.n ?? 0);
}

/** The same of an event that `item` is named by or in. */
export const knowsOf = (list: List, clock: Clock | undefined, item: Item, version: number): boolean => version === item.born || knows(list, clock, version);

/** Whether the author of the event `version` knew `edit`. */
export function knewOf(list: List, version: number, { clock, device, n }: Edit): boolean {
  const known = list.writers.get(version)?.clock;
  if (known === undefined || clock === undefined || device === undefined) return false;
  return device === "" ? isWithin(clock, known) : count(known, device) >= (n ?? 0);
}

/**
 * Whether the event `version` is later than `edit`, in the order by which the last writer wins: hybrid time, then who. Edits
 * that came without a time stand in the order of what their clocks sum up to, which follows causes, and against others in the order they came.
 */
export function isLater(list: List, version: number, edit: Edit): boolean {
  const writer = list.writers.get(version);
  if (writer === undefined) return false;
  const isTimeless = writer.sum !== undefined && edit.sum !== undefined;
  const [one, other] = isTimeless ? [writer.sum, edit.sum] : [writer.at, edit.at];
  if (one !== other) return one > other;
  if (writer.device === undefined || edit.device === undefined || (writer.sum === undefined) !== (edit.sum === undefined)) return writer.device === edit.device || writer.sum !== undefined || edit.sum !== undefined ? version > edit.version : writer.device === undefined;
  if (writer.device !== edit.device) return writer.device > edit.device;
  return writer.n === edit.n ? writer.opId > edit.opId : (writer.n ?? 0) > (edit.n ?? 0);
}

/** Whether the event `version` stands against `edit`: it is later, and the edit's author did not know it. */
export const outdoes = (list: List, version: number, edit: Edit): boolean => !knows(list, edit.clock, version) && isLater(list, version, edit);

/** The same for a register of `item`, which `edit` names. */
export const outdoesOf = (list: List, item: Item, version: number, edit: Edit): boolean => version !== item.born && outdoes(list, version, edit);
