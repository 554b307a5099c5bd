/**
 * The calls of an account's session over HTTP: for programs that look at it or control it. A device that plays uses the socket
 * (device/): it hears of changes there, and does not have to ask.
 *
 * A change names its operation: with the same `opId` a repetition is answered as the first.
 */
import type { Call } from "./api.ts";
import { restorable } from "./device/restorable.ts";
import type { DeviceReport, DeviceType, Reported, SessionContext, SessionDevice, SessionRepeat, SessionView } from "./device/shapes.ts";
import { newOpId } from "./playlists.ts";
import { queryString } from "./query-string.ts";
import type { Stamped } from "./stamped.ts";

interface Operation {
  readonly opId?: string;
  readonly signal?: AbortSignal;
}

export type SessionCommand =
  /** On the device that asks, or `toDeviceId`. Without `trackIds` what is held goes on. */
  | { readonly type: "play"; readonly trackIds?: readonly string[]; readonly index?: number; readonly context?: SessionContext; readonly positionMs?: number; readonly playbackId?: string; readonly toDeviceId?: string }
  | { readonly type: "resume" | "pause" | "next" | "previous" | "stop" }
  | { readonly type: "seek"; readonly positionMs: number }
  | { readonly type: "jump"; readonly itemId: string; readonly positionMs?: number }
  | { readonly type: "queue" | "playNext"; readonly trackIds: readonly string[] }
  | { readonly type: "remove"; readonly itemIds: readonly string[] }
  /** Behind `after`; null: first. */
  | { readonly type: "move"; readonly itemId: string; readonly after: string | null }
  | { readonly type: "shuffle"; readonly shuffle: boolean }
  | { readonly type: "repeat"; readonly repeat: SessionRepeat }
  | { readonly type: "transfer"; readonly toDeviceId: string }
  /** 0 to 1; of the active device when no other is named. */
  | { readonly type: "volume"; readonly volume: number; readonly toDeviceId?: string }
  | { readonly type: "private"; readonly private: boolean };

/** Where the session is after a call: a view with a lower (epoch, n) does not show it. */
export interface SessionStamp extends Stamped {
  readonly activeDeviceId: string | null;
}

export interface ListenedTo {
  readonly type: "start" | "progress" | "pause" | "resume" | "seek" | "skip" | "complete";
  readonly positionMs: number;
  /** When, ms since 1970. An event that is sent again has the same time and the same id. */
  readonly at: number;
  readonly eventId?: string;
  /** Needed for a playback that is some time ago. */
  readonly trackId?: string;
  readonly deviceId?: string;
  readonly listenedMs?: number;
}

const deviceAt = (deviceId: string): string => `/v1/me/devices/${encodeURIComponent(deviceId)}`;

export class SessionRequests {
  readonly #call: <T>(path: string, call: Call) => Promise<T>;

  constructor(call: <T>(path: string, call: Call) => Promise<T>) {
    this.#call = call;
  }

  get(signal?: AbortSignal): Promise<SessionView> {
    return this.#call("/v1/me/session", { signal });
  }

  async devices(signal?: AbortSignal): Promise<readonly SessionDevice[]> {
    return (await this.#call<{ devices: readonly SessionDevice[] }>("/v1/me/devices", { signal })).devices;
  }

  register({ deviceId, ...device }: { readonly deviceId: string; readonly name: string; readonly type: DeviceType; readonly volume?: number }, { opId = newOpId(), signal }: Operation = {}): Promise<SessionStamp & Reported> {
    return this.#call(deviceAt(deviceId), { method: "PUT", body: { ...device, opId }, signal });
  }

  forget(deviceId: string, { opId = newOpId(), signal }: Operation = {}): Promise<SessionStamp> {
    return this.#call(`${deviceAt(deviceId)}${queryString({ opId })}`, { method: "DELETE", signal });
  }

  /** Throws ApiError 409 OTHER_DEVICE_PLAYING when the plan does not let this device play beside another. */
  command(deviceId: string, command: SessionCommand, { opId = newOpId(), signal }: Operation = {}): Promise<SessionStamp> {
    return this.#call("/v1/me/session/commands", { method: "POST", body: { ...command, deviceId, opId }, signal });
  }

  /** `seen` may be a whole view. */
  report({ seen: { epoch, n }, ...report }: DeviceReport, signal?: AbortSignal): Promise<SessionStamp & Reported & { readonly serverNow: number }> {
    return this.#call("/v1/me/session/reports", { method: "POST", body: { ...report, seen: { epoch, n } }, signal });
  }

  /** Gives a session that knows nothing what it was: of a long queue the part around the current item. */
  restore(deviceId: string, view: SessionView, { opId = newOpId(), signal }: Operation = {}): Promise<SessionStamp> {
    return this.#call("/v1/me/session/restore", { method: "POST", body: { deviceId, view: restorable(view), opId }, signal });
  }

  /** In the listening log when it resolves. */
  listenedTo(playbackId: string, event: ListenedTo, signal?: AbortSignal): Promise<{ readonly id: string }> {
    return this.#call(`/v1/play/${encodeURIComponent(playbackId)}/events`, { method: "POST", body: event, signal });
  }

  /** Says that a track was saved, or is not any more. */
  marked(event: { readonly type: "save" | "unsave"; readonly trackId: string; readonly at: number; readonly eventId?: string }, signal?: AbortSignal): Promise<{ readonly id: string }> {
    return this.#call("/v1/me/events", { method: "POST", body: event, signal });
  }
}
