/**
 * What a device shows of its session: the session's last word, and on it what was done here and is not answered yet. Pure.
 *
 * A wish is done on the copy at once, as the session will do it (actors/session/model: the ids of new items follow from the
 * operation's), and the session's own word replaces it all when every wish is answered. Shuffling alone cannot be known ahead.
 */
import type { SessionItem, SessionPlayback, SessionView } from "./shapes.ts";
import type { Wish } from "./wishes.ts";

export type Copy = SessionView;

/** "Previous" goes back to the start of a track of which so much was heard. */
const restartAfterMs = 3_000;

export const emptyCopy: Copy = {
  epoch: 0, n: 0, isNew: true, activeDeviceId: null, devices: [], playback: null, shuffle: false, repeat: "off", context: null, queueVersion: 0, queue: [], index: -1, history: [], private: false, groupId: null,
  control: { n: 0, by: "" },
};

export interface Doing {
  readonly opId: string;
  /** This device. */
  readonly me: string;
  /** By the session's clock, ms since 1970. */
  readonly now: number;
  readonly durationOf: (trackId: string) => number;
}

/** Where a playback is at `now`. */
export function positionAt({ positionMs, at, isPlaying, durationMs }: SessionPlayback, now: number): number {
  const moved = positionMs + (isPlaying ? Math.max(0, now - at) : 0);
  return Math.max(0, durationMs > 0 ? Math.min(durationMs, moved) : moved);
}

/** The copy after a wish. */
export function done(copy: Copy, wish: Wish, doing: Doing): Copy {
  const { me, now } = doing;
  const { playback, queue, index } = copy;
  switch (wish.type) {
    case "list": {
      const items = made(wish.trackIds, "context", doing);
      const current = items[wish.index];
      // Shuffled, the chosen one comes first; the order of the rest is the session's.
      const listed = copy.shuffle && current !== undefined ? [current, ...items.filter((item) => item !== current)] : items;
      return begin({ ...copy, isNew: false, activeDeviceId: me, queue: listed, context: wish.context }, current === undefined ? -1 : listed.indexOf(current), doing, wish.positionMs);
    }
    case "pause":
      return playback?.isPlaying === true ? hold(copy, now, { isPlaying: false }) : copy;
    case "resume":
      return resumed(copy, doing);
    case "seek":
      return hold(copy, now, { positionMs: wish.positionMs });
    case "next": {
      const to = index + 1 < queue.length ? index + 1 : copy.repeat === "all" ? 0 : -1;
      return to === -1 ? copy : onward(copy, to, doing);
    }
    case "previous": {
      const restarts = (playback !== null && positionAt(playback, now) > restartAfterMs) || index <= 0;
      return restarts ? begin(copy, index, doing, 0) : begin(copy, index - 1, doing, 0);
    }
    case "jump": {
      const to = queue.findIndex(({ itemId }) => itemId === wish.itemId);
      return to === -1 ? copy : to > index ? onward(copy, to, doing) : begin(copy, to, doing, 0);
    }
    case "playNext":
      return held({ ...copy, isNew: false, queue: queue.toSpliced(index + 1, 0, ...made(wish.trackIds, queue.length === 0 ? "context" : "next", doing)) }, copy, doing);
    case "enqueue":
      return held({ ...copy, isNew: false, queue: [...queue, ...made(wish.trackIds, "context", doing)] }, copy, doing);
    case "remove": {
      const left = queue.filter(({ itemId }) => itemId !== wish.itemId);
      return placed({ ...copy, queue: left }, queue[index]?.itemId);
    }
    case "move": {
      const item = queue.find(({ itemId }) => itemId === wish.itemId);
      if (item === undefined || wish.itemId === wish.after) return copy;
      const others = queue.filter((other) => other !== item);
      const at = wish.after === null ? 0 : others.findIndex(({ itemId }) => itemId === wish.after) + 1;
      return placed({ ...copy, queue: others.toSpliced(at, 0, item) }, queue[index]?.itemId);
    }
    case "shuffle":
      return wish.on && !copy.shuffle && index > 0 ? { ...copy, shuffle: true, index: 0, queue: [...queue.slice(index, index + 1), ...queue.toSpliced(index, 1)] } : { ...copy, shuffle: wish.on };
    case "repeat":
      return { ...copy, repeat: wish.repeat };
    case "volume":
      return { ...copy, devices: copy.devices.map((device) => (device.deviceId === wish.target ? { ...device, volume: wish.volume } : device)) };
    case "transfer":
      return copy.activeDeviceId === wish.target ? copy : hold({ ...copy, activeDeviceId: wish.target }, now, {});
    case "private":
      return { ...copy, private: wish.on };
    default:
      return copy;
  }
}

