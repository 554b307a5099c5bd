/**
 * Reads the descriptions that people write for simulations (JSON, YAML): what comes in is unknown, what goes out is typed, and the first
 * thing that is wrong is told by its field, its value and what is allowed. `path` is where the value stands, such as "arrivals.phases[2].atMs".
 */

/** A description cannot be used as it stands. */
export class DescriptionError extends Error {
  override readonly name = "DescriptionError";
  readonly code = "DESCRIPTION_INVALID";
  /** Where in the description, such as "arrivals.ratePerS". */
  readonly field: string;
  readonly value: unknown;
  /** A phrase: "a number above 0". */
  readonly allowed: string;

  constructor(field: string, value: unknown, allowed: string) {
    super(`${field} is ${shown(value)}; it must be ${allowed}`);
    this.field = field;
    this.value = value;
    this.allowed = allowed;
  }
}

export interface NumberRange {
  readonly least?: number;
  readonly most?: number;
  /** An open lower bound, in place of `least`. */
  readonly above?: number;
  readonly whole?: boolean;
}

const shownLength = 80;

/** An object that has no fields but these. */
export function fieldsOf(path: string, value: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new DescriptionError(path, value, `an object with ${names.join(", ")}`);
  for (const [name, held] of Object.entries(value)) if (!names.includes(name)) throw new DescriptionError(`${path}.${name}`, held, `left out: the fields here are ${names.join(", ")}`);
  return value as Readonly<Record<string, unknown>>;
}

export function numberOf(path: string, value: unknown, { least, most, above, whole = false }: NumberRange): number {
  const isWithin = typeof value === "number" && Number.isFinite(value) && !(value < (least ?? -Infinity)) && !(value > (most ?? Infinity)) && !(value <= (above ?? -Infinity)) && (!whole || Number.isInteger(value));
  if (isWithin) return value;
  const bounds = [above === undefined ? null : `above ${above}`, least === undefined ? null : `from ${least}`, most === undefined ? null : `up to ${most}`].filter((bound) => bound !== null);
  throw new DescriptionError(path, value, [whole ? "a whole number" : "a number", ...bounds].join(" "));
}

export function listOf(path: string, value: unknown, { least, most }: { readonly least: number; readonly most: number }): readonly unknown[] {
  if (!Array.isArray(value) || value.length < least || value.length > most) throw new DescriptionError(path, value, `a list of ${least} to ${most}`);
  return value as readonly unknown[];
}

export function textOf(path: string, value: unknown, maxLength: number): string {
  if (typeof value !== "string" || value.length === 0 || value.length > maxLength) throw new DescriptionError(path, value, `a text of 1 to ${maxLength} characters`);
  return value;
}

export function wordOf<Word extends string>(path: string, value: unknown, words: readonly Word[]): Word {
  const word = words.find((one) => one === value);
  if (word === undefined) throw new DescriptionError(path, value, `one of ${words.join(", ")}`);
  return word;
}

/** `read` of the value, or `otherwise` when the field was left out. */
export function optional<Value, Otherwise>(value: unknown, otherwise: Otherwise, read: (value: unknown) => Value): Value | Otherwise {
  return value === undefined ? otherwise : read(value);
}

function shown(value: unknown): string {
  const text = typeof value === "number" || value === undefined ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}...`;
}
