/** Why a session refuses. */
import { Refused } from "../../refused.ts";

export type RefusalType = "DEVICE_NOT_FOUND" | "ITEM_NOT_FOUND" | "TRACK_NOT_FOUND" | "PLAYBACK_NOT_FOUND" | "NOTHING_PLAYING" | "OTHER_DEVICE_PLAYING" | "LIMIT" | "INVALID_INPUT";

const statusOf: Readonly<Record<RefusalType, number>> = {
  DEVICE_NOT_FOUND: 404, ITEM_NOT_FOUND: 404, TRACK_NOT_FOUND: 404, PLAYBACK_NOT_FOUND: 404, NOTHING_PLAYING: 409, OTHER_DEVICE_PLAYING: 409, LIMIT: 422, INVALID_INPUT: 422,
};

export class SessionRefused extends Refused<RefusalType> {
  override readonly name = "SessionRefused";

  constructor(type: RefusalType, message: string, data?: Readonly<Record<string, unknown>>) {
    super(statusOf[type], type, message, data);
  }
}

export const deviceNotFound = (deviceId: string) => new SessionRefused("DEVICE_NOT_FOUND", "This device is not registered.", { deviceId });
export const itemNotFound = (itemId: string) => new SessionRefused("ITEM_NOT_FOUND", "There is no such item in the queue.", { itemId });
export const nothingPlaying = () => new SessionRefused("NOTHING_PLAYING", "Nothing was chosen to be played.");
export const otherDevicePlaying = (deviceId: string) => new SessionRefused("OTHER_DEVICE_PLAYING", "Another device is playing, and the plan lets one play at a time.", { deviceId });
