/**
 * The state as small JSON: short names, nothing that has its usual value, each track's id once, ids of items as runs (an album
 * added by one command takes one entry), times against one of them. An idle session is some hundred bytes.
 */
import type { Item } from "./queue.ts";
import { contextTypes, deviceTypes, emptyState, repeats, type Playback, type SessionState } from "./state.ts";

type Run = readonly [prefix: string, first: number, count: number] | string;

export interface PackedSession {
  /** n; zero of times; queueVersion. */
  readonly n: readonly [n: number, zero: number, queueVersion: number];
  /** Id, name, type, volume in percent, seen before zero, online. */
  readonly d?: readonly (readonly [string, string, number, number, number, 0 | 1])[];
  /** Index of the active device. */
  readonly a?: number;
  /** Ids of tracks, and durations of the first of them: those in the queue. */
  readonly t?: readonly string[];
  readonly l?: readonly number[];
  /** Items: ids; tracks, absent when it is one after another; those to be played next; ranks when shuffled. */
  readonly q?: readonly Run[];
  readonly qt?: readonly number[];
  readonly qn?: readonly number[];
  readonly qr?: readonly number[];
  readonly i?: number;
  /** Index of the item, playbackId, position, before zero: at and startedAt; playing, heard. */
  readonly p?: readonly [number, string | 0, number, number, number, 0 | 1, number];
  readonly r?: number;
  readonly c?: readonly [number, string];
  /** Track, seconds before zero. */
  readonly h?: readonly (readonly [number, number])[];
  readonly v?: number;
  readonly g?: string;
  /** Id, track, index of the device or its id, flags. */
  readonly k?: readonly (readonly [string, number, number | string, number])[];
  /** 0: it is not new. */
  readonly e?: 0;
  /** Number of the last command, before zero, index of its device or its id. */
  readonly x?: readonly [number, number, number | string];
}

const optional = <K extends string, V>(key: K, value: V, isUsual: boolean): { [P in K]?: V } => (isUsual ? {} : ({ [key]: value } as { [P in K]: V }));

export function packState(state: SessionState): PackedSession {
  const { devices, queue, playback, history, playbacks, control } = state;
  const zero = Math.max(control.at, playback?.at ?? 0, ...[...devices.values()].map(({ seenAt }) => seenAt));
  const tracks = new Map<string, number>();
  const durations: number[] = [];
  const track = (trackId: string): number => {
    const known = tracks.get(trackId);
    if (known !== undefined) return known;
    tracks.set(trackId, tracks.size);
    return tracks.size - 1;
  };
  const ids = [...devices.keys()];
  const device = (deviceId: string): number | string => (ids.includes(deviceId) ? ids.indexOf(deviceId) : deviceId);
  const { items } = queue;
  const of = items.map(({ trackId, durationMs }) => {
    const at = track(trackId);
    durations[at] = durationMs;
    return at;
  });
  const next = items.flatMap(({ source }, at) => (source === "next" ? [at] : []));
  const heard = history.map(({ trackId, at }) => [track(trackId), Math.round((zero - at) / 1_000)] as const);
  const known = playbacks.map(({ playbackId, trackId, deviceId, flags }) => [playbackId, track(trackId), device(deviceId), flags] as const);
  return {
    n: [state.n, zero, state.queueVersion],
    ...optional("d", [...devices].map(([id, { name, type, volume, seenAt, isOnline }]) => [id, name, deviceTypes.indexOf(type), Math.round(volume * 100), zero - seenAt, isOnline ? 1 : 0] as const), devices.size === 0),
    ...optional("a", state.activeId === null ? -1 : ids.indexOf(state.activeId), state.activeId === null),
    ...optional("t", [...tracks.keys()], tracks.size === 0),
    ...optional("l", durations, durations.length === 0),
    ...optional("q", runsOf(items), items.length === 0),
    ...optional("qt", of, of.every((index, at) => index === at)),
    ...optional("qn", next, next.length === 0),
    ...optional("qr", items.map(({ rank }) => rank), !queue.isShuffled),
    ...optional("i", queue.index, queue.index === -1),
    ...(playback === null ? {} : { p: [items.findIndex(({ itemId }) => itemId === playback.itemId), playback.playbackId ?? 0, playback.positionMs, zero - playback.at, zero - playback.startedAt, playback.isPlaying ? 1 : 0, playback.heardMs] as const }),
    ...optional("r", repeats.indexOf(state.repeat), state.repeat === "off"),
    ...(state.context === null ? {} : { c: [contextTypes.indexOf(state.context.type), state.context.id] as const }),
    ...optional("h", heard, heard.length === 0),
    ...optional("v", state.privateUntil, state.privateUntil === 0),
    ...(state.groupId === null ? {} : { g: state.groupId }),
    ...optional("k", known, known.length === 0),
    ...(state.isNew ? {} : { e: 0 }),
    ...optional("x", [control.n, zero - control.at, device(control.by)] as const, control.n === 0),
  };
}

