/** Why a session refuses. Plain fields, so that a refusal is the same thing on another node, in an answer and in a client. */

export type RefusalType = "DEVICE_NOT_FOUND" | "ITEM_NOT_FOUND" | "TRACK_NOT_FOUND" | "PLAYBACK_NOT_FOUND" | "NOTHING_PLAYING" | "OTHER_DEVICE_PLAYING" | "LIMIT" | "INVALID_INPUT";

const statusOf: Readonly<Record<RefusalType, number>> = {
  DEVICE_NOT_FOUND: 404, ITEM_NOT_FOUND: 404, TRACK_NOT_FOUND: 404, PLAYBACK_NOT_FOUND: 404, NOTHING_PLAYING: 409, OTHER_DEVICE_PLAYING: 409, LIMIT: 422, INVALID_INPUT: 422,
};

/** Refused by the session's own rules; nothing changed. */
export class SessionRefused extends Error {
  override readonly name = "SessionRefused";
  /** HTTP status. */
  readonly code: number;
  readonly type: RefusalType;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly retryable = false;

  constructor(type: RefusalType, message: string, data?: Readonly<Record<string, unknown>>) {
    super(message);
    this.type = type;
    this.code = statusOf[type];
    this.data = data;
  }
}

export const deviceNotFound = (deviceId: string) => new SessionRefused("DEVICE_NOT_FOUND", "This device is not registered.", { deviceId });
export const itemNotFound = (itemId: string) => new SessionRefused("ITEM_NOT_FOUND", "There is no such item in the queue.", { itemId });
export const nothingPlaying = () => new SessionRefused("NOTHING_PLAYING", "Nothing was chosen to be played.");
export const otherDevicePlaying = (deviceId: string) => new SessionRefused("OTHER_DEVICE_PLAYING", "Another device is playing, and the plan lets one play at a time.", { deviceId });
