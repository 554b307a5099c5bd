/**
 * Reads what people write for simulations (JSON, YAML) by its schema, and writes the schema down for editors. `path` is what the value is called in
 * mistakes, such as "scenario" in "scenario.faults[2].atS".
 */
import { z } from "zod";
import { DescriptionError, sentenceOf } from "./errors.ts";
import { number, type Described, type NumberRange, type Refusal } from "./fields.ts";

const toldMost = 20;

/** Throws DescriptionError with every mistake, twenty at most. Rules over several fields are looked at when each of them is of its type. */
export function read<Schema extends z.ZodType>(schema: Schema, path: string, value: unknown): Described<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const mistakes = new Map<string, Refusal>();
  for (const refusal of error.issues.flatMap(refusalsOf)) {
    const field = shownPath(path, refusal[0]);
    if (!mistakes.has(field)) mistakes.set(field, refusal);
  }
  const [first, ...others] = [...mistakes].slice(0, toldMost).map(([field, [at, allowed]]) => [field, valueAt(value, at), allowed] as const);
  const untold = mistakes.size - toldMost;
  throw first === undefined ? error : new DescriptionError(...first, [...others.map((mistake) => sentenceOf(...mistake)), ...(untold > 0 ? [`and ${untold} more`] : [])]);
}

/** The same for a number that comes from code or the command line. */
export const numberOf = (path: string, value: unknown, range: NumberRange): number => read(number(range), path, value);

/** JSON Schema of what a schema reads, defaults and bounds included. */
export const schemaOf = (title: string, schema: z.ZodType): Readonly<Record<string, unknown>> => ({ title, ...z.toJSONSchema(schema, { io: "input" }) });

function refusalsOf(issue: z.core.$ZodIssue): Refusal[] {
  const at = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => [[...at, key], issue.message]);
  // What is wrong within the only branch that was meant; a value that is none of the branches is wrong as a whole.
  const meant = issue.code === "invalid_union" ? issue.errors.find((branch) => branch.every(({ code, path }) => path.length > 0 || code === "unrecognized_keys")) : undefined;
  return meant === undefined ? [[at, issue.message]] : meant.flatMap(refusalsOf).map(([within, allowed]) => [[...at, ...within], allowed]);
}

const shownPath = (path: string, at: Refusal[0]): string => at.reduce<string>((shown, part) => (typeof part === "number" ? `${shown}[${part}]` : `${shown}.${part}`), path);

const valueAt = (value: unknown, at: Refusal[0]): unknown => at.reduce((held, part) => (typeof held === "object" && held !== null ? (held as Readonly<Record<string | number, unknown>>)[part] : undefined), value);
