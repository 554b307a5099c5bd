/** A session as the service tells it (`session.get`, topic `session:me`), and what a device tells the service. Durations in ms, times in ms since 1970. */
import type { Stamped } from "../stamped.ts";

export type DeviceType = "phone" | "desktop" | "web" | "tablet" | "speaker" | "tv" | "other";
export type SessionRepeat = "off" | "all" | "one";

export interface SessionContext {
  readonly type: "album" | "playlist" | "artist" | "radio" | "search" | "tracks";
  readonly id: string;
}

export interface SessionDevice {
  readonly deviceId: string;
  readonly name: string;
  readonly type: DeviceType;
  /** Linear, 0 to 1. */
  readonly volume: number;
  readonly lastSeenAt: number;
  readonly isOnline: boolean;
}

export interface SessionItem {
  readonly itemId: string;
  readonly trackId: string;
  readonly source: "context" | "next";
}

export interface SessionPlayback {
  readonly itemId: string;
  readonly trackId: string;
  readonly playbackId: string | null;
  /** Where it was at the time `at`; while it plays it goes on with the clock. */
  readonly positionMs: number;
  readonly at: number;
  readonly isPlaying: boolean;
  readonly durationMs: number;
}

export interface SessionView extends Stamped {
  /** Knows nothing: a device that knows more gives it back. */
  readonly isNew: boolean;
  readonly activeDeviceId: string | null;
  readonly devices: readonly SessionDevice[];
  readonly playback: SessionPlayback | null;
  readonly shuffle: boolean;
  readonly repeat: SessionRepeat;
  readonly context: SessionContext | null;
  readonly queueVersion: number;
  readonly queue: readonly SessionItem[];
  readonly index: number;
  readonly history: readonly { readonly trackId: string; readonly at: number }[];
  readonly private: boolean;
  readonly groupId: string | null;
  /** The last command: its number and the device that asked. */
  readonly control: { readonly n: number; readonly by: string };
}

/** What a device does, told now and then and at each change. Without a position: a sign of life. */
export interface DeviceReport {
  readonly deviceId: string;
  /** The newest view that it knows: what contradicts a later command counts for nothing. */
  readonly seen: Stamped;
  readonly itemId?: string;
  readonly trackId?: string;
  readonly playbackId?: string;
  readonly positionMs?: number;
  readonly isPlaying?: boolean;
  /** When `positionMs` held. */
  readonly at?: number;
}

/** What a call that may change something answers: where the session is then. */
export interface Answered {
  /** Absent: as it was. */
  readonly epoch?: number;
  readonly n: number;
}

export interface Reported extends Answered {
  readonly isNew: boolean;
}

/** The calls of a session: wire.ts makes them of a socket. Each rejects with ApiError or NetworkError. */
export interface SessionCalls<Command> {
  register(device: { readonly deviceId: string; readonly name: string; readonly type: DeviceType; readonly volume: number; readonly opId: string }): Promise<unknown>;
  /** Has the session read again: what it says comes to `receive`. */
  refresh(): Promise<unknown>;
  command(command: Command): Promise<Answered>;
  report(report: DeviceReport): Promise<Reported>;
  /** Gives a session that knows nothing what it was. */
  restore(restored: { readonly opId: string; readonly deviceId: string; readonly view: SessionView }): Promise<unknown>;
}
