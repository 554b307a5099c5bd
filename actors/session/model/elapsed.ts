/** What time alone does: a track ends, a device falls silent, a private session is over. One cause after another, each at its own time. */
import type { Change } from "./changes.ts";
import { counting, repeating } from "./listening.ts";
import { beginning, followingItem } from "./moves.ts";
import { limits } from "./limits.ts";
import { endOf, heardAt, heardOfAt, positionAt, silentAt } from "./position.ts";
import type { Playback, SessionState } from "./state.ts";

export function decideElapsed(state: SessionState, now: number): Change[] {
  const { playback, devices, privateUntil } = state;
  const changes: Change[] = [];
  if (privateUntil > 0 && privateUntil <= now) changes.push({ do: "private", until: 0 });
  if (playback?.isPlaying === true) {
    const end = endOf(playback);
    const silent = silentAt(state);
    if (silent <= now && silent <= end) changes.push(...silence(state, playback, now));
    else if (end <= now) changes.push(...advance(state, playback, end));
  }
  for (const [deviceId, { isOnline, seenAt }] of devices) if (isOnline && seenAt + limits.onlineMs <= now) changes.push({ do: "offline", deviceId });
  return changes;
}

/** Nothing was heard of the device that plays: it stops where it was heard of last. */
function silence(state: SessionState, playback: Playback, now: number): Change[] {
  const last = Math.min(now, heardOfAt(state));
  return [...counting(state, last), { do: "hold", positionMs: positionAt(playback, last), at: now, isPlaying: false, heardMs: heardAt(playback, last) }];
}

/** The track is over: what follows begins when it ended, not when that was noticed. */
function advance(state: SessionState, playback: Playback, end: number): Change[] {
  const { repeat, activeId } = state;
  const item = repeat === "one" ? playback : followingItem(state);
  if (item === undefined || activeId === null) return [...counting(state, end), { do: "hold", positionMs: playback.durationMs, at: end, isPlaying: false, heardMs: heardAt(playback, end) }];
  const again = item.itemId === playback.itemId ? repeating(state, end, `${playback.itemId}:${playback.startedAt}`) : [];
  return [...again, ...beginning(state, item, { now: end, deviceId: activeId, onward: true })];
}

/** From the mirror: no device could report meanwhile. What should have ended long ago is not playing any more. */
export function revive(state: SessionState, now: number): void {
  state.isRevived = true;
  for (const device of state.devices.values()) if (device.isOnline) device.seenAt = now;
  const { playback } = state;
  if (playback?.isPlaying === true && endOf(playback) + limits.revivedMs < now) Object.assign(playback, { isPlaying: false, at: now });
}
