/** A session as its devices see it. */
import type { Queue } from "./queue.ts";
import type { DeviceType, HeardTrack, PlayContext, Playback, Repeat, SessionState } from "./state.ts";

export interface DeviceView {
  readonly deviceId: string;
  readonly name: string;
  readonly type: DeviceType;
  /** Linear, 0 to 1. */
  readonly volume: number;
  /** Ms since 1970. */
  readonly lastSeenAt: number;
  readonly isOnline: boolean;
}

export interface QueuedTrack {
  readonly itemId: string;
  readonly trackId: string;
  readonly source: "context" | "next";
}

export interface PlaybackView {
  readonly itemId: string;
  readonly trackId: string;
  readonly playbackId: string | null;
  readonly positionMs: number;
  /** When `positionMs` held, ms since 1970. While it plays the position goes on with the clock. */
  readonly at: number;
  readonly isPlaying: boolean;
  readonly durationMs: number;
  /** When this playing of it began. */
  readonly startedAt: number;
}

/** All but (epoch, n)'s epoch, which only the node knows that the session lives on. */
export interface SessionView {
  readonly n: number;
  readonly isNew: boolean;
  readonly activeDeviceId: string | null;
  readonly devices: readonly DeviceView[];
  readonly playback: PlaybackView | null;
  readonly shuffle: boolean;
  readonly repeat: Repeat;
  readonly context: PlayContext | null;
  readonly queueVersion: number;
  readonly queue?: readonly QueuedTrack[];
  readonly index: number;
  readonly history?: readonly HeardTrack[];
  readonly private: boolean;
  readonly groupId: string | null;
  /** The last command: its number, and the device that asked. Who asked has done it already. */
  readonly control: { readonly n: number; readonly by: string };
}

export const devicesOf = ({ devices }: SessionState): DeviceView[] =>
  [...devices].map(([deviceId, { name, type, volume, seenAt, isOnline }]) => ({ deviceId, name, type, volume, lastSeenAt: seenAt, isOnline }));

const playbackOf = ({ itemId, trackId, playbackId, positionMs, at, isPlaying, durationMs, startedAt }: Playback): PlaybackView => ({ itemId, trackId, playbackId, positionMs, at, isPlaying, durationMs, startedAt });
const itemsOf = ({ items }: Queue): QueuedTrack[] => items.map(({ itemId, trackId, source }) => ({ itemId, trackId, source }));

/** With the queue and the history, or without: they may be long. */
export function viewOf(state: SessionState, { queue, history }: { readonly queue: boolean; readonly history: boolean }): SessionView {
  return {
    n: state.n,
    isNew: state.isNew,
    activeDeviceId: state.activeId,
    devices: devicesOf(state),
    playback: state.playback === null ? null : playbackOf(state.playback),
    shuffle: state.queue.isShuffled,
    repeat: state.repeat,
    context: state.context,
    queueVersion: state.queueVersion,
    index: state.queue.index,
    private: state.privateUntil > 0,
    groupId: state.groupId,
    control: { n: state.control.n, by: state.control.by },
    ...(queue ? { queue: itemsOf(state.queue) } : {}),
    ...(history ? { history: state.history.map(({ trackId, at }) => ({ trackId, at })) } : {}),
  };
}

/** What friends may be told: the word that presence is given. */
export interface Word {
  readonly playing: { readonly trackId: string; readonly positionMs: number; readonly at: number; readonly durationMs: number; readonly context?: string } | null;
  readonly private: boolean;
}

export function wordOf({ playback, privateUntil, context }: SessionState): Word {
  const isHeard = playback?.isPlaying === true;
  return {
    playing: isHeard ? { trackId: playback.trackId, positionMs: playback.positionMs, at: playback.at, durationMs: playback.durationMs, ...(context === null ? {} : { context: `${context.type}:${context.id}` }) } : null,
    private: privateUntil > 0,
  };
}
