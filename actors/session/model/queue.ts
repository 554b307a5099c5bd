/**
 * The queue: items of the context (an album, a playlist) in the order in which they play, and between them what was put in to be
 * played next. An item of the context stays when it was played, so that "previous" finds it; one that was put in is gone then.
 *
 * Shuffling puts the current item first and the context's others behind it by chance; each remembers its rank, and un-shuffling
 * puts them back by it. Functions change the queue in place; whoever calls them has checked the bounds.
 */

export interface Item {
  readonly itemId: string;
  readonly trackId: string;
  readonly durationMs: number;
  readonly source: "context" | "next";
  /** Place in the context's own order. Counts while the queue is shuffled. */
  rank: number;
}

export interface Queue {
  items: Item[];
  /** Of the current item; -1: there is none. */
  index: number;
  isShuffled: boolean;
}

export const currentOf = ({ items, index }: Queue): Item | undefined => items[index];
export const indexOf = ({ items }: Queue, itemId: string): number => items.findIndex((item) => item.itemId === itemId);

/** Puts `added` before place `at`. */
export function insert(queue: Queue, at: number, added: readonly Item[]): void {
  const last = queue.items.reduce((most, { rank }) => Math.max(most, rank), -1);
  const ranked = added.map((item, n) => ({ ...item, rank: last + 1 + n }));
  queue.items = [...queue.items.slice(0, at), ...ranked, ...queue.items.slice(at)];
  if (queue.index >= at) queue.index += ranked.length;
}

/** Takes items out. The current one may be among them: then none is. */
export function remove(queue: Queue, gone: ReadonlySet<string>): void {
  const current = currentOf(queue);
  queue.items = queue.items.filter(({ itemId }) => !gone.has(itemId));
  queue.index = current === undefined || gone.has(current.itemId) ? -1 : indexOf(queue, current.itemId);
}

/** Puts an item behind `after`; null: first. */
export function move(queue: Queue, itemId: string, after: string | null): void {
  const item = queue.items[indexOf(queue, itemId)];
  if (item === undefined || itemId === after) return;
  const current = currentOf(queue);
  const others = queue.items.filter((other) => other !== item);
  const at = after === null ? 0 : others.findIndex((other) => other.itemId === after) + 1;
  queue.items = others.toSpliced(at, 0, item);
  if (current !== undefined) queue.index = indexOf(queue, current.itemId);
}

/**
 * Makes an item the current one. Going onward leaves behind what was put in to be played next on the way, the item that is left
 * included: it had its turn. Answers whether any was.
 */
export function go(queue: Queue, itemId: string, onward: boolean): boolean {
  const to = indexOf(queue, itemId);
  const { index, items } = queue;
  const passed = (at: number) => (index <= to ? at >= index && at < to : at >= index || at < to);
  const left = onward && index >= 0 && index !== to ? items.filter(({ source }, at) => !(source === "next" && passed(at))) : items;
  queue.items = left;
  queue.index = left === items ? to : indexOf(queue, itemId);
  return left.length !== items.length;
}

/** The index that follows the current item; undefined: it is the last. */
export function following({ items, index }: Queue, wraps: boolean): number | undefined {
  if (index + 1 < items.length) return index + 1;
  return wraps && items.length > 0 ? 0 : undefined;
}

/** The current item first, what was put in to be played next behind it, then the rest by chance: the same for the same seed. */
export function shuffle(queue: Queue, seed: number): void {
  if (!queue.isShuffled) for (const [rank, item] of queue.items.entries()) item.rank = rank;
  const current = currentOf(queue);
  const next = queue.items.filter((item, at) => item !== current && item.source === "next" && at > queue.index);
  const rest = queue.items.filter((item) => item !== current && !next.includes(item)).toSorted((one, other) => one.rank - other.rank);
  const random = mulberry32(seed);
  for (let i = rest.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [rest[i], rest[j]] = [rest[j] as Item, rest[i] as Item];
  }
  queue.items = [...(current === undefined ? [] : [current]), ...next, ...rest];
  queue.index = current === undefined ? -1 : 0;
  queue.isShuffled = true;
}

/** The context's own order again. What was put in to be played next stays behind the current item, the current item with the one it followed. */
export function unshuffle(queue: Queue): void {
  if (!queue.isShuffled) return;
  const { items, index } = queue;
  const current = currentOf(queue);
  const next = items.filter((item, at) => item.source === "next" && item !== current && at > index);
  const rest = items.filter((item) => item !== current && !next.includes(item));
  const ordered = [...rest, ...(current?.source === "context" ? [current] : [])].toSorted((one, other) => one.rank - other.rank);
  if (current?.source === "next") ordered.splice(ordered.indexOf(items[index - 1] as Item) + 1, 0, current);
  const at = current === undefined ? -1 : ordered.indexOf(current);
  ordered.splice(at + 1, 0, ...next);
  queue.items = ordered;
  queue.index = at;
  queue.isShuffled = false;
}

/** Small, fast, and the same everywhere (Tommy Ettinger, public domain). Numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A seed that follows from a text. FNV-1a. */
export function seedOf(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
