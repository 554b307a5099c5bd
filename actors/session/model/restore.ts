/**
 * A session that was lost, rebuilt from what a device saw last. Only one that knows nothing is: the first device wins. What a
 * report said meanwhile stands: its track and position are newer than any view.
 */
import type { Change } from "./changes.ts";
import { limits } from "./limits.ts";
import { making, unnamed } from "./report.ts";
import type { Item } from "./queue.ts";
import type { DeviceType, HeardTrack, PlayContext, Playback, Repeat, SessionState } from "./state.ts";

export interface LostView {
  readonly activeDeviceId: string | null;
  readonly devices: readonly { readonly deviceId: string; readonly name: string; readonly type: DeviceType; readonly volume: number; readonly lastSeenAt: number }[];
  readonly playback: { readonly itemId: string; readonly playbackId: string | null; readonly positionMs: number; readonly at: number; readonly isPlaying: boolean; readonly startedAt?: number | undefined } | null;
  readonly shuffle: boolean;
  readonly repeat: Repeat;
  readonly context: PlayContext | null;
  readonly queue: readonly { readonly itemId: string; readonly trackId: string; readonly source: Item["source"] }[];
  readonly index: number;
  readonly history: readonly HeardTrack[];
  readonly private: boolean;
}

/** `durations` of those tracks that exist; the others are left out. */
export function decideRestore(state: SessionState, deviceId: string, view: LostView, durations: Readonly<Record<string, number>>, now: number): Change[] {
  if (!state.isNew) return [];
  const exists = ({ trackId }: { readonly trackId: string }) => Object.hasOwn(durations, trackId);
  const seen = new Set<string>();
  const items = view.queue.filter((item) => exists(item) && !seen.has(item.itemId) && seen.add(item.itemId)).map(({ itemId, trackId, source }, rank): Item => ({ itemId, trackId, source, rank, durationMs: durations[trackId] ?? 0 }));
  const current = items.find(({ itemId }) => itemId === (view.playback?.itemId ?? view.queue[view.index]?.itemId));
  return [
    ...restoredDevices(state, deviceId, view, now),
    { do: "list", items, context: view.context },
    { do: "restored", isShuffled: view.shuffle, history: view.history.filter(exists).slice(-limits.history) },
    { do: "repeat", repeat: view.repeat },
    ...(view.private && state.privateUntil === 0 ? [{ do: "private", until: now + limits.privateMs } as const] : []),
    ...(state.playback === null ? restoredPlayback(current, view, now) : keptPlayback(state.playback, items, { current, view, now })),
  ];
}

function restoredDevices(state: SessionState, deviceId: string, { devices, activeDeviceId }: LostView, now: number): Change[] {
  const others = devices.filter((device) => !state.devices.has(device.deviceId)).slice(0, Math.max(0, limits.devices - state.devices.size));
  // A device that reported before it registered gets its name back.
  const named = devices.flatMap((device): Change[] => {
    const known = state.devices.get(device.deviceId);
    const { deviceId: id, name, type, volume } = device;
    return known?.name === unnamed.name && known.type === unnamed.type ? [{ do: "device", deviceId: id, name, type, volume, at: known.seenAt }] : [];
  });
  const made = others.flatMap(({ deviceId: id, name, type, volume, lastSeenAt }): Change[] => [
    ...making(state, { do: "device", deviceId: id, name, type, volume, at: Math.min(now, lastSeenAt) }),
    ...(id === deviceId ? [] : [{ do: "offline", deviceId: id } as const]),
  ]);
  const isKnown = activeDeviceId !== null && (state.devices.has(activeDeviceId) || others.some((device) => device.deviceId === activeDeviceId));
  return [...named, ...made, ...(isKnown && state.activeId === null ? [{ do: "activate", deviceId: activeDeviceId } as const] : [])];
}

/** Goes on by the clock, if its end has not passed long ago. */
function restoredPlayback(item: Item | undefined, { playback, activeDeviceId }: LostView, now: number): Change[] {
  if (item === undefined) return [];
  const { at, isPlaying, playbackId, startedAt, ...where } = playback ?? { positionMs: 0, at: now, isPlaying: false, playbackId: null };
  const positionMs = Math.round(where.positionMs);
  const then = Math.min(now, Math.round(at));
  const goesOn = isPlaying && activeDeviceId !== null && then + item.durationMs - positionMs + limits.revivedMs > now;
  const remembered: Change[] = playbackId === null ? [] : [{ do: "admit", playback: { playbackId, trackId: item.trackId, deviceId: activeDeviceId ?? "", flags: 0 } }];
  return [...remembered, { do: "begin", itemId: item.itemId, positionMs: Math.min(positionMs, item.durationMs), at: goesOn ? then : now, isPlaying: goesOn, playbackId, ...begun(startedAt, now) }];
}

/** The play of it is logged under this time: where it is known it must not be another. */
const begun = (startedAt: number | undefined, now: number): { startedAt?: number } => (startedAt === undefined ? {} : { startedAt: Math.min(Math.round(startedAt), now) });

function keptPlayback(kept: Playback, items: readonly Item[], { current, view, now }: { readonly current: Item | undefined; readonly view: LostView; readonly now: number }): Change[] {
  const item = current?.trackId === kept.trackId ? current : items.find(({ trackId }) => trackId === kept.trackId);
  const { itemId, trackId, durationMs, positionMs, at, isPlaying, playbackId, heardMs } = kept;
  const own: Item = { itemId, trackId, durationMs, source: "next", rank: items.length };
  const place = current === undefined ? items.length : items.indexOf(current) + 1;
  return [
    ...(item === undefined ? [{ do: "insert", at: place, items: [own] } as const] : []),
    { do: "begin", itemId: item?.itemId ?? itemId, positionMs, at: Math.min(at, now), isPlaying, playbackId, ...begun(view.playback?.playbackId === playbackId ? view.playback?.startedAt : kept.startedAt, now) },
    { do: "hold", positionMs, at, isPlaying, heardMs },
  ];
}
