/**
 * The state as small JSON: columns instead of objects, one number for a column that is the same all along, and nothing that
 * follows from the rest. A list that was only appended to takes its ids, its track ids and a few digits per item.
 */
import { noAccess, type Access } from "./access.ts";
import { emptyList, fill, forgetWriters, metaFields, setWriter, type Item, type List, type Place, type Writer, type Written } from "./list.ts";
import type { Clock } from "./clock.ts";
import type { Meta } from "./ops.ts";
import type { PlaylistState } from "./state.ts";
import { keepEdit, noEdits, type LastEdit, type LastEdits } from "./undo.ts";

/** Numbers; a single one stands for as many as there are rows. */
type Column = number | readonly number[];

interface PackedItems {
  readonly ids: readonly string[];
  readonly tracks: readonly string[];
  /** Index in `users`. */
  readonly by: Column;
  /** Against the time of the writer of `presence`. */
  readonly added: Column;
  /** 0: 1, 2, 3, ... */
  readonly positions: Column;
  /** Each against the one before. */
  readonly presence: Column;
  /** Against presence. */
  readonly born: Column;
  readonly placed: Column;
  /** Version of the place, against placed. */
  readonly place: Column;
  readonly end: Column;
  readonly left: Column;
  readonly present: Column;
  /** Item's index; position, version, end, left of each place. */
  readonly former: readonly (readonly [number, number, number, number, number])[];
  /** Item's index, heads. */
  readonly heads: readonly (readonly [number, readonly number[]])[];
}

interface PackedWriters {
  readonly count: number;
  /** Versions and times, each against the one before. */
  readonly versions: Column;
  readonly times: Column;
  /** OpIds; a number: so many characters of the id of the first item that it added, 0 when it is not needed. */
  readonly opIds: number | readonly (string | number)[];
  readonly devices: readonly string[];
  readonly clocks: readonly Clock[];
  /** Index of the writer; of its device, its number; of its clock or -1; sum of that or -1. */
  readonly offline: readonly (readonly [number, number, number, number, number])[];
}

export interface PackedState {
  /** `gap`: the smallest that ever was since the last compaction; absent when there was none, and in what was packed before it was kept. */
  readonly list: readonly [version: number, lastAt: number, meta: readonly [string, string, boolean, boolean], written: readonly (readonly [number, readonly number[] | 0])[], gap?: number];
  readonly users: readonly string[];
  readonly items: PackedItems;
  readonly writers: PackedWriters;
  readonly access: readonly [ownerId: string, life: Access["life"], collaborators: readonly string[], joined: readonly string[], links: readonly (readonly [string, number])[]];
  readonly edits: readonly (readonly [string, LastEdit])[];
  readonly times: readonly [createdAt: number, updatedAt: number];
}

export function packState({ list, access, lastEdits, createdAt, updatedAt }: PlaylistState): PackedState {
  forgetWriters(list);
  const items = list.places.filter((place) => list.items.get(place.itemId)?.place === place).map(({ itemId }) => list.items.get(itemId) as Item);
  const users = [...new Set(items.map(({ addedBy }) => addedBy))];
  return {
    list: [list.version, list.lastAt, [list.meta.name, list.meta.description, list.meta.public, list.meta.collaborative], metaFields.map((field) => [list.written[field].version, list.written[field].heads ?? 0]), ...gapOf(list)],
    users, items: packItems(list, items, users), writers: packWriters(list, items),
    access: [access.ownerId, access.life, [...access.collaborators], [...access.joined], [...access.links]],
    edits: [...lastEdits.byUser], times: [createdAt, updatedAt],
  };
}

function packItems(list: List, items: readonly Item[], users: readonly string[]): PackedItems {
  const userIndex = new Map(users.map((user, index) => [user, index]));
  return {
    ids: items.map(({ id }) => id), tracks: items.map(({ trackId }) => trackId),
    by: column(items.map(({ addedBy }) => userIndex.get(addedBy) ?? 0)),
    added: column(items.map(({ addedAt, presence }) => addedAt - (list.writers.get(presence)?.at ?? 0))),
    positions: items.every(({ place }, index) => place.position === index + 1) ? 0 : items.map(({ place }) => place.position),
    presence: column(differences(items.map(({ presence }) => presence))),
    born: column(items.map(({ presence, born }) => born - presence)),
    placed: column(items.map(({ presence, placed }) => placed - presence)),
    place: column(items.map(({ placed, place }) => place.version - placed)),
    end: column(items.map(({ place }) => Number(place.isEnd))),
    left: column(items.map(({ place }) => place.leftAt)),
    present: column(items.map(({ isPresent }) => Number(isPresent))),
    former: items.flatMap(({ former }, index) => former.map(({ position, version, isEnd, leftAt }) => [index, position, version, Number(isEnd), leftAt] as const)),
    heads: items.flatMap(({ heads }, index) => (heads === undefined ? [] : [[index, heads] as const])),
  };
}

