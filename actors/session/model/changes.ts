/** What can happen to a session, and what it does to the state. An event is the changes of one turn, in order. */
import type { ListeningEventType } from "../../../storage/index.ts";
import { limits } from "./limits.ts";
import { go, insert, move, remove, shuffle, unshuffle, type Item } from "./queue.ts";
import type { DeviceType, HeardTrack, KnownPlayback, PlayContext, Repeat, SessionState } from "./state.ts";

/** A row of the listening log, but for whose it is. */
export interface Listened {
  readonly id: string;
  readonly type: ListeningEventType;
  readonly at: number;
  readonly trackId: string;
  readonly playbackId?: string;
  readonly deviceId?: string;
  readonly positionMs?: number;
  readonly listenedMs?: number;
  readonly context?: string;
}

export type Change =
  | { readonly do: "device"; readonly deviceId: string; readonly name: string; readonly type: DeviceType; readonly volume: number; readonly at: number }
  | { readonly do: "seen"; readonly deviceId: string; readonly at: number; readonly isBack?: true }
  /** Friends are told again what they were told. */
  | { readonly do: "say" }
  | { readonly do: "offline"; readonly deviceId: string }
  | { readonly do: "forget"; readonly deviceId: string }
  | { readonly do: "activate"; readonly deviceId: string | null }
  | { readonly do: "volume"; readonly deviceId: string; readonly volume: number }
  | { readonly do: "list"; readonly items: readonly Item[]; readonly context: PlayContext | null }
  | { readonly do: "insert"; readonly at: number; readonly items: readonly Item[] }
  | { readonly do: "remove"; readonly itemIds: readonly string[] }
  | { readonly do: "move"; readonly itemId: string; readonly after: string | null }
  | { readonly do: "shuffle"; readonly seed: number | null }
  | { readonly do: "repeat"; readonly repeat: Repeat }
  /** An item begins, in place of what played. `onward`: what was put in to be played next on the way has had its turn. */
  | { readonly do: "begin"; readonly itemId: string; readonly onward?: true; readonly positionMs: number; readonly at: number; readonly isPlaying: boolean; readonly playbackId: string | null; readonly startedAt?: number }
  /** The same playing goes on from another position, or stops there. */
  | { readonly do: "hold"; readonly positionMs: number; readonly at: number; readonly isPlaying: boolean; readonly heardMs: number; readonly playbackId?: string }
  /** What the current playback is called. */
  | { readonly do: "name"; readonly playbackId: string }
  | { readonly do: "end" }
  | { readonly do: "private"; readonly until: number }
  | { readonly do: "group"; readonly groupId: string | null }
  | { readonly do: "restored"; readonly isShuffled: boolean; readonly history: readonly HeardTrack[] }
  | { readonly do: "admit"; readonly playback: KnownPlayback }
  | { readonly do: "flag"; readonly playbackId: string; readonly flag: number }
  | { readonly do: "log"; readonly event: Listened };

export interface SessionEvent {
  readonly changes: readonly Change[];
  /** It is a command of this device: what other devices say without having heard of it counts for nothing. */
  readonly by?: string;
}

const isHidden = (change: Change): boolean => ["say", "flag", "log"].includes(change.do) || isMomentary(change);
// A playback that was granted is known again by its device's next report.
const isMomentary = (change: Change): boolean => (change.do === "seen" && change.isBack === undefined) || change.do === "admit";

/** Nothing but that somebody was heard of, or may begin. */
export const isPassing = ({ changes }: SessionEvent): boolean => changes.every(isMomentary);
/** Whether anybody is told. */
export const isShown = ({ changes }: SessionEvent): boolean => !changes.every(isHidden);
const queueing: ReadonlySet<Change["do"]> = new Set(["list", "insert", "remove", "move", "shuffle", "begin", "restored"]);
const leaving: ReadonlySet<Change["do"]> = new Set(["list", "begin", "end", "restored"]);
const sounding: ReadonlySet<Change["do"]> = new Set(["list", "begin", "hold", "end", "private", "restored", "say"]);
const changesQueue = ({ changes }: SessionEvent): boolean => changes.some((change) => queueing.has(change.do));
/** Whether the history may be another. */
export const changesHistory = ({ changes }: SessionEvent): boolean => changes.some((change) => leaving.has(change.do));
/** Whether friends may see something else. */
export const changesWord = ({ changes }: SessionEvent): boolean => changes.some((change) => sounding.has(change.do));

