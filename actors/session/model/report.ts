/**
 * Reports: what a device does, every eight seconds and at each change. The active device's report is the truth; what it only
 * confirms changes nothing. A report from before a command that its device has not heard of counts as a sign of life alone.
 */
import type { Change } from "./changes.ts";
import { limits } from "./limits.ts";
import { counting, knownPlayback, repeating } from "./listening.ts";
import { activating, beginning, holding, remembering } from "./moves.ts";
import { heardAt, playingDevice, positionAt } from "./position.ts";
import { indexOf, type Item } from "./queue.ts";
import type { Playback, SessionState } from "./state.ts";

export interface Report {
  readonly deviceId: string;
  readonly playbackId?: string | undefined;
  readonly trackId?: string | undefined;
  readonly itemId?: string | undefined;
  readonly positionMs?: number | undefined;
  readonly isPlaying?: boolean | undefined;
  /** When `positionMs` held, ms since 1970 by the service's clock; absent: now. */
  readonly at?: number | undefined;
  /** The last view of the session that the device knows. */
  readonly seen?: { readonly epoch: number; readonly n: number } | undefined;
  /** Of `trackId`, if there is such a track. */
  readonly durations?: Readonly<Record<string, number>> | undefined;
}

/** Somebody was heard of; told when the device was thought to be away. */
export function seeing({ devices, isRevived }: SessionState, deviceId: string, now: number): Change[] {
  const device = devices.get(deviceId);
  if (device === undefined) return [];
  return [{ do: "seen", deviceId, at: now, ...(device.isOnline ? {} : { isBack: true }) }, ...(isRevived ? [{ do: "say" } as const] : [])];
}

/** A device that nobody registered: after a loss it may report before it registers. */
export const unnamed = { name: "Device", type: "other", volume: 1 } as const;

/** The new device, and the one that goes for it when there are too many: of those that are offline the one seen longest ago. */
export function making(state: SessionState, device: Change & { do: "device" }): Change[] {
  const { devices, activeId } = state;
  if (devices.has(device.deviceId) || devices.size < limits.devices) return [device];
  const [oldest] = [...devices].filter(([deviceId]) => deviceId !== activeId).toSorted(([, one], [, other]) => Number(one.isOnline) - Number(other.isOnline) || one.seenAt - other.seenAt);
  return [...(oldest === undefined ? [] : [{ do: "forget", deviceId: oldest[0] } as const]), device];
}

export function decideReport(state: SessionState, report: Report, now: number, unique: number): Change[] {
  const { deviceId, isPlaying, positionMs } = report;
  const alive = state.devices.has(deviceId) ? seeing(state, deviceId, now) : making(state, { do: "device", deviceId, ...unnamed, at: now });
  if (isPlaying === undefined && positionMs === undefined) return alive;
  const isActive = state.activeId === deviceId;
  // Who may not play is told so by the answer: it names the active device.
  if (!isActive && (isPlaying !== true || playingDevice(state, now) !== undefined)) return alive;
  return [...alive, ...truth(state, report, now, unique)];
}

function isStale({ control }: SessionState, { seen, deviceId }: Report, now: number): boolean {
  if (seen !== undefined) return seen.n < control.n;
  return control.by !== deviceId && now - control.at < limits.crossingMs;
}

