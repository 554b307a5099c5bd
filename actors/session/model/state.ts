/** What a session knows: devices, queue, what plays, and what is remembered for the listening log. */
import type { Queue } from "./queue.ts";

export const deviceTypes = ["phone", "desktop", "web", "tablet", "speaker", "tv", "other"] as const;
export type DeviceType = (typeof deviceTypes)[number];
export const repeats = ["off", "all", "one"] as const;
export type Repeat = (typeof repeats)[number];
export const contextTypes = ["album", "playlist", "artist", "radio", "search", "tracks"] as const;

export interface PlayContext {
  readonly type: (typeof contextTypes)[number];
  readonly id: string;
}

export interface Device {
  name: string;
  type: DeviceType;
  /** Linear, 0 to 1. */
  volume: number;
  /** Ms since 1970. */
  seenAt: number;
  isOnline: boolean;
}

/** One playing of an item of the queue. Its position is `positionMs` at the time `at`, and goes on with the clock while it plays. */
export interface Playback {
  readonly itemId: string;
  readonly trackId: string;
  readonly durationMs: number;
  /** Names it to the listening log; null until the device has said. */
  playbackId: string | null;
  positionMs: number;
  at: number;
  isPlaying: boolean;
  /** When it began. */
  readonly startedAt: number;
  /** Time that it played until `at`. */
  heardMs: number;
}

/** Flags of a playback that is remembered. */
export const flag = {
  /** Its play is in the log. */
  counted: 1,
  /** The session logged that it was skipped; a client that says so too says the same. */
  skipLogged: 2,
  /** The client said that it was skipped. */
  skipSaid: 4,
} as const;

export interface KnownPlayback {
  readonly playbackId: string;
  readonly trackId: string;
  readonly deviceId: string;
  flags: number;
}

export interface HeardTrack {
  readonly trackId: string;
  /** When it began, ms since 1970. */
  readonly at: number;
}

export interface SessionState {
  readonly devices: Map<string, Device>;
  activeId: string | null;
  queue: Queue;
  /** Number of the event that changed the queue last. */
  queueVersion: number;
  playback: Playback | null;
  repeat: Repeat;
  context: PlayContext | null;
  /** Oldest first. */
  history: HeardTrack[];
  /** Ms since 1970; 0: not private. */
  privateUntil: number;
  groupId: string | null;
  /** Oldest first. */
  playbacks: KnownPlayback[];
  /** Knows nothing: either nothing was ever played, or it was lost. */
  isNew: boolean;
  /** Number of the last event that anybody was told of. */
  n: number;
  /** The last command: its number, when, and which device asked. */
  control: { readonly n: number; readonly at: number; readonly by: string };
  /** It comes from the mirror, and has said nothing to friends since: they may have lost what it said. Not mirrored. */
  isRevived: boolean;
}

/** Of what `packState` makes. */
export const stateVersion = 1;

export const emptyState = (): SessionState => ({
  devices: new Map(),
  activeId: null,
  queue: { items: [], index: -1, isShuffled: false },
  queueVersion: 0,
  playback: null,
  repeat: "off",
  context: null,
  history: [],
  privateUntil: 0,
  groupId: null,
  playbacks: [],
  isNew: true,
  n: 0,
  control: { n: 0, at: 0, by: "" },
  isRevived: false,
});
