/** Positions by time, and when time changes something. */
import { limits } from "./limits.ts";
import type { Playback, SessionState } from "./state.ts";

/** Where a playback is at `now`: never before its start, never beyond its end. */
export function positionAt({ positionMs, at, isPlaying, durationMs }: Playback, now: number): number {
  const moved = isPlaying ? Math.max(0, now - at) : 0;
  return Math.min(durationMs, Math.max(0, Math.round(positionMs + moved)));
}

/** For how long it has been heard by `now`: never longer than time has passed, whatever its device says. */
export function heardAt({ heardMs, at, isPlaying, positionMs, durationMs }: Playback, now: number): number {
  return Math.round(heardMs + (isPlaying ? Math.min(Math.max(0, now - at), Math.max(0, durationMs - positionMs)) : 0));
}

/** When its track ends, if it goes on playing. One without a length lasts a second: a queue of them must not keep a node busy. */
export const endOf = ({ positionMs, at, durationMs }: Playback): number => at + (durationMs === 0 ? 1_000 : Math.max(0, durationMs - positionMs));

/** When the active device was last heard of; a command that makes it play gives it the same time to answer. */
export function heardOfAt({ activeId, devices, control }: SessionState): number {
  return Math.max((activeId === null ? undefined : devices.get(activeId)?.seenAt) ?? 0, control.at);
}

/** When the device that plays is taken for dead, if nothing is heard of it. */
export const silentAt = (state: SessionState): number => heardOfAt(state) + limits.silentMs;

/** The device that plays now, unless it has been silent for too long. */
export function playingDevice(state: SessionState, now: number): string | undefined {
  const { playback, activeId } = state;
  return playback?.isPlaying === true && activeId !== null && now < silentAt(state) ? activeId : undefined;
}

/** When time alone changes the session next, ms since 1970. */
export function dueAt(state: SessionState): number | undefined {
  let due = Infinity;
  for (const { isOnline, seenAt } of state.devices.values()) if (isOnline) due = Math.min(due, seenAt + limits.onlineMs);
  const { playback, privateUntil } = state;
  if (playback?.isPlaying === true) due = Math.min(due, endOf(playback), silentAt(state));
  if (privateUntil > 0) due = Math.min(due, privateUntil);
  return due === Infinity ? undefined : due;
}
