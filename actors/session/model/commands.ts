/**
 * Commands: what a device asks for, its own or another's playback.
 *
 *   play        here (`toDeviceId`: there): these tracks, or what is held. The plan says what happens when another device plays
 *   resume      where it is: on the active device, else here
 *   pause, seek, next, previous, jump, stop       whatever plays, wherever it plays
 *   queue, playNext, remove, move, shuffle, repeat    the queue
 *   transfer    what plays goes on there at the same position
 *   volume      of a device; private: friends see nothing for a while
 *
 * Answers changes; none: it is so already. Throws SessionRefused.
 */
import type { Plan } from "../../action.ts";
import type { Change } from "./changes.ts";
import { deviceNotFound, itemNotFound, nothingPlaying, otherDevicePlaying, SessionRefused } from "./errors.ts";
import { limits } from "./limits.ts";
import { repeating, skipping } from "./listening.ts";
import { activating, beginning, followingItem, holding, playerOf, remembering } from "./moves.ts";
import { plans } from "./plans.ts";
import { playingDevice, positionAt } from "./position.ts";
import { currentOf, indexOf, seedOf, type Item } from "./queue.ts";
import type { PlayContext, Playback, Repeat, SessionState } from "./state.ts";

export const commandTypes = ["play", "resume", "pause", "seek", "next", "previous", "jump", "stop", "queue", "playNext", "remove", "move", "shuffle", "repeat", "transfer", "volume", "private"] as const;
export type CommandType = (typeof commandTypes)[number];

export interface Command {
  readonly type: CommandType;
  readonly opId: string;
  /** Who asks. */
  readonly deviceId: string;
  /** Where: play, transfer, volume. */
  readonly toDeviceId?: string | undefined;
  readonly trackIds?: readonly string[] | undefined;
  readonly index?: number | undefined;
  readonly context?: PlayContext | undefined;
  readonly positionMs?: number | undefined;
  readonly playbackId?: string | undefined;
  readonly itemId?: string | undefined;
  readonly itemIds?: readonly string[] | undefined;
  readonly after?: string | null | undefined;
  readonly volume?: number | undefined;
  readonly repeat?: Repeat | undefined;
  readonly shuffle?: boolean | undefined;
  readonly private?: boolean | undefined;
  /** Of the tracks that are named. */
  readonly durations?: Readonly<Record<string, number>> | undefined;
}

export interface Asked {
  readonly now: number;
  readonly plan: Plan;
}

type Decide = (state: SessionState, command: Command, asked: Asked) => Change[];

function heldOf({ playback }: SessionState): Playback {
  if (playback === null) throw nothingPlaying();
  return playback;
}

const hasEnded = (playback: Playback, now: number): boolean => !playback.isPlaying && positionAt(playback, now) >= playback.durationMs;

/** Items of the tracks that a command names. */
export function itemsOf({ trackIds = [], opId, durations = {} }: Pick<Command, "trackIds" | "opId" | "durations">, source: Item["source"]): Item[] {
  return trackIds.map((trackId, n) => {
    const durationMs = Object.hasOwn(durations, trackId) ? durations[trackId] : undefined;
    if (durationMs === undefined) throw new SessionRefused("TRACK_NOT_FOUND", "There is no such track.", { trackIds: [trackId] });
    return { itemId: `${opId}-${n}`, trackId, durationMs, source, rank: n };
  });
}

/** A device must not begin to play when the plan says so. */
function mayPlay(state: SessionState, deviceId: string, { now, plan }: Asked): void {
  const other = playingDevice(state, now);
  if (other !== undefined && other !== deviceId && plans[plan].second === "refused") throw otherDevicePlaying(other);
}

/** What is held goes on, on `deviceId`. */
function goOn(state: SessionState, command: Command, deviceId: string, { now }: Asked): Change[] {
  const { positionMs, playbackId } = command;
  const first = state.queue.items[Math.max(0, state.queue.index)];
  if (state.playback === null) {
    if (first === undefined) throw nothingPlaying();
    return beginning(state, first, { now, deviceId, positionMs, playbackId });
  }
  const { playback } = state;
  if (hasEnded(playback, now) && positionMs === undefined) return beginning(state, playback, { now, deviceId, playbackId });
  const isSame = playback.isPlaying && positionMs === undefined && state.activeId === deviceId && (playbackId ?? playback.playbackId) === playback.playbackId;
  if (isSame) return [];
  return [...activating(state, deviceId), ...remembering(state, playbackId, playback.trackId, deviceId), ...holding(state, playback, { now, isPlaying: true, positionMs, playbackId })];
}

const play: Decide = (state, command, asked) => {
  const { trackIds, index = 0, context = null, positionMs, playbackId, opId, deviceId, toDeviceId = deviceId } = command;
  if (!state.devices.has(toDeviceId)) throw deviceNotFound(toDeviceId);
  mayPlay(state, toDeviceId, asked);
  if (trackIds === undefined) return goOn(state, command, toDeviceId, asked);
  const items = itemsOf(command, "context");
  const item = items[index];
  if (item === undefined) throw new SessionRefused("INVALID_INPUT", "The index is one of the tracks'.", { field: "index" });
  const [begin, ...before] = beginning(state, item, { now: asked.now, deviceId: toDeviceId, positionMs, playbackId, opId }).toReversed() as [Change, ...Change[]];
  // The old track is left before its queue goes; the new one begins in the new queue.
  return [...before.toReversed(), { do: "list", items, context }, begin, ...(state.queue.isShuffled ? [{ do: "shuffle", seed: seedOf(opId) } as const] : [])];
};

const resume: Decide = (state, command, asked) => goOn(state, command, playerOf(state, command.deviceId), asked);

