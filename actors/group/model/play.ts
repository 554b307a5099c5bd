/** What the controls do: each answers the event for it, or undefined when there is nothing to change. `now`: ms since 1970. Pure. */
import { GroupRefused } from "./errors.ts";
import { limits } from "./limits.ts";
import { moved, type GroupEvent, type GroupState } from "./state.ts";
import { placeAt, playbackOf, positionAt, type Item, type Place, type Playback } from "./time.ts";

export interface Controls {
  /** pause: where its sender heard it. seek: where to. */
  readonly positionMs?: number | undefined;
  /** jump, move: the item. next, previous: what its sender heard; nothing happens when somebody else has gone on meanwhile. */
  readonly itemId?: string | undefined;
  readonly itemIds?: readonly string[] | undefined;
  /** move, queue: behind which item; null: first; absent: last. */
  readonly after?: string | null | undefined;
  /** queue. */
  readonly items?: readonly Item[] | undefined;
}

type Control = (state: GroupState, place: Place, given: Controls, now: number) => GroupEvent | undefined;

const started = (now: number) => now + limits.startAheadMs;

/** The beginning of the item at `index`, for everybody at once; the end of the queue when there is none. */
function fromStart(queue: readonly Item[], index: number, now: number, isPlaying = true): Place {
  const item = queue[index];
  return item === undefined ? { index: queue.length, playback: null } : { index, playback: playbackOf(item, 0, isPlaying ? started(now) : now, isPlaying) };
}

const played = (place: Place): GroupEvent => ({ type: "played", ...place });

const play: Control = ({ queue }, { index, playback }, _given, now) => {
  if (playback?.isPlaying === true) return undefined;
  if (playback !== null) return played({ index, playback: { ...playback, at: started(now), isPlaying: true } });
  if (queue.length === 0) throw nothingToPlay();
  // After its end the queue begins again, unless something was added.
  return played(fromStart(queue, index < queue.length ? index : 0, now));
};

const pause: Control = (_state, { index, playback }, given, now) => {
  if (playback?.isPlaying !== true) return undefined;
  return played({ index, playback: { ...playback, positionMs: heardPosition(playback, given.positionMs, now), at: now, isPlaying: false } });
};

/** Where its sender heard the pause, if that can be: the message was on its way for a while. */
function heardPosition(playback: Playback, heardMs: number | undefined, now: number): number {
  const trueMs = positionAt(playback, now);
  return heardMs !== undefined && heardMs <= playback.durationMs && Math.abs(heardMs - trueMs) <= limits.pausedWithinMs ? heardMs : trueMs;
}

const seek: Control = (_state, { index, playback }, { positionMs = 0 }, now) => {
  if (playback === null) throw nothingToPlay();
  const { isPlaying, durationMs } = playback;
  return played({ index, playback: { ...playback, positionMs: Math.min(positionMs, durationMs), at: isPlaying ? started(now) : now } });
};

const next: Control = ({ queue }, place, { itemId }, now) => {
  if (isLate(place, itemId) || place.playback === null) return undefined;
  return played(fromStart(queue, place.index + 1, now));
};

const previous: Control = ({ queue }, place, { itemId }, now) => {
  if (isLate(place, itemId) || queue.length === 0) return undefined;
  const isBegun = place.playback !== null && positionAt(place.playback, now) > limits.restartAfterMs;
  return played(fromStart(queue, isBegun ? place.index : Math.max(0, place.index - 1), now));
};

const jump: Control = ({ queue }, _place, { itemId }, now) => played(fromStart(queue, indexOf(queue, itemId), now));

const queue: Control = (state, place, { items = [], after }) => {
  const ids = new Set(state.queue.map(({ itemId }) => itemId));
  // Ids follow from the operation's: it is a repetition that nobody remembers.
  if (items.length === 0 || items.some(({ itemId }) => ids.has(itemId))) return undefined;
  const room = limits.queue - state.queue.length;
  if (items.length > room) throw new GroupRefused("QUEUE_FULL", `The queue of a group has at most ${limits.queue} items; there is room for ${room}.`, { limit: limits.queue, room });
  const before = after === undefined ? state.queue.length : after === null ? 0 : indexOf(state.queue, after) + 1;
  // What is added behind the end is played next; in the middle, the place stays with its item.
  const index = place.playback === null || before > place.index ? place.index : place.index + items.length;
  return { type: "queued", before, items, index, playback: place.playback };
};

const remove: Control = (state, { index, playback }, { itemIds = [] }, now) => {
  const gone = new Set(itemIds);
  const kept = state.queue.filter(({ itemId }) => !gone.has(itemId));
  if (kept.length === state.queue.length) return undefined;
  const before = state.queue.slice(0, index).filter(({ itemId }) => !gone.has(itemId)).length;
  const place = playback !== null && gone.has(playback.itemId) ? fromStart(kept, before, now, playback.isPlaying) : { index: before, playback };
  return { type: "removed", itemIds, ...place };
};

const move: Control = (state, { index, playback }, { itemId, after }) => {
  const from = indexOf(state.queue, itemId);
  const rest = state.queue.toSpliced(from, 1);
  if (after === itemId) return undefined;
  const to = after === undefined ? rest.length : after === null ? 0 : indexOf(rest, after) + 1;
  if (to === from) return undefined;
  const at = playback === null ? index : moved(state.queue, itemId as string, to).findIndex((item) => item.itemId === playback.itemId);
  return { type: "moved", itemId: itemId as string, to, index: at, playback };
};

const controls = { play, pause, seek, next, previous, jump, queue, remove, move } as const satisfies Record<string, Control>;

export type ControlName = keyof typeof controls;
export const controlNames = Object.keys(controls) as ControlName[];
export const isControl = (name: string): name is ControlName => Object.hasOwn(controls, name);

/** What `name` does at `now`, to a group that time has carried on. Throws GroupRefused. */
export function controlled(state: GroupState, name: ControlName, given: Controls, now: number): GroupEvent | undefined {
  return controls[name](state, placeAt(state.queue, state, now), given, now);
}

/** A queue to begin with, or that was given back. Throws GroupRefused when it cannot be. */
export function checkQueue(items: readonly Item[]): void {
  if (items.length > limits.queue) throw new GroupRefused("QUEUE_FULL", `The queue of a group has at most ${limits.queue} items.`, { limit: limits.queue });
  if (new Set(items.map(({ itemId }) => itemId)).size < items.length) throw new GroupRefused("INVALID_INPUT", "Two items of the queue have one id.", { field: "queue" });
}

/** Somebody else went on while this was on its way. */
function isLate({ playback }: Place, itemId: string | undefined): boolean {
  return itemId !== undefined && itemId !== playback?.itemId;
}

function indexOf(items: readonly Item[], itemId: string | undefined): number {
  const index = items.findIndex((item) => item.itemId === itemId);
  if (index < 0) throw new GroupRefused("ITEM_NOT_FOUND", "This is not in the queue.", { itemId });
  return index;
}

const nothingToPlay = () => new GroupRefused("NOTHING_TO_PLAY", "There is nothing in the queue.");
