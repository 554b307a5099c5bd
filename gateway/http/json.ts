/**
 * JSON from strangers. `parseJson` gives the value with bounded depth and breadth, its objects without a prototype;
 * the keys with which JavaScript objects can be poisoned are refused wherever they stand.
 */
import { isUtf8 } from "node:buffer";
import { limits } from "./limits.ts";
import { badRequest, Problem } from "./problem.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const poisoned: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Whether a key may stand in a body or query. */
export function isPoisoned(key: string): boolean {
  return poisoned.has(key);
}

/** Parses a body that must be a JSON object. Throws Problem 400 (not JSON, forbidden key) or 422 (too deep, too wide, no object). */
export function parseJsonObject(body: Buffer): Record<string, Json> {
  if (body.length === 0) return Object.create(null) as Record<string, Json>;
  if (!isUtf8(body)) throw badRequest("MALFORMED_JSON", "The body is not UTF-8.");
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    // The parser's own message quotes the body.
    throw badRequest("MALFORMED_JSON", "The body is not JSON.");
  }
  return jsonObject(value);
}

/** A parsed JSON value that must be an object, within the same bounds. Throws as `parseJsonObject`. */
export function jsonObject(value: unknown): Record<string, Json> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Problem(422, "INVALID_INPUT", "The body must be a JSON object.");
  return clean(value, 1) as Record<string, Json>;
}

/** A copy of parsed JSON on objects without prototype. The depth bound comes before the recursion. */
function clean(value: unknown, depth: number): Json {
  if (typeof value !== "object" || value === null) return value as Json;
  if (depth > limits.jsonDepth) throw new Problem(422, "TOO_DEEP", `The body may be nested at most ${limits.jsonDepth} deep.`);
  if (Array.isArray(value)) {
    if (value.length > limits.jsonItems) throw tooWide();
    return value.map((item) => clean(item, depth + 1));
  }
  const keys = Object.keys(value);
  if (keys.length > limits.jsonItems) throw tooWide();
  const copy = Object.create(null) as Record<string, Json>;
  for (const key of keys) {
    if (poisoned.has(key)) throw badRequest("FORBIDDEN_KEY", "The body has a key that is not allowed.");
    copy[key] = clean((value as Record<string, unknown>)[key], depth + 1);
  }
  return copy;
}

function tooWide(): Problem {
  return new Problem(422, "TOO_MANY_ITEMS", `A list or object may have at most ${limits.jsonItems} elements.`);
}