function truth(state: SessionState, report: Report, now: number, unique: number): Change[] {
  const { playback } = state;
  const { deviceId } = report;
  const at = Math.min(now, Math.max(report.at ?? now, now - limits.reportAgeMs));
  const item = itemOf(state, report, unique);
  if (item === undefined) return [];
  const isSame = playback !== null && item.itemId === playback.itemId;
  if (isSame && confirms(playback, report, at) && state.activeId === deviceId) return naming(state, playback, report, now);
  if (isStale(state, report, now)) return [];
  if (!isSame) {
    if (playback !== null && isBeforeJoin(state, item, report, at, now)) return [];
    const { positionMs = 0, isPlaying = playback?.isPlaying ?? false, playbackId } = report;
    const from = Math.min(positionMs, item.durationMs);
    const begun = beginning(state, item, { now: at, deviceId, positionMs: from, isPlaying, playbackId, onward: true });
    return state.queue.items.includes(item) ? begun : [{ do: "insert", at: state.queue.index + 1, items: [item] }, ...begun];
  }
  const again = loops(state, playback, report, at) ? repeating(state, now, `${playback.itemId}:${playback.startedAt}`) : [];
  if (again.length > 0) return [...again, ...beginning(state, playback, { now: at, deviceId, positionMs: report.positionMs, isPlaying: true, playbackId: report.playbackId })];
  return [
    ...activating(state, deviceId),
    ...remembering(state, report.playbackId, item.trackId, deviceId),
    ...holding(state, playback, { now, at, positionMs: report.positionMs, isPlaying: report.isPlaying, heardMs: heardBy(playback, report, at), playbackId: report.playbackId }),
  ];
}

function confirms(playback: Playback, { isPlaying, positionMs }: Report, at: number): boolean {
  const isWhere = positionMs === undefined || Math.abs(positionMs - positionAt(playback, at)) < limits.driftMs;
  // Its device is not quite at the end.
  const isOver = !playback.isPlaying && positionAt(playback, at) >= playback.durationMs;
  return isWhere && (isOver || (isPlaying ?? playback.isPlaying) === playback.isPlaying);
}

/** Nothing changes but, at most, what the playback is called. */
function naming(state: SessionState, playback: Playback, { playbackId, deviceId }: Report, now: number): Change[] {
  if (playbackId === undefined || playbackId === playback.playbackId) return counting(state, now);
  return [...counting(state, now), ...remembering(state, playbackId, playback.trackId, deviceId), { do: "name", playbackId }];
}

/** What was heard until a report: no longer than the position has moved on, when the device lags (it waited for its network). */
function heardBy(playback: Playback, { positionMs }: Report, at: number): number {
  const byClock = heardAt(playback, at);
  if (!playback.isPlaying || positionMs === undefined || positionMs < playback.positionMs) return byClock;
  return Math.min(byClock, Math.round(playback.heardMs + positionMs - playback.positionMs));
}

/** The device was still at the end of the track before, when the session had gone on by time: by now it is there, too. */
function isBeforeJoin({ queue, playback }: SessionState, item: Item, { positionMs = 0 }: Report, at: number, now: number): boolean {
  const begunMs = now - (playback?.startedAt ?? now);
  return begunMs < limits.reportAgeMs && queue.items[queue.index - 1]?.itemId === item.itemId && item.durationMs - (positionMs + now - at) < limits.driftMs;
}

/** Repeat of one: the device is at the start again, the session not quite at the end. */
function loops({ repeat }: SessionState, playback: Playback, { positionMs, isPlaying }: Report, at: number): boolean {
  return repeat === "one" && isPlaying === true && positionMs !== undefined && positionMs < limits.restartAfterMs && positionAt(playback, at) > playback.durationMs - limits.restartAfterMs && playback.durationMs > 2 * limits.restartAfterMs;
}

/** The item of the queue that a report speaks of; one of its own when its track is not there. */
function itemOf(state: SessionState, report: Report, unique: number): Item | undefined {
  const { queue, playback } = state;
  const named = report.itemId === undefined ? undefined : queue.items[indexOf(queue, report.itemId)];
  if (named !== undefined) return named;
  const trackId = report.trackId ?? knownPlayback(state, report.playbackId)?.trackId;
  if (trackId === undefined) return playback === null ? undefined : queue.items[queue.index];
  if (playback?.trackId === trackId) return queue.items[queue.index];
  const found = queue.items.find((item, at) => at > queue.index && item.trackId === trackId) ?? queue.items.find((item) => item.trackId === trackId);
  if (found !== undefined) return found;
  const durationMs = report.durations?.[trackId];
  if (durationMs === undefined || queue.items.length >= limits.queue) return undefined;
  return { itemId: `report-${unique}`, trackId, durationMs, source: playback === null ? "context" : "next", rank: 0 };
}
