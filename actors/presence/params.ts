/** Parameter rules of the presence actions. */
import { id } from "../params.ts";

export { id, paged } from "../params.ts";

const ms = { type: "number", min: 0, max: Number.MAX_SAFE_INTEGER } as const;
const whole = { ...ms, integer: true } as const;

/** A session's word: what plays there, and its place among the session's words. */
export const word = {
  playing: {
    type: "object",
    strict: true,
    nullable: true,
    props: { trackId: id, positionMs: ms, at: ms, durationMs: ms, context: { type: "string", max: 200, optional: true } },
  },
  private: { type: "boolean" },
  stamp: { type: "array", items: whole, min: 2, max: 2 },
} as const;

/** What the table says of an account, from the node that changed it. */
export const facts = {
  type: "object",
  strict: true,
  props: { version: whole, share: { type: "boolean" }, privateUntil: { ...whole, nullable: true }, followers: whole },
} as const;

/** Following is done once however often it is asked for: the operation's id is taken, since every change may name one, and is not needed. */
export const opId = () => ({ type: "string", min: 1, max: 64, pattern: "^[A-Za-z0-9_-]+$", optional: true, description: "not needed: the same call again changes nothing" }) as const;

export const sharing = {
  share: { type: "boolean", description: "whether others see what this account plays" },
  privateUntil: { ...whole, nullable: true, optional: true, description: "nobody sees it until then, ms since 1970; null or absent: no such time" },
} as const;
