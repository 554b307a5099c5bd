/** JSON Schemas of what the playlist actions answer. */
import type { JsonSchema } from "../action.ts";

const string: JsonSchema = { type: "string" };
const boolean: JsonSchema = { type: "boolean" };
const time: JsonSchema = { type: "string", format: "date-time" };
const whole: JsonSchema = { type: "integer", minimum: 0 };
const version: JsonSchema = { type: "integer", minimum: 0, description: "number of the playlist's last event" };
const arrayOf = (items: JsonSchema): JsonSchema => ({ type: "array", items });

/** An object with exactly `properties`; those not named in `optional` are there. */
function objectOf(title: string, properties: Readonly<Record<string, JsonSchema>>, optional: readonly string[] = []): JsonSchema {
  return { title, type: "object", additionalProperties: false, required: Object.keys(properties).filter((name) => !optional.includes(name)), properties };
}

const meta = { name: string, description: string, public: boolean, collaborative: boolean };

const itemSchema = objectOf("PlaylistItem", { itemId: string, trackId: string, addedBy: string, addedAt: time, position: { type: "number" } });

export const playlistSchema = objectOf(
  "Playlist",
  {
    id: string, version, ...meta, ownerId: string, createdAt: time, updatedAt: time, itemCount: whole,
    may: objectOf("PlaylistRights", { edit: boolean, own: boolean }),
    collaborators: { ...arrayOf(string), description: "for those who may edit" },
    items: { ...arrayOf(itemSchema), description: "in order" },
  },
  ["collaborators", "items"],
);

export const unchangedSchema = objectOf("PlaylistUnchanged", { version, unchanged: { type: "boolean", enum: [true] } });

const refusalSchema: JsonSchema = {
  title: "OpRefusal",
  type: "object",
  required: ["name", "message", "code", "type"],
  properties: { name: string, message: string, code: { type: "integer" }, type: string, data: { type: "object" } },
};

const resultSchema = objectOf(
  "OpResult",
  {
    opId: string,
    status: { type: "string", enum: ["applied", "repeated", "refused"] },
    version: { ...version, description: "number of the op's event" },
    itemIds: arrayOf(string),
    concurrentWith: { ...arrayOf(string), description: "ops on the same item or field that this one's author did not know, nor their authors this one" },
    superseded: { type: "boolean", enum: [true], description: "a later edit stands" },
    error: refusalSchema,
  },
  ["version", "itemIds", "concurrentWith", "superseded", "error"],
);

export const appliedSchema = objectOf("PlaylistOpsApplied", { version, results: arrayOf(resultSchema) });

const publicEventSchema: JsonSchema = {
  title: "PlaylistEvent",
  type: "object",
  description: "What happened, in the form that copies of the list apply.",
  required: ["version", "opId", "at", "type"],
  properties: { version, opId: string, at: time, type: string, by: string },
};

export const opsSchema = objectOf("PlaylistOps", { version: { ...version, description: "number of the last of ops; `since` when there are none" }, ops: arrayOf(publicEventSchema), more: boolean });

export const versionSchema = objectOf("PlaylistVersion", { version });
export const undoSchema = objectOf("PlaylistUndone", { version, of: { ...version, description: "the edit that was taken back" } });
export const shareSchema = objectOf("PlaylistLink", { version, token: string, expiresAt: time });
export const joinedSchema = objectOf("PlaylistJoined", { playlistId: string, version });
export const rightsSchema = objectOf("PlaylistMay", { exists: boolean, read: boolean, edit: boolean, own: boolean });
/** Between nodes: the action that made it answers in clients' words. */
export const internalSchema: JsonSchema = { type: "object", required: ["version"], properties: { version } };

const found = { id: string, ...meta, ownerId: string, itemCount: whole, version, updatedAt: time };
const listedSchema = objectOf("ListedPlaylist", { ...found, role: { type: "string", enum: ["owner", "collaborator", "follower"] } });

export const mineSchema = objectOf("PlaylistsOfAccount", { items: arrayOf(listedSchema), nextCursor: { type: ["string", "null"], description: "cursor of the next page; null on the last" } });

/** As search shows it. */
export const foundSchema = objectOf("FoundPlaylist", found);
export const foundListSchema = objectOf("FoundPlaylists", { items: arrayOf(foundSchema) });
