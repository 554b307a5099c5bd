/** JSON Schemas of what the group actions answer. */
import type { JsonSchema } from "../action.ts";

const string: JsonSchema = { type: "string" };
const boolean: JsonSchema = { type: "boolean" };
const whole: JsonSchema = { type: "integer", minimum: 0 };
const positionMs: JsonSchema = { type: "number", minimum: 0 };
const time: JsonSchema = { type: "number", description: "ms since 1970 by the service's clock" };
const arrayOf = (items: JsonSchema): JsonSchema => ({ type: "array", items });
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: "null" }] });

/** An object with exactly `properties`; those not named in `optional` are there. */
function objectOf(title: string, properties: Readonly<Record<string, JsonSchema>>, optional: readonly string[] = []): JsonSchema {
  return { title, type: "object", additionalProperties: false, required: Object.keys(properties).filter((name) => !optional.includes(name)), properties };
}

const itemSchema = objectOf("GroupItem", { itemId: string, trackId: string, durationMs: whole, addedBy: string });
const playbackSchema = objectOf("GroupPlayback", {
  itemId: string, trackId: string, durationMs: whole, positionMs,
  at: { ...time, description: "when it is at positionMs; may lie a little ahead: a common start, before which nobody sounds" },
  isPlaying: boolean,
});

export const viewSchema = objectOf("Group", {
  epoch: whole,
  n: { ...whole, description: "of two views the one with the higher (epoch, n) is the later" },
  groupId: string,
  life: { type: "string", enum: ["lives", "ended"] },
  isNew: { ...boolean, description: "what it played was lost: give it back by restore" },
  code: string,
  link: { type: ["string", "null"], description: "the token of the link" },
  hostId: string,
  control: { type: "string", enum: ["everyone", "host"] },
  members: { ...arrayOf(objectOf("GroupMember", { userId: string, username: string })), description: "in the order in which they came" },
  listenerCount: { ...whole, description: "others, who only listen" },
  endsAt: time,
  queueVersion: { ...whole, description: "another for each other queue" },
  queue: arrayOf(itemSchema),
  index: whole,
  playback: orNull(playbackSchema),
  next: orNull(itemSchema),
});

export const placeSchema = objectOf("GroupPlace", { n: whole, index: whole, playback: orNull(playbackSchema) });
export const hereSchema = objectOf("GroupHere", {
  isNew: { ...boolean, description: "what it played was lost: give it back by restore" },
  isMember: { ...boolean, description: "false: come again by the code" },
  n: { ...whole, description: "number of the last change: a view of a lower one is old" },
  offMs: { type: ["number", "null"], description: "how far what the caller hears is ahead of the group, less the way here" },
});
export const foundSchema = objectOf("GroupFound", { groupId: string, hostId: string, hostName: { type: ["string", "null"], description: "null while the host is away" }, memberCount: whole, listenerCount: whole });
export const leftSchema = objectOf("GroupLeft", { n: whole });
export const maySchema = objectOf("GroupMay", { read: boolean });
/** Between nodes. */
export const internalSchema: JsonSchema = { type: "object" };