function unpackItems(list: List, packed: PackedItems, users: readonly string[]): void {
  const { ids, tracks } = packed;
  const presence = sums(packed.presence, ids.length);
  const items = ids.map((id, i): Item => {
    const placed = (presence[i] ?? 0) + at(packed.placed, i);
    const place: Place = { position: packed.positions === 0 ? i + 1 : at(packed.positions, i), itemId: id, version: placed + at(packed.place, i), isEnd: at(packed.end, i) === 1, leftAt: at(packed.left, i) };
    const writer = presence[i] ?? 0;
    return {
      id, trackId: tracks[i] ?? "", addedBy: users[at(packed.by, i)] ?? "", addedAt: at(packed.added, i) + (list.writers.get(writer)?.at ?? 0),
      born: writer + at(packed.born, i), isPresent: at(packed.present, i) === 1, presence: writer, place, placed, heads: undefined, former: [],
    };
  });
  const former = Map.groupBy(packed.former, ([i]) => i);
  for (const [i, places] of former) {
    const item = items[i];
    if (item !== undefined) item.former = places.map(([, position, version, end, leftAt]) => ({ position, itemId: item.id, version, isEnd: end === 1, leftAt }));
  }
  for (const [i, heads] of packed.heads) {
    const item = items[i];
    if (item !== undefined) item.heads = heads;
  }
  fill(list, items);
}

function packWriters(list: List, items: readonly Item[]): PackedWriters {
  const first = new Map<number, string>();
  // What only a place refers to is needed for its time.
  const named = new Set<number>(metaFields.flatMap((field) => [list.written[field].version, ...(list.written[field].heads ?? [])]));
  for (const { presence, placed, heads, id } of items) {
    if (!first.has(presence)) first.set(presence, id);
    named.add(presence).add(placed);
    for (const head of heads ?? []) named.add(head);
  }
  const writers = [...list.writers].toSorted(([a], [b]) => a - b);
  const devices = [...new Set(writers.flatMap(([, { device }]) => (device === undefined ? [] : [device])))];
  const clocks = new Map<string, number>();
  const clockIndex = ({ clock }: Writer) => {
    if (clock === undefined) return -1;
    const key = JSON.stringify(clock);
    if (!clocks.has(key)) clocks.set(key, clocks.size);
    return clocks.get(key) ?? -1;
  };
  // Of an edit made offline its id, too: it decides between two that came at the same time.
  const opIds = writers.map(([version, { opId, device }]) => (!named.has(version) && device === undefined ? 0 : first.get(version)?.startsWith(opId) === true ? opId.length : opId));
  return {
    count: writers.length, versions: column(differences(writers.map(([version]) => version))), times: column(differences(writers.map(([, { at: time }]) => time))),
    opIds: typeof opIds[0] === "number" && opIds.every((one) => one === opIds[0]) ? opIds[0] : opIds,
    devices,
    offline: writers.flatMap(([, writer], index) => (writer.device === undefined ? [] : [[index, devices.indexOf(writer.device), writer.n ?? 0, clockIndex(writer), writer.sum ?? -1] as const])),
    clocks: [...clocks.keys()].map((key) => JSON.parse(key) as Clock),
  };
}

function unpackWriters(list: List, { count, versions, times, opIds, devices, clocks, offline }: PackedWriters, items: PackedItems): void {
  const first = new Map<number, string>();
  for (const [i, version] of sums(items.presence, items.ids.length).entries()) if (!first.has(version)) first.set(version, items.ids[i] ?? "");
  const version = sums(versions, count);
  const time = sums(times, count);
  const made = new Map(offline.map(([index, ...rest]) => [index, rest]));
  for (let i = 0; i < count; i++) {
    const opId = typeof opIds === "number" ? opIds : (opIds[i] ?? "");
    const [device = -1, n = 0, clock = -1, sum = -1] = made.get(i) ?? [];
    const name = devices[device];
    setWriter(list, version[i] ?? 0, {
      at: time[i] ?? 0, opId: typeof opId === "number" ? (first.get(version[i] ?? 0) ?? "").slice(0, opId) : opId,
      ...(name === undefined ? {} : { device: name, n, sum: sum < 0 ? undefined : sum }), ...(clocks[clock] === undefined ? {} : { clock: clocks[clock] }),
    });
  }
}

export function unpackState(packed: unknown): PlaylistState {
  const { list: [version, lastAt, [name, description, isPublic, collaborative], written, gap], users, items, writers, access, edits, times } = packed as PackedState;
  const list = emptyList();
  Object.assign(list, { version, lastAt });
  list.meta = { name, description, public: isPublic, collaborative };
  list.written = Object.fromEntries(metaFields.map((field, index): [keyof Meta, Written] => [field, { version: written[index]?.[0] ?? 0, heads: written[index]?.[1] === 0 ? undefined : written[index]?.[1] }])) as Record<keyof Meta, Written>;
  unpackWriters(list, writers, items);
  unpackItems(list, items, users);
  // Whether a compaction is wanted must not depend on when the actor was loaded: those who gave the gap may have gone.
  if (gap !== undefined) list.smallestGap = gap;
  const lastEdits: LastEdits = noEdits();
  for (const [user, edit] of edits) keepEdit(lastEdits, user, edit);
  const [ownerId, life, collaborators, joined, links] = access;
  return { list, access: { ...noAccess(), ownerId, life, collaborators: new Set(collaborators), joined: new Set(joined), links: new Map(links) }, lastEdits, createdAt: times[0], updatedAt: times[1] };
}

const gapOf = ({ smallestGap }: List): [gap?: number] => (smallestGap === Infinity ? [] : [smallestGap]);

const at = (values: Column, index: number): number => (typeof values === "number" ? values : (values[index] ?? 0));
const column = (values: readonly number[]): Column => (values.length > 0 && values.every((value) => value === values[0]) ? (values[0] ?? 0) : values);
const differences = (values: readonly number[]): number[] => values.map((value, index) => value - (values[index - 1] ?? 0));

function sums(values: Column, length: number): number[] {
  let sum = 0;
  return Array.from({ length }, (_, index) => (sum += at(values, index)));
}
