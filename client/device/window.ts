/**
 * What the player is given of a session's queue: the current item and the next few, repetition written out, so that the music
 * runs from one to the next without a gap and without a question. Pure.
 *
 * An item that is played again is another playing, hence another name: "<itemId>~<round>".
 */

export interface Listed {
  readonly itemId: string;
  readonly trackId: string;
}

export interface Windowed extends Listed {
  /** The player's name for this playing of the item. */
  readonly id: string;
}

/** Items after the current one that the player knows: more than it can run through while the page sleeps. */
const ahead = 8;

/** The session's item that a player's item stands for. */
export function itemIdOf(id: string): string {
  return id.replace(/~\d+$/, "");
}

function roundOf(id: string): number {
  return Number(/~(\d+)$/.exec(id)?.[1] ?? 0);
}

const named = (item: Listed, round: number): Windowed => ({ ...item, id: round === 0 ? item.itemId : `${item.itemId}~${round}` });

/** From the item at `index` on. `playing` is the player's present item: if it is that one, it keeps its name. Empty when there is no such item. */
export function windowOf(queue: readonly Listed[], index: number, repeat: "off" | "all" | "one", playing: string | null): Windowed[] {
  const current = queue[index];
  if (current === undefined) return [];
  const round = playing !== null && itemIdOf(playing) === current.itemId ? roundOf(playing) : 0;
  const items = [named(current, round)];
  if (repeat === "one") {
    for (let times = 1; times <= 2; times++) items.push(named(current, round + times));
    return items;
  }
  for (let step = 1; step <= ahead; step++) {
    const at = index + step;
    const item = queue[at % queue.length];
    if (item === undefined || (at >= queue.length && repeat === "off")) break;
    items.push(named(item, round + Math.floor(at / queue.length)));
  }
  return items;
}
