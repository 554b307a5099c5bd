/** JSON Schemas of what the presence actions answer. */
import type { JsonSchema } from "../action.ts";

const string: JsonSchema = { type: "string" };
const boolean: JsonSchema = { type: "boolean" };
const whole: JsonSchema = { type: "integer", minimum: 0 };
const time: JsonSchema = { type: "string", format: "date-time" };
const ms = (description: string): JsonSchema => ({ type: "integer", minimum: 0, description });
const arrayOf = (items: JsonSchema): JsonSchema => ({ type: "array", items });
const objectOf = (title: string, properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({ title, type: "object", additionalProperties: false, required: Object.keys(properties), properties });
const page = (title: string, items: JsonSchema): JsonSchema => objectOf(title, { items: arrayOf(items), nextCursor: { type: ["string", "null"], description: "cursor of the next page; null on the last" } });

const nowPlayingSchema: JsonSchema = {
  ...objectOf("NowPlaying", {
    trackId: string,
    title: string,
    artists: { ...arrayOf(string), description: "the first performing artist first" },
    imageId: { type: ["string", "null"] },
    positionMs: { type: "number", minimum: 0, description: "where the track was at `at`; it has gone on since" },
    at: { type: "number", minimum: 0, description: "ms since 1970" },
    durationMs: { type: "number", minimum: 0 },
  }),
  type: ["object", "null"],
  description: "null: nothing, or nothing that may be seen",
};

const seen = {
  userId: string,
  nowPlaying: nowPlayingSchema,
  at: ms("when this changed, ms since 1970; 0: never"),
  epoch: { ...whole, description: "with n: of two states the higher is the later" },
  n: whole,
  popular: { ...boolean, description: "so many follow this account that changes are not pushed: read" },
};

export const seeSchema = objectOf("Presence", seen);
export const friendsSchema = page("FriendsActivity", objectOf("Friend", {
  ...seen,
  username: { type: ["string", "null"], description: "null: the account is gone" },
  isKnown: { ...boolean, description: "false: it could not be found out just now what this friend plays" },
}));
export const relatedSchema = page("Accounts", objectOf("RelatedAccount", { userId: string, username: { type: ["string", "null"], description: "null: the account is gone" }, since: time }));
export const followingSchema = objectOf("Following", { userId: string, following: boolean });
export const sharingSchema = objectOf("Sharing", {
  share: { ...boolean, description: "whether others see what this account plays" },
  privateUntil: { type: ["integer", "null"], description: "nobody sees it until then, ms since 1970" },
  followers: { ...whole, description: "accounts that follow this one" },
});

const stamp: JsonSchema = { type: "array", items: whole, minItems: 2, maxItems: 2 };
export const takenSchema: JsonSchema = { type: "object", required: ["taken"], properties: { taken: boolean } };
export const emptySchema: JsonSchema = { type: "object" };
export const idsSchema: JsonSchema = { type: "object", required: ["userIds"], properties: { userIds: arrayOf(string) } };
export const statusSchema = objectOf("PresenceStatus", { ...seen, share: boolean, privateUntil: { type: ["integer", "null"] }, private: boolean, followers: whole, stamp });
