/**
 * Query strings. One value per name: what two parsers may read differently is refused, so that a cache, a proxy and
 * an action always see the same request.
 */
import { isPoisoned } from "./json.ts";
import { limits } from "./limits.ts";
import { badRequest, Problem } from "./problem.ts";

export type Query = Record<string, string>;

/** The pairs of `search` (without "?"), decoded, on an object without prototype. Throws Problem 400 or 422. */
export function parseQuery(search: string): Query {
  const query = Object.create(null) as Query;
  if (search === "") return query;
  const pairs = search.split("&", limits.queryPairs + 1);
  if (pairs.length > limits.queryPairs) throw new Problem(422, "TOO_MANY_PARAMETERS", `A query may have at most ${limits.queryPairs} parameters.`);
  for (const pair of pairs) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const name = decode(at === -1 ? pair : pair.slice(0, at));
    if (isPoisoned(name) || name === "") throw badRequest("FORBIDDEN_KEY", "The query has a parameter that is not allowed.");
    if (name in query) throw badRequest("DUPLICATE_PARAMETER", "A query parameter is given twice.");
    query[name] = at === -1 ? "" : decode(pair.slice(at + 1));
  }
  return query;
}

function decode(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw badRequest("MALFORMED_QUERY", "The query is not valid percent-encoded UTF-8.");
  }
}

/**
 * Query values as the action's rules want them: digits become a number, true and false a boolean where the rule says
 * so. What does not fit stays a string, and validation refuses it.
 */
export function coerce(query: Query, rules: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const coerced = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(query)) {
    const type = (rules[name] as { type?: unknown } | undefined)?.type;
    if (type === "number" && /^-?\d{1,15}(\.\d{1,15})?$/.test(value)) coerced[name] = Number(value);
    else if (type === "boolean" && (value === "true" || value === "false")) coerced[name] = value === "true";
    else coerced[name] = value;
  }
  return coerced;
}
