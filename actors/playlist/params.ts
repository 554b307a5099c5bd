/** Parameter rules of the playlist actions. They say what may come in at all; what it means is the model's to judge. */
import type { Rule } from "../action.ts";
import { id } from "../params.ts";
import { limits } from "./model/limits.ts";
import { linkPattern } from "./share-link.ts";

export { id, paged } from "../params.ts";

/** A new object each time: gateways on other nodes look for it, and are not told of an object that a service's schema holds twice. */
export const opId = () => ({ type: "string", min: 1, max: limits.opId, pattern: "^[A-Za-z0-9_-]+$", optional: true, description: "made by the client, once per operation: a repetition is answered as the first. Made here when left out" }) as const;
/** An op's own: without it nobody could say which op a result is of. */
const ownOpId = { type: "string", min: 1, max: limits.opId, pattern: "^[A-Za-z0-9_-]+$" } as const;
export const playlistId = id;
export const userId = id;

const name = { type: "string", min: 1, max: limits.name } as const;
const description = { type: "string", max: limits.description, empty: true, optional: true } as const;
const flag = { type: "boolean", optional: true } as const;

export const newMeta = { name, description, public: flag, collaborative: flag } as const;
export const changedMeta = { name: { ...name, optional: true }, description, public: flag, collaborative: flag } as const;

export const clock = {
  type: "record",
  key: id,
  value: { type: "number", integer: true, min: 0, max: Number.MAX_SAFE_INTEGER },
  optional: true,
  description: "vector clock: edits known of each device, the op itself included",
} as const;
export const device = { ...id, optional: true, description: "whose entry of the clock counts the op itself" } as const;

const optionalId = { ...id, optional: true } as const;
const ids = (max: number) => ({ type: "array", items: id, min: 1, max, optional: true }) as const;

export const op = {
  type: "object",
  strict: true,
  props: {
    opId: ownOpId,
    type: { type: "enum", values: ["add", "addMany", "remove", "move", "rename", "describe", "setPublic", "setCollaborative"] },
    trackId: optionalId,
    trackIds: ids(limits.tracksPerOp),
    itemId: optionalId,
    itemIds: ids(limits.itemsPerOp),
    after: { ...optionalId, nullable: true, description: "an item; null = first, absent = last" },
    name: { ...name, optional: true },
    description,
    public: flag,
    collaborative: flag,
    clock,
    device,
    at: { type: "number", integer: true, min: 0, max: 8_640_000_000_000_000, optional: true, description: "hybrid time of an offline edit, ms since 1970" },
  },
} as const;

export const ops = { type: "array", items: op, min: 1, max: limits.opsPerCall } as const;

export const link = { type: "string", min: 1, max: 120, pattern: linkPattern, description: "the token that share answered" } as const;

/** The field that an op of each type cannot do without. */
export const needed: Readonly<Record<string, readonly string[]>> = {
  add: ["trackId"],
  addMany: ["trackIds"],
  remove: ["itemId", "itemIds"],
  move: ["itemId", "itemIds"],
  rename: ["name"],
  describe: ["description"],
  setPublic: ["public"],
  setCollaborative: ["collaborative"],
};

/** What the owner's node is told by another node, not by clients. */
export const tokenHash: Rule = { type: "string", pattern: "^[A-Za-z0-9_-]{43}$" };
