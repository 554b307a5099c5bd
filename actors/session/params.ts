/** Parameter rules of the session actions. They say what may come in at all; what it means is the model's to judge. */
import { id } from "../params.ts";
import { commandTypes, contextTypes, deviceTypes, limits, repeats } from "./model/index.ts";

export { id } from "../params.ts";

const optionalId = { ...id, optional: true } as const;
const flag = { type: "boolean", optional: true } as const;
const whole = { type: "number", integer: true, min: 0, max: Number.MAX_SAFE_INTEGER } as const;
const volume = { type: "number", min: 0, max: 1, optional: true, description: "linear" } as const;
/** A day at most: no track is longer. */
const positionMs = { type: "number", min: 0, max: 86_400_000, optional: true } as const;
const time = (description: string) => ({ type: "number", min: 0, max: 8_640_000_000_000_000, optional: true, description }) as const;
/** What the listening log takes: no NUL, and no half of a surrogate pair. */
const wellFormed = "^(?:[^\\0\\uD800-\\uDFFF]|[\\uD800-\\uDBFF][\\uDC00-\\uDFFF])+$";
const context = { type: "object", strict: true, optional: true, nullable: true, props: { type: { type: "enum", values: contextTypes }, id: { type: "string", min: 1, max: 100, pattern: wellFormed } } } as const;

export const userId = id;
/** A new object each time: gateways on other nodes look for it, and are not told of an object that a service's schema holds twice. */
export const opId = () => ({ type: "string", min: 1, max: limits.opId, pattern: "^[A-Za-z0-9_-]+$", optional: true, description: "made by the client, once per operation: a repetition is answered as the first. Made here when left out" }) as const;
export const deviceId = { ...id, description: "chosen by the client, the same whenever it comes" } as const;
const playbackId = { type: "string", min: 1, max: 64, pattern: "^[A-Za-z0-9_.~-]+$", description: "as POST /v1/play answered" } as const;

export const device = {
  deviceId,
  name: { type: "string", min: 1, max: limits.name, trim: true },
  type: { type: "enum", values: deviceTypes, default: "other" },
  volume,
} as const;

export const command = {
  type: { type: "enum", values: commandTypes },
  deviceId: { ...id, description: "which device asks" },
  toDeviceId: { ...optionalId, description: "play, transfer, volume: on which device; absent: on the one that asks (volume: the active one)" },
  trackIds: { type: "array", items: id, min: 1, max: limits.queue, optional: true, description: "play: the new queue, absent: go on; queue, playNext: what is added" },
  index: { type: "number", integer: true, min: 0, max: limits.queue - 1, optional: true, description: "play: of trackIds, where to begin" },
  context: { ...context, nullable: false, description: "play: where the tracks come from" },
  positionMs: { ...positionMs, description: "seek; play, jump: where to begin" },
  playbackId: { ...playbackId, optional: true, description: "play: when it was granted already" },
  itemId: { ...optionalId, description: "jump, move" },
  itemIds: { type: "array", items: id, min: 1, max: limits.queue, optional: true, description: "remove" },
  after: { ...optionalId, nullable: true, description: "move: behind this item; null: first" },
  volume: { ...volume, description: "volume: linear" },
  repeat: { type: "enum", values: repeats, optional: true, description: "repeat" },
  shuffle: { ...flag, description: "shuffle" },
  private: { ...flag, description: "private: friends see nothing for six hours" },
} as const;

/** What a command of each type cannot do without. */
export const needed: Readonly<Record<string, keyof typeof command>> = {
  seek: "positionMs", jump: "itemId", queue: "trackIds", playNext: "trackIds", remove: "itemIds", move: "itemId", volume: "volume", repeat: "repeat", shuffle: "shuffle", private: "private",
};

export const report = {
  deviceId,
  playbackId: { ...playbackId, optional: true },
  trackId: optionalId,
  itemId: optionalId,
  positionMs,
  isPlaying: flag,
  at: time("when positionMs held, ms since 1970 by the service's clock; absent: now"),
  seen: { type: "object", strict: true, optional: true, description: "the newest view that the device knows: what contradicts a later command counts for nothing", props: { epoch: whole, n: whole } },
} as const;

/** ISO 8601 or ms since 1970: around.ts makes it the latter. */
const at = { type: "any", description: "when it happened: ISO 8601 in UTC, or ms since 1970. At most 30 days ago and 5 minutes ahead" } as const;
const eventId = { type: "string", min: 1, max: limits.eventId, pattern: "^[A-Za-z0-9_.:~-]+$", optional: true, description: "made by the client: the same event sent again has the same id and the same at. Absent: made of playback, type, position and time" } as const;

export const playbackEvent = {
  playbackId,
  type: { type: "enum", values: ["start", "progress", "pause", "resume", "seek", "skip", "complete"] },
  positionMs,
  at,
  eventId,
  trackId: { ...optionalId, description: "needed for a playback that the session does not remember: say it" },
  deviceId: optionalId,
  listenedMs: { ...positionMs, description: "what was heard of it so far" },
} as const;

export const trackEvent = { type: { type: "enum", values: ["save", "unsave"] }, trackId: id, at, eventId, deviceId: optionalId } as const;

const anything = { type: "any", optional: true } as const;

/** A view as `session.get` answered it; what is not needed is taken and not looked at. */
export const view = {
  type: "object",
  strict: true,
  description: "the session as the device knew it last; of a long queue the part around the current item",
  props: {
    activeDeviceId: { ...optionalId, nullable: true },
    devices: {
      type: "array", max: limits.devices, optional: true,
      items: { type: "object", strict: true, props: { deviceId: id, name: device.name, type: { type: "enum", values: deviceTypes }, volume: { ...volume, optional: false }, lastSeenAt: whole, isOnline: flag } },
    },
    playback: {
      type: "object", strict: true, optional: true, nullable: true,
      props: { itemId: id, trackId: optionalId, playbackId: { ...playbackId, optional: true, nullable: true }, positionMs: { ...positionMs, optional: false }, at: { ...whole, integer: false }, isPlaying: { type: "boolean" }, durationMs: anything, startedAt: { ...whole, integer: false, optional: true } },
    },
    shuffle: flag,
    repeat: { type: "enum", values: repeats, optional: true },
    context,
    queue: { type: "array", max: limits.queue, optional: true, items: { type: "object", strict: true, props: { itemId: id, trackId: id, source: { type: "enum", values: ["context", "next"], default: "context" } } } },
    index: { type: "number", integer: true, min: -1, max: limits.queue - 1, optional: true },
    history: { type: "array", max: limits.history, optional: true, items: { type: "object", strict: true, props: { trackId: id, at: { ...whole, integer: false } } } },
    private: flag,
    event: anything, userId: anything, epoch: anything, n: anything, isNew: anything, queueVersion: anything, groupId: anything, control: anything,
  },
} as const;

/** What other services ask. */
export const admission = { deviceId: { type: "string", min: 1, max: 128 }, trackId: id, playbackId } as const;
export const groupId = { ...id, nullable: true } as const;