/** Changes `state` in place. Never refuses: what does not fit any more is left out. */
export function applyEvent(state: SessionState, event: SessionEvent, at: number, seq: number): void {
  for (const change of event.changes) applyChange(state, change, seq);
  if (isShown(event)) state.n = seq;
  if (event.by === undefined) return;
  state.control = { n: seq, at, by: event.by };
  // What a report alone made may still be completed by a device that knows more.
  if (changesQueue(event)) state.isNew = false;
}

function applyChange(state: SessionState, change: Change, seq: number): void {
  const { queue, devices } = state;
  switch (change.do) {
    case "device":
      devices.set(change.deviceId, { name: change.name, type: change.type, volume: change.volume, seenAt: change.at, isOnline: true });
      return;
    case "seen": {
      const device = devices.get(change.deviceId);
      if (device !== undefined) Object.assign(device, { seenAt: change.at, isOnline: true });
      return;
    }
    case "say":
      state.isRevived = false;
      return;
    case "offline": {
      const device = devices.get(change.deviceId);
      if (device !== undefined) device.isOnline = false;
      return;
    }
    case "forget":
      devices.delete(change.deviceId);
      if (state.activeId === change.deviceId) state.activeId = null;
      return;
    case "activate":
      state.activeId = change.deviceId;
      return;
    case "volume": {
      const device = devices.get(change.deviceId);
      if (device !== undefined) device.volume = change.volume;
      return;
    }
    case "list":
      leave(state);
      state.queue = { items: change.items.map((item) => ({ ...item })), index: -1, isShuffled: false };
      state.playback = null;
      state.context = change.context;
      state.queueVersion = seq;
      return;
    case "insert":
      insert(queue, change.at, change.items);
      state.queueVersion = seq;
      return;
    case "remove":
      remove(queue, new Set(change.itemIds));
      state.queueVersion = seq;
      return;
    case "move":
      move(queue, change.itemId, change.after);
      state.queueVersion = seq;
      return;
    case "shuffle":
      if (change.seed === null) unshuffle(queue);
      else shuffle(queue, change.seed);
      state.queueVersion = seq;
      return;
    case "repeat":
      state.repeat = change.repeat;
      return;
    case "begin":
      begin(state, change, seq);
      return;
    case "hold": {
      const { positionMs, at, isPlaying, heardMs, playbackId } = change;
      if (state.playback !== null) Object.assign(state.playback, { positionMs, at, isPlaying, heardMs, ...(playbackId === undefined ? {} : { playbackId }) });
      return;
    }
    case "name":
      if (state.playback !== null) state.playback.playbackId = change.playbackId;
      return;
    case "end":
      leave(state);
      state.playback = null;
      queue.index = -1;
      return;
    case "private":
      state.privateUntil = change.until;
      return;
    case "group":
      state.groupId = change.groupId;
      return;
    case "restored":
      queue.isShuffled = change.isShuffled;
      state.history = [...change.history];
      return;
    case "admit":
      state.playbacks = [...state.playbacks.filter(({ playbackId }) => playbackId !== change.playback.playbackId), { ...change.playback }].slice(-limits.playbacks);
      return;
    case "flag": {
      const known = state.playbacks.find(({ playbackId }) => playbackId === change.playbackId);
      if (known !== undefined) known.flags |= change.flag;
      return;
    }
    case "log":
      return;
  }
}

function begin(state: SessionState, change: Change & { do: "begin" }, seq: number): void {
  const { queue } = state;
  const item = queue.items.find(({ itemId }) => itemId === change.itemId);
  leave(state);
  if (item === undefined) {
    state.playback = null;
    return;
  }
  if (go(queue, item.itemId, change.onward === true)) state.queueVersion = seq;
  const { itemId, trackId, durationMs } = item;
  const { positionMs, at, isPlaying, playbackId, startedAt = at } = change;
  state.playback = { itemId, trackId, durationMs, playbackId, positionMs, at, isPlaying, startedAt, heardMs: 0 };
}

/** What was heard goes into the history. */
function leave({ playback, history }: SessionState): void {
  if (playback === null || (!playback.isPlaying && playback.heardMs === 0)) return;
  if (history.at(-1)?.trackId === playback.trackId) history.pop();
  history.push({ trackId: playback.trackId, at: playback.startedAt });
  if (history.length > limits.history) history.shift();
}
