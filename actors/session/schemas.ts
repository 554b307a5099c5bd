/** JSON Schemas of what the session answers. */
import type { JsonSchema } from "../action.ts";
import { contextTypes, deviceTypes, repeats } from "./model/index.ts";

const text: JsonSchema = { type: "string" };
const flag: JsonSchema = { type: "boolean" };
const whole: JsonSchema = { type: "integer" };
const ms: JsonSchema = { type: "number", description: "ms since 1970" };
const orNull = (type: string): JsonSchema => ({ type: [type, "null"] });
const listOf = (items: JsonSchema): JsonSchema => ({ type: "array", items });
const objectOf = (title: string, properties: Readonly<Record<string, JsonSchema>>, optional: readonly string[] = []): JsonSchema => ({
  title, type: "object", additionalProperties: false, required: Object.keys(properties).filter((name) => !optional.includes(name)), properties,
});

const epoch: JsonSchema = { type: "integer", description: "a view is later than another when (epoch, n) is higher" };
const device = objectOf("Device", { deviceId: text, name: text, type: { type: "string", enum: [...deviceTypes] }, volume: { type: "number", minimum: 0, maximum: 1 }, lastSeenAt: ms, isOnline: flag });
const playback = objectOf("Playback", {
  itemId: text, trackId: text, playbackId: orNull("string"), positionMs: whole, at: { type: "number", description: "when positionMs held, ms since 1970; while it plays the position goes on with the clock" }, isPlaying: flag, durationMs: whole, startedAt: ms,
});

export const viewSchema = objectOf(
  "Session",
  {
    epoch, n: whole,
    isNew: { type: "boolean", description: "knows nothing: a device that knows more gives it back (restore)" },
    activeDeviceId: orNull("string"),
    devices: listOf(device),
    playback: { anyOf: [{ type: "null" }, playback] },
    shuffle: flag,
    repeat: { type: "string", enum: [...repeats] },
    context: { anyOf: [{ type: "null" }, objectOf("PlayContext", { type: { type: "string", enum: [...contextTypes] }, id: text })] },
    queueVersion: whole,
    queue: listOf(objectOf("QueuedTrack", { itemId: text, trackId: text, source: { type: "string", enum: ["context", "next"] } })),
    index: { type: "integer", description: "of the current item; -1: there is none" },
    history: listOf(objectOf("HeardTrack", { trackId: text, at: ms })),
    private: flag,
    groupId: orNull("string"),
    control: objectOf("LastCommand", { n: whole, by: text }),
  },
  ["queue", "history"],
);

export const devicesSchema = objectOf("Devices", { epoch, n: whole, activeDeviceId: orNull("string"), devices: listOf(device) });
export const stampSchema = objectOf("SessionStamp", { epoch, n: whole, activeDeviceId: orNull("string") });
export const reportSchema = objectOf("Reported", { epoch, n: whole, activeDeviceId: orNull("string"), isNew: flag, serverNow: ms });
export const eventSchema = objectOf("LoggedEvent", { id: { type: "string", description: "under which the listening log has it" } });
export const wordSchema: JsonSchema = { type: "object" };
export const emptySchema: JsonSchema = { type: "object", additionalProperties: false, properties: {} };
