/** The first place where two JSON values differ. */

export interface Difference {
  /** As JavaScript would write it, e.g. ".items[3].trackId"; "" when the values as a whole differ. */
  readonly path: string;
  /** What is there on each side, as JSON of at most 200 characters; "nothing" when there is none. */
  readonly one: string;
  readonly other: string;
}

const shownLength = 200;

/** Undefined when they are equal. Members of objects may come in any order. */
export function difference(one: unknown, other: unknown, path = ""): Difference | undefined {
  if (Object.is(one, other)) return undefined;
  if (Array.isArray(one) && Array.isArray(other)) return inside(Array.from({ length: Math.max(one.length, other.length) }, (_, at) => at), (at) => [one[at], other[at]], (at) => `${path}[${at}]`);
  if (isObject(one) && isObject(other)) return inside([...new Set([...Object.keys(one), ...Object.keys(other)])], (key) => [one[key], other[key]], (key) => `${path}${member(key)}`);
  return { path, one: shown(one), other: shown(other) };
}

function inside<K>(keys: readonly K[], pairOf: (key: K) => readonly [unknown, unknown], pathOf: (key: K) => string): Difference | undefined {
  for (const key of keys) {
    const [one, other] = pairOf(key);
    const found = difference(one, other, pathOf(key));
    if (found !== undefined) return found;
  }
  return undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const member = (key: string) => (/^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > shownLength ? `${text.slice(0, shownLength)}...` : text;
}
