/**
 * The parts that descriptions are made of (scenarios, days of the world). Each is a zod schema, and that one thing is the reader, the TypeScript type
 * and the JSON Schema of what people write; its message is the phrase of what is allowed, which DescriptionError tells. Numbers are finite.
 *
 * Who writes a schema says what a field is by `.describe` (unit, meaning): that is what an editor shows. What may be left out is `.default` or `.exactOptional`.
 */
import { z } from "zod";

export interface NumberRange {
  readonly least?: number;
  readonly most?: number;
  /** An open lower bound, in place of `least`. */
  readonly above?: number;
  readonly whole?: boolean;
}

/** What a rule over several fields refuses: where, counted from what it is a rule of, and what is allowed there. */
export type Refusal = readonly [path: readonly (string | number)[], allowed: string];

/** What a schema reads, never written to. */
export type Described<Schema extends z.ZodType> = Frozen<z.output<Schema>>;
type Frozen<Value> = { readonly [Key in keyof Value]: Frozen<Value[Key]> };

export function number({ least, most, above, whole = false }: NumberRange): z.ZodNumber {
  const bounds = [above === undefined ? null : `above ${above}`, least === undefined ? null : `from ${least}`, most === undefined ? null : `up to ${most}`].filter((bound) => bound !== null);
  const error = [whole ? "a whole number" : "a number", ...bounds].join(" ");
  const checks = [above === undefined ? null : z.gt(above, { error }), least === undefined ? null : z.gte(least, { error }), most === undefined ? null : z.lte(most, { error })];
  return (whole ? z.int({ error }) : z.number({ error })).check(...checks.filter((check) => check !== null));
}

export const share = number({ least: 0, most: 1 });

export function text(most: number): z.ZodString {
  const error = `a text of 1 to ${most} characters`;
  return z.string({ error }).min(1, { error }).max(most, { error });
}

export function word<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, { error: `one of ${words.join(", ")}` });
}

export function list<Item extends z.ZodType>(item: Item, { least, most }: { readonly least: number; readonly most: number }): z.ZodArray<Item> {
  const error = `a list of ${least} to ${most}`;
  return z.array(item, { error }).min(least, { error }).max(most, { error });
}

/** An object of these fields alone: one that it does not know is a slip of the pen more often than a wish. */
export function fields<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = Object.keys(shape).filter((name) => name !== "$schema").join(", ");
  return z.strictObject(shape, { error: ({ code }) => (code === "unrecognized_keys" ? `left out: the fields here are ${names}` : `an object with ${names}`) });
}

/** What a file may say of itself, for editors: no part of what is described. */
export const schemaAddress = { $schema: z.string({ error: "a text" }).exactOptional().describe("Where this schema is, for editors.") } as const;

type Kind<Key extends string> = z.ZodObject<{ readonly [K in Key]: z.ZodLiteral<string> | z.ZodEnum<Readonly<Record<string, string>>> }>;

/** One of several objects, told apart by a field of words that all of them have. */
export function kinds<const Key extends string, const Kinds extends readonly [Kind<Key>, ...Kind<Key>[]]>(key: Key, ...of: Kinds) {
  const words = of.flatMap(({ shape }) => [...(shape[key]._zod.values ?? [])]).join(", ");
  return z.discriminatedUnion(key, of, { error: ({ input }) => (typeof input === "object" && input !== null && !Array.isArray(input) ? `one of ${words}` : `an object whose ${key} is one of ${words}`) });
}

/** The name of a preset, or an object of one's own. */
export function presetOr<const Names extends readonly string[], Own extends z.ZodType>(names: Names, own: Own) {
  return z.union([word(names), own], { error: `one of ${names.join(", ")}, or an object` });
}

/** With a rule that no JSON Schema can say: the reader alone holds it. */
export function ruled<Schema extends z.ZodType>(schema: Schema, rule: (value: z.output<Schema>) => Iterable<Refusal>): Schema {
  return schema.check((context) => {
    for (const [path, allowed] of rule(context.value)) context.issues.push({ code: "custom", path: [...path], message: allowed, input: context.value });
  });
}

/** Each point is above the one before it in this field; `from`: or at it, `up to`: below it or at it. */
export function ordered<Field extends string>(points: readonly Readonly<Record<Field, number>>[], field: Field, bound: "above" | "from" | "up to" = "above"): Refusal[] {
  const isKept = { above: (value: number, before: number) => value > before, from: (value: number, before: number) => value >= before, "up to": (value: number, before: number) => value <= before }[bound];
  return points.flatMap((point, n): Refusal[] => {
    const before = points[n - 1];
    return before === undefined || isKept(point[field], before[field]) ? [] : [[[n, field], `a number ${bound} ${before[field]}, the one before`]];
  });
}

/** Shares of a whole. */
export function addingUp(parts: readonly { readonly share: number }[], within: number): Refusal[] {
  const sum = parts.reduce((all, part) => all + part.share, 0);
  return Math.abs(sum - 1) <= within ? [] : [[[], `a list whose shares add up to 1, not to ${sum}`]];
}
