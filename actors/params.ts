/** Parameter rules that services share. */

/** An id of anything. The characters are those that ids of ours have, so no id needs escaping in URLs, object keys or logs. */
export const id = { type: "string", min: 1, max: 64, pattern: "^[A-Za-z0-9_-]+$" } as const;

export const paged = {
  limit: { type: "number", integer: true, min: 1, max: 200, convert: true, default: 50, description: "items in a page" },
  cursor: { type: "string", min: 1, max: 4096, optional: true, description: "nextCursor of the page before" },
} as const;