const pause: Decide = (state, _command, { now }) => {
  const playback = heldOf(state);
  return playback.isPlaying ? holding(state, playback, { now, isPlaying: false }) : [];
};

const seek: Decide = (state, { positionMs = 0 }, { now }) => {
  const playback = heldOf(state);
  return holding(state, playback, { now, positionMs });
};

const next: Decide = (state, { opId, deviceId }, { now }) => {
  heldOf(state);
  const item = followingItem(state);
  return item === undefined ? [] : beginning(state, item, { now, deviceId: playerOf(state, deviceId), onward: true, opId });
};

const previous: Decide = (state, { opId, deviceId }, { now }) => {
  const playback = heldOf(state);
  const before = state.queue.items[state.queue.index - 1];
  const player = playerOf(state, deviceId);
  if (positionAt(playback, now) <= limits.restartAfterMs && before !== undefined) return beginning(state, before, { now, deviceId: player, opId });
  return [...repeating(state, now, opId), ...activating(state, player), ...holding(state, playback, { now, positionMs: 0, isPlaying: true })];
};

const jump: Decide = (state, { opId, deviceId, itemId = "", positionMs }, { now }) => {
  const { queue } = state;
  const at = indexOf(queue, itemId);
  const item = queue.items[at];
  if (item === undefined) throw itemNotFound(itemId);
  return beginning(state, item, { now, deviceId: playerOf(state, deviceId), positionMs, onward: at > queue.index, opId });
};

const stop: Decide = (state, _command, { now }) => {
  const { playback } = state;
  return [...(playback?.isPlaying === true ? holding(state, playback, { now, isPlaying: false }) : []), ...activating(state, null)];
};

/** Puts tracks into the queue. The first of an empty one is held, and waits to be played. */
function put(state: SessionState, command: Command, { now }: Asked, at: number, source: Item["source"]): Change[] {
  const { items } = state.queue;
  if (items.length + (command.trackIds?.length ?? 0) > limits.queue) throw new SessionRefused("LIMIT", `A queue has at most ${limits.queue.toLocaleString("en")} tracks.`, { limit: limits.queue });
  const added = itemsOf(command, source);
  const [first] = added;
  if (first === undefined) return [];
  const held: Change[] = state.playback === null && items.length === 0 ? [{ do: "begin", itemId: first.itemId, positionMs: 0, at: now, isPlaying: false, playbackId: null }] : [];
  return [{ do: "insert", at, items: added }, ...held];
}

const queue: Decide = (state, command, asked) => put(state, command, asked, state.queue.items.length, "context");
const playNext: Decide = (state, command, asked) => put(state, command, asked, state.queue.index + 1, state.queue.items.length === 0 ? "context" : "next");

const remove: Decide = (state, { itemIds = [], opId, deviceId }, { now }) => {
  const { queue: { items, index }, playback } = state;
  const gone = new Set(itemIds.filter((itemId) => indexOf(state.queue, itemId) >= 0));
  if (gone.size === 0) return [];
  const current = currentOf(state.queue);
  const out: Change = { do: "remove", itemIds: [...gone] };
  if (current === undefined || !gone.has(current.itemId)) return [out];
  const item = items.find(({ itemId }, at) => at > index && !gone.has(itemId));
  if (item === undefined || playback === null) return [...skipping(state, now, opId), { do: "end" }, out];
  // It begins before the other goes: so that the queue has a current item all along.
  return [...beginning(state, item, { now, deviceId: playerOf(state, deviceId), isPlaying: playback.isPlaying, opId }), out];
};

const move: Decide = (state, { itemId = "", after = null }) => {
  const at = indexOf(state.queue, itemId);
  if (at < 0) throw itemNotFound(itemId);
  const behind = after === null ? -1 : indexOf(state.queue, after);
  if (after !== null && behind < 0) throw itemNotFound(after);
  return behind === at || behind === at - 1 ? [] : [{ do: "move", itemId, after }];
};

const shuffle: Decide = (state, { shuffle: on = true, opId }) => (on === state.queue.isShuffled ? [] : [{ do: "shuffle", seed: on ? seedOf(opId) : null }]);

const repeat: Decide = (state, { repeat: mode = "off" }) => (mode === state.repeat ? [] : [{ do: "repeat", repeat: mode }]);

const transfer: Decide = (state, { deviceId, toDeviceId = deviceId }, { now }) => {
  if (!state.devices.has(toDeviceId)) throw deviceNotFound(toDeviceId);
  if (state.activeId === toDeviceId) return [];
  const { playback } = state;
  return [...(playback === null ? [] : holding(state, playback, { now })), { do: "activate", deviceId: toDeviceId }];
};

const volume: Decide = (state, { deviceId, toDeviceId = state.activeId ?? deviceId, volume: loud = 1 }) => {
  const device = state.devices.get(toDeviceId);
  if (device === undefined) throw deviceNotFound(toDeviceId);
  const to = Math.round(loud * 100) / 100;
  return device.volume === to ? [] : [{ do: "volume", deviceId: toDeviceId, volume: to }];
};

const privacy: Decide = (state, { private: on = true }, { now }) => {
  if (!on && state.privateUntil === 0) return [];
  return [{ do: "private", until: on ? now + limits.privateMs : 0 }];
};

const deciders: Readonly<Record<CommandType, Decide>> = { play, resume, pause, seek, next, previous, jump, stop, queue, playNext, remove, move, shuffle, repeat, transfer, volume, private: privacy };

export const decideCommand: Decide = (state, command, asked) => {
  if (!state.devices.has(command.deviceId)) throw deviceNotFound(command.deviceId);
  return deciders[command.type](state, command, asked);
};
