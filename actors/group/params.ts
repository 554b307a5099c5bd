/** Parameter rules of the group actions. */
import { id } from "../params.ts";
import { controlNames, limits } from "./model/index.ts";
import { codePattern, linkPattern } from "./secrets.ts";

/** A new object each time: gateways on other nodes look for it, and are not told of an object that a service's schema holds twice. */
export const opId = () => ({ type: "string", min: 1, max: limits.opId, pattern: "^[A-Za-z0-9_-]+$", optional: true, description: "made by the client, once per operation: a repetition is answered as the first. Made here when left out" }) as const;
export const groupId = { type: "string", pattern: "^[0-9a-f]{32}$" } as const;
export const code = { type: "string", max: 15, pattern: codePattern, description: "8 characters, as somebody types them" } as const;
export const token = { type: "string", max: 76, pattern: linkPattern, description: "the link's" } as const;

const time = { type: "number", integer: true, min: 0, max: 8_640_000_000_000_000 } as const;
/** Fractions are good: music is. */
const positionMs = { type: "number", min: 0, max: 1_000_000_000 } as const;
const optionalId = { ...id, optional: true } as const;
const index = { type: "number", integer: true, min: 0, max: limits.queue } as const;
const control = { type: "enum", values: ["everyone", "host"] } as const;

export const start = {
  control: { ...control, default: "everyone", description: "who controls what is played" },
  trackIds: { type: "array", items: id, max: limits.itemsPerCall, optional: true, description: "the queue to begin with; more by the command `queue`" },
  index: { ...index, default: 0, description: "which of them is the present one" },
  positionMs: { ...positionMs, default: 0 },
  isPlaying: { type: "boolean", default: false },
} as const;

export const here = { itemId: { ...optionalId, description: "what the caller hears" }, positionMs: { ...positionMs, optional: true } } as const;

export const restore = {
  control: { ...control, default: "everyone" },
  queue: { type: "array", items: { type: "object", strict: true, props: { itemId: id, trackId: id, addedBy: optionalId } }, max: limits.itemsRestored, description: "the items around the present one" },
  index,
  positionMs,
  at: { ...time, description: "when it was there, ms since 1970 by the service's clock; may lie a little ahead" },
  isPlaying: { type: "boolean" },
} as const;

export const command = {
  type: { type: "enum", values: [...controlNames, "handOver", "control", "kick", "end"] },
  positionMs: { ...positionMs, optional: true, description: "seek: where to. pause: where the caller heard it" },
  itemId: { ...optionalId, description: "jump, move: the item. next, previous: what the caller heard; nothing happens when the group is elsewhere by now" },
  itemIds: { type: "array", items: id, min: 1, max: limits.itemsPerCall, optional: true, description: "remove" },
  trackIds: { type: "array", items: id, min: 1, max: limits.itemsPerCall, optional: true, description: "queue" },
  after: { ...optionalId, nullable: true, description: "queue, move: an item; null = first, absent = last" },
  userId: { ...optionalId, description: "handOver, kick" },
  control: { ...control, optional: true, description: "control" },
} as const;

/** What a command of each type cannot do without. */
export const needed: Readonly<Record<string, "positionMs" | "itemId" | "itemIds" | "trackIds" | "userId" | "control">> = {
  seek: "positionMs", jump: "itemId", move: "itemId", remove: "itemIds", queue: "trackIds", handOver: "userId", kick: "userId", control: "control",
};