export function unpackState(packed: unknown): SessionState {
  const { n: [n, zero, queueVersion], d = [], a = -1, t = [], l = [], q = [], qt, qn = [], qr, i = -1, p, r = 0, c, h = [], v = 0, g, k = [], e, x } = packed as PackedSession;
  const ids = d.map(([id]) => id);
  const device = (index: number | string): string => (typeof index === "string" ? index : (ids[index] ?? ""));
  const next = new Set(qn);
  const items = idsOf(q).map((itemId, at): Item => {
    const of = qt?.[at] ?? at;
    return { itemId, trackId: t[of] ?? "", durationMs: l[of] ?? 0, source: next.has(at) ? "next" : "context", rank: qr?.[at] ?? at };
  });
  return {
    ...emptyState(),
    n, queueVersion,
    devices: new Map(d.map(([id, name, type, volume, seen, online]) => [id, { name, type: deviceTypes[type] ?? "other", volume: volume / 100, seenAt: zero - seen, isOnline: online === 1 }])),
    activeId: ids[a] ?? null,
    queue: { items, index: i, isShuffled: qr !== undefined },
    playback: playbackOf(p, items, zero),
    repeat: repeats[r] ?? "off",
    context: c === undefined ? null : { type: contextTypes[c[0]] ?? "tracks", id: c[1] },
    history: h.map(([track, before]) => ({ trackId: t[track] ?? "", at: zero - before * 1_000 })),
    privateUntil: v,
    groupId: g ?? null,
    playbacks: k.map(([playbackId, track, of, flags]) => ({ playbackId, trackId: t[track] ?? "", deviceId: device(of), flags })),
    isNew: e === undefined,
    control: x === undefined ? { n: 0, at: 0, by: "" } : { n: x[0], at: zero - x[1], by: device(x[2]) },
  };
}

function playbackOf(packed: PackedSession["p"], items: readonly Item[], zero: number): Playback | null {
  const item = packed === undefined ? undefined : items[packed[0]];
  if (packed === undefined || item === undefined) return null;
  const [, playbackId, positionMs, at, startedAt, playing, heardMs] = packed;
  const { itemId, trackId, durationMs } = item;
  return { itemId, trackId, durationMs, playbackId: playbackId === 0 ? null : playbackId, positionMs, at: zero - at, startedAt: zero - startedAt, isPlaying: playing === 1, heardMs };
}

/** Ids "x-3", "x-4", "x-5" as one run. */
function runsOf(items: readonly Item[]): Run[] {
  const runs: Run[] = [];
  for (const { itemId } of items) {
    const dash = itemId.lastIndexOf("-");
    const number = itemId.slice(dash + 1);
    const last = runs.at(-1);
    if (dash < 0 || !/^(0|[1-9]\d{0,8})$/.test(number)) runs.push(itemId);
    else if (Array.isArray(last) && last[0] === itemId.slice(0, dash) && last[1] + last[2] === Number(number)) runs[runs.length - 1] = [last[0], last[1], last[2] + 1];
    else runs.push([itemId.slice(0, dash), Number(number), 1]);
  }
  return runs;
}

const idsOf = (runs: readonly Run[]): string[] => runs.flatMap((run) => (typeof run === "string" ? [run] : Array.from({ length: run[2] }, (_, at) => `${run[0]}-${run[1] + at}`)));
