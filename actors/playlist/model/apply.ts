/**
 * Events to state. Nothing is decided here: an event says who stands where and what stays, and every copy that applies the
 * same events in the order of their versions is the same. Never refuses; what an event names and a copy does not know is passed over.
 */
import type { ListEvent, ItemAt } from "./events.ts";
import { addFormer, addItem, forget, knows, metaFields, renumber, setPlace, setPresence, setWriter, touch, type Item, type List, type Place } from "./list.ts";
import { limits } from "./limits.ts";
import type { Clock } from "./clock.ts";
import type { Meta } from "./ops.ts";

/** Changes `list` in place. `at`: when the event was committed, ms since 1970; `version`: its number. */
export function applyToList(list: List, event: ListEvent, at: number, version: number): void {
  list.version = version;
  if (event.type === "compact") {
    renumber(list);
    return;
  }
  const { stamp, opId } = event;
  const time = stamp?.at ?? Math.max(at, list.lastAt);
  list.lastAt = Math.max(list.lastAt, time);
  setWriter(list, version, { at: time, opId, ...(stamp === undefined ? {} : { device: stamp.device ?? "", n: stamp.n ?? 0, sum: stamp.sum, clock: stamp.clock }) });
  const write: Write = { list, version, clock: stamp?.clock };
  switch (event.type) {
    case "create":
      setMeta(write, { name: event.name, description: event.description, public: event.public, collaborative: event.collaborative }, []);
      break;
    case "add":
      for (const { itemId, trackId, position } of event.items) {
        addItem(list, newItem({ itemId, trackId, addedBy: event.by, addedAt: stamp?.at ?? at }, placeAt(write, { itemId, position }, event.last), version));
      }
      break;
    case "remove":
      for (const item of known(list, event.itemIds)) edit(write, item, () => setPresence(list, item, false, version));
      for (const item of known(list, event.outdone)) edit(write, item, () => {});
      break;
    case "move":
      for (const to of event.items) for (const item of known(list, [to.itemId])) edit(write, item, () => setPlace(list, item, placeAt(write, to, event.last), version));
      for (const to of event.outdone ?? []) for (const item of known(list, [to.itemId])) edit(write, item, () => addFormer(list, item, { ...placeAt(write, to, event.last), leftAt: version }));
      break;
    case "undo":
      for (const item of known(list, event.removed)) edit(write, item, () => setPresence(list, item, false, version));
      for (const whole of event.restored ?? []) {
        const item = list.items.get(whole.itemId);
        if (item === undefined) addItem(list, newItem(whole, placeAt(write, whole), version));
        else edit(write, item, () => {
          setPresence(list, item, true, version);
          // A copy that remembers other places than the server has renumbered this one, in which nobody stood, otherwise.
          if (item.place.position !== whole.position) setPlace(list, item, placeAt(write, whole), version);
        });
      }
      for (const to of event.moved ?? []) {
        for (const item of known(list, [to.itemId])) {
          edit(write, item, () => setPlace(list, item, item.former.find(({ position }) => position === to.position) ?? placeAt(write, to), version));
        }
      }
      setMeta(write, event, []);
      break;
    case "rename":
    case "describe":
    case "setPublic":
    case "setCollaborative":
    case "update":
      setMeta(write, event, event.outdone ?? []);
      break;
  }
  forget(list);
}

interface Write {
  readonly list: List;
  readonly version: number;
  readonly clock: Clock | undefined;
}

/** The last edits after one more, of which it knew some. Undefined when it is the only one. */
export function headsAfter(list: List, heads: readonly number[], clock: Clock | undefined, version: number): readonly number[] | undefined {
  const unknown = clock === undefined ? [] : heads.filter((head) => !knows(list, clock, head));
  return unknown.length === 0 ? undefined : [...unknown, version].slice(-limits.heads);
}

export const headsOf = (item: Item): readonly number[] => item.heads ?? [Math.max(item.presence, item.placed)];

function edit({ list, version, clock }: Write, item: Item, change: () => void): void {
  const before = headsOf(item);
  touch(list, item);
  change();
  const heads = headsAfter(list, before.filter((head) => head !== item.born), clock, version);
  // Alone, but outdone by an edit that it knew: can only be said in full.
  item.heads = heads ?? (Math.max(item.presence, item.placed) === version ? undefined : [version]);
}

function setMeta({ list, version, clock }: Write, to: Partial<Meta>, outdone: readonly (keyof Meta)[]): void {
  const changed = metaFields.filter((field) => to[field] !== undefined || outdone.includes(field));
  if (changed.length === 0) return;
  const meta: Record<string, unknown> = { ...list.meta };
  const written = { ...list.written };
  for (const field of changed) {
    const { version: writer, heads } = written[field];
    const wins = !outdone.includes(field);
    if (wins) meta[field] = to[field];
    const now = headsAfter(list, heads ?? [writer], clock, version);
    written[field] = { version: wins ? version : writer, heads: now ?? (wins ? undefined : [version]) };
  }
  list.meta = meta as unknown as Meta;
  list.written = written;
}

const known = (list: List, ids: readonly string[] | undefined): Item[] => (ids ?? []).map((id) => list.items.get(id)).filter((item) => item !== undefined);

const placeAt = ({ version }: Write, { itemId, position }: ItemAt, last?: true): Place => ({ position, itemId, version, isEnd: last === true, leftAt: 0 });

/** An item as it comes in. */
export function newItem(made: { readonly itemId: string; readonly trackId: string; readonly addedBy: string; readonly addedAt: number }, place: Place, version: number): Item {
  const { itemId: id, trackId, addedBy, addedAt } = made;
  return { id, trackId, addedBy, addedAt, born: version, isPresent: true, presence: version, place, placed: version, heads: undefined, former: [] };
}
