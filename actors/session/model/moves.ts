/** Steps that commands, reports and time have in common: beginning an item, holding the current one, who plays. Each answers changes. */
import type { Change } from "./changes.ts";
import { counting, knownPlayback, skipping } from "./listening.ts";
import { heardAt, positionAt } from "./position.ts";
import { following, type Item } from "./queue.ts";
import type { Playback, SessionState } from "./state.ts";

/** The device that plays what is played: the active one while it is online, else the one that asks. */
export function playerOf({ activeId, devices }: SessionState, asking: string): string {
  return activeId !== null && devices.get(activeId)?.isOnline === true ? activeId : asking;
}

export const activating = ({ activeId }: SessionState, deviceId: string | null): Change[] => (activeId === deviceId ? [] : [{ do: "activate", deviceId }]);

/** A playback that was granted to this device for the track, and that nothing was heard of yet: fetched ahead, or just now. */
export function grantOf({ playbacks, playback }: SessionState, trackId: string, deviceId: string): string | null {
  const granted = playbacks.findLast((known) => known.trackId === trackId && known.deviceId === deviceId && known.flags === 0 && known.playbackId !== playback?.playbackId);
  return granted?.playbackId ?? null;
}

/** Remembers a playback that a client names and that was not granted here: the session was away then. */
export function remembering(state: SessionState, playbackId: string | null | undefined, trackId: string, deviceId: string): Change[] {
  if (playbackId === null || playbackId === undefined || knownPlayback(state, playbackId) !== undefined) return [];
  return [{ do: "admit", playback: { playbackId, trackId, deviceId, flags: 0 } }];
}

interface Beginning {
  readonly now: number;
  readonly positionMs?: number | undefined;
  readonly isPlaying?: boolean;
  readonly deviceId: string;
  readonly playbackId?: string | undefined;
  readonly onward?: boolean;
  /** It is left by a command of this id: skipped, if it is not over. */
  readonly opId?: string;
}

/** `item` is played on a device from now on. */
export function beginning(state: SessionState, item: Pick<Item, "itemId" | "trackId" | "durationMs">, given: Beginning): Change[] {
  const { now, positionMs = 0, isPlaying = true, deviceId, playbackId, onward = false, opId } = given;
  const id = playbackId ?? grantOf(state, item.trackId, deviceId);
  return [
    ...counting(state, now),
    ...(opId === undefined ? [] : skipping(state, now, opId)),
    ...activating(state, deviceId),
    ...remembering(state, id, item.trackId, deviceId),
    { do: "begin", itemId: item.itemId, ...(onward ? { onward } : {}), positionMs: Math.min(Math.round(positionMs), item.durationMs), at: now, isPlaying, playbackId: id },
  ];
}

/** The current item goes on from another position, or stops or goes on there. */
export function holding(state: SessionState, playback: Playback, given: { readonly now: number; readonly positionMs?: number | undefined; readonly isPlaying?: boolean | undefined; readonly at?: number; readonly heardMs?: number; readonly playbackId?: string | undefined }): Change[] {
  const { now, at = now, positionMs = positionAt(playback, at), isPlaying = playback.isPlaying, heardMs = heardAt(playback, now), playbackId } = given;
  return [
    ...counting(state, now),
    { do: "hold", positionMs: Math.min(Math.max(0, Math.round(positionMs)), playback.durationMs), at, isPlaying, heardMs, ...(playbackId === undefined ? {} : { playbackId }) },
  ];
}

/** What follows the current item, as the queue and "repeat all" have it. */
export function followingItem({ queue, repeat }: SessionState): Item | undefined {
  const at = following(queue, repeat === "all");
  return at === undefined ? undefined : queue.items[at];
}