function made(trackIds: readonly string[], source: SessionItem["source"], { opId }: Doing): SessionItem[] {
  return trackIds.map((trackId, n) => ({ itemId: `${opId}-${n}`, trackId, source }));
}

/** The first item of an empty queue waits to be played. */
function held(after: Copy, before: Copy, { now, durationOf }: Doing): Copy {
  const [first] = after.queue;
  if (before.queue.length > 0 || before.playback !== null || first === undefined) return after;
  const { itemId, trackId } = first;
  return { ...after, index: 0, playback: { itemId, trackId, playbackId: null, positionMs: 0, at: now, isPlaying: false, durationMs: durationOf(trackId) } };
}

/** Who plays what is begun: the active device while it is online, else this one. */
function playerOf({ activeDeviceId, devices }: Copy, me: string): string {
  return devices.find(({ deviceId, isOnline }) => deviceId === activeDeviceId && isOnline)?.deviceId ?? me;
}

function resumed(copy: Copy, doing: Doing): Copy {
  const { playback } = copy;
  const activeDeviceId = playerOf(copy, doing.me);
  if (playback === null) return begin(copy, Math.max(0, copy.index), doing, 0);
  if (playback.isPlaying && copy.activeDeviceId === activeDeviceId) return copy;
  const isOver = !playback.isPlaying && playback.durationMs > 0 && playback.positionMs >= playback.durationMs;
  return hold({ ...copy, activeDeviceId }, doing.now, { isPlaying: true, ...(isOver ? { positionMs: 0 } : {}) });
}

function begin(copy: Copy, index: number, { now, durationOf, me }: Doing, positionMs: number): Copy {
  const item = copy.queue[index];
  if (item === undefined) return { ...copy, index: -1, playback: null };
  const { itemId, trackId } = item;
  return { ...copy, index, activeDeviceId: playerOf(copy, me), playback: { itemId, trackId, playbackId: null, positionMs, at: now, isPlaying: true, durationMs: durationOf(trackId) } };
}

/** To an item further on: what was put in to be played next, up to it, has had its turn. */
function onward(copy: Copy, to: number, doing: Doing): Copy {
  const target = copy.queue[to];
  const { index } = copy;
  const passed = (at: number) => (index <= to ? at >= index && at < to : at >= index || at < to);
  const queue = copy.queue.filter(({ source }, at) => source !== "next" || !passed(at));
  return target === undefined ? copy : begin({ ...copy, queue }, queue.indexOf(target), doing, 0);
}

function hold(copy: Copy, now: number, given: { readonly positionMs?: number; readonly isPlaying?: boolean }): Copy {
  const { playback } = copy;
  return playback === null ? copy : { ...copy, playback: { ...playback, positionMs: positionAt(playback, now), at: now, ...given } };
}

/** The player has gone on to an item of the queue by itself. */
export function wentOn(copy: Copy, itemId: string, doing: Doing): Copy {
  const to = copy.queue.findIndex((item) => item.itemId === itemId);
  return to === -1 ? copy : onward(copy, to, doing);
}

/** The same item is the current one, wherever it is now. */
function placed(copy: Copy, current: string | undefined): Copy {
  const index = copy.queue.findIndex(({ itemId }) => itemId === current);
  return { ...copy, index, ...(index === -1 ? { playback: null } : {}) };
}
