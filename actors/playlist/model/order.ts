/**
 * Where an edit puts things: from an anchor to a gap between two places, and to positions in that gap.
 *
 * Places made behind one anchor stand in the order of their edits' time, the latest first, each followed by what was put
 * behind it; places made at the end stand in the order of their edits' time, the latest last. So an edit that comes late
 * passes over what is later than itself, and the order is the same whichever edit came first (the rule of RGA, Roh et al.
 * 2011, with hybrid time as the order). An edit made online is the latest of all: directly behind its anchor, or last.
 *
 * A place never moves (compaction keeps the order). An item that is moved gets a new place and leaves the old one behind, as does
 * one that is removed; an anchor means the place where the author of the edit saw the item.
 */
import type { Clock } from "./clock.ts";
import { indexAt, isLater, knowsOf, outdoes, type Edit, type Item, type List, type Place } from "./list.ts";

/** The place of `item` that an author with `clock` saw. */
export function placeSeen(list: List, item: Item, clock: Clock | undefined): Place {
  if (item.former.length === 0 || knowsOf(list, clock, item, item.placed)) return item.place;
  const seen = item.former.filter(({ version }) => knowsOf(list, clock, item, version));
  return seen.reduce<Place | undefined>((latest, place) => (latest === undefined || isLaterPlace(list, place, latest) ? place : latest), undefined) ?? item.place;
}

function isLaterPlace(list: List, one: Place, other: Place): boolean {
  const writer = list.writers.get(other.version);
  return writer === undefined || isLater(list, one.version, { ...writer, version: other.version });
}

/** Index in `places` for something put behind `anchor` (null: first) by `edit`. */
export function indexBehind(list: List, anchor: Place | null, edit: Edit): number {
  let index = anchor === null ? 0 : indexAt(list, anchor.position) + 1;
  for (let next = list.places[index]; next !== undefined && !next.isEnd && outdoes(list, next.version, edit); next = list.places[index]) index += 1;
  return index;
}

/** Index in `places` for something put at the end by `edit`. */
export function indexLast(list: List, edit: Edit): number {
  let index = list.places.length;
  if (edit.clock === undefined || (edit.sum === undefined && edit.at > list.lastAt)) return index;
  for (let at = index - 1; at >= 0; at--) {
    const place = list.places[at];
    if (place === undefined || !place.isEnd) continue;
    if (!outdoes(list, place.version, edit)) break;
    index = at;
  }
  return index;
}

/** `n` positions before `places[index]`, rising; undefined when there are not so many doubles: compact first. */
export function positionsAt(list: List, index: number, n: number): number[] | undefined {
  const before = list.places[index - 1]?.position;
  const after = list.places[index]?.position;
  const nth = Array.from({ length: n }, (_, i) => i + 1);
  if (after === undefined) return nth.map((i) => Math.floor(before ?? 0) + i);
  if (before === undefined) return nth.map((i) => Math.ceil(after) - n - 1 + i);
  const positions = nth.map((i) => before + ((after - before) * i) / (n + 1));
  return positions.every((position, i) => position > (positions[i - 1] ?? before) && position < after) ? positions : undefined;
}
