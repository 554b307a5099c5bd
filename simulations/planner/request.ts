/**
 * What a planner asks: values or intervals for any of the inputs, a popularity curve, how many worlds to draw. Read from YAML, JSON or the command
 * line; everything left out has the seed's or the measured value. The JSON Schema is request.schema.json beside this file.
 */
import { z } from "zod";
import type { Input, Interval, Origin } from "./graph.ts";
import { DescriptionError, schemaAddress, schemaOf } from "../description/index.ts";
import { popularityPresets, type PopularityDescription } from "../popularity/index.ts";
import { popularityDescription } from "./hit-ratios.ts";
import { inputs } from "./inputs/index.ts";

/** An input as it is used: the default, or what was given. */
export interface GivenInput extends Omit<Input, "origin"> {
  readonly origin: Origin | "given";
}

export interface PlanRequest {
  readonly inputs: readonly GivenInput[];
  /** A preset's name, "zipf-ALPHA", or a curve. */
  readonly popularity: string | PopularityDescription;
  /** Of the draws; 1 unless given. */
  readonly seed: number;
  /** Worlds drawn from the intervals. */
  readonly draws: number;
}

/** What was asked cannot be planned: every mistake, each with the field, the value and what is allowed. */
export class PlanRequestError extends Error {
  override readonly name = "PlanRequestError";
  readonly code = "PLAN_REQUEST_INVALID";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

const fewestDraws = 512;
const mostDraws = 20_000;

type Value = z.ZodType<number | Interval>;

/** Inputs of the same bounds have the same definition in the JSON Schema. */
const definitions = new Map<string, Value>();

function valueBetween(least: number, most: number): Value {
  const id = `from ${least} to ${most < 1e12 ? most : most.toExponential()}`;
  const known = definitions.get(id);
  if (known !== undefined) return known;
  const error = `must be a number ${id}, or { low, mid, high } of such, rising`;
  const number = z.number({ error }).min(least, { error }).max(most, { error });
  const interval = z.strictObject({ low: number, mid: number, high: number }).refine(({ low, mid, high }) => low <= mid && mid <= high, { error });
  const value = z.union([number, interval], { error }).meta({ id });
  definitions.set(id, value);
  return value;
}

/** Unit, default and origin in a line, as editors show them. */
export const aboutInput = ({ unit, value: { low, mid, high }, origin, source }: Input): string => `${unit}; default ${low === high ? mid : `${low} .. ${mid} .. ${high}`} (${origin}: ${source})`;

function refuseUnknownCurve(given: unknown, context: z.RefinementCtx): void {
  try {
    popularityDescription(given);
  } catch (error) {
    if (!(error instanceof DescriptionError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
  }
}

const schema = z.strictObject({
  ...schemaAddress,
  popularity: z.union([z.string(), z.record(z.string(), z.unknown())]).superRefine(refuseUnknownCurve).default("seed").describe(`how plays spread over tracks: ${Object.keys(popularityPresets).join(", ")}, zipf-ALPHA, or a curve as scenarios describe it; its catalogue is catalog.tracks`),
  seed: z.int().min(0).default(1).describe("of the draws"),
  draws: z.int().min(fewestDraws).max(mostDraws).default(fewestDraws).describe("worlds drawn from the intervals"),
  scale: z.number().min(1e-9).max(1e6).default(1).describe("multiplies every input of the load"),
  inputs: z.strictObject(Object.fromEntries(inputs.map((input) => [input.name, valueBetween(input.least, input.most).optional().describe(aboutInput(input))]))).default({}),
});

/** Reads a request from parsed YAML or JSON. Throws PlanRequestError with all mistakes. */
export function readRequest(document: unknown): PlanRequest {
  const parsed = schema.safeParse(document ?? {}, { reportInput: true, error: (issue) => (issue.code === "unrecognized_keys" ? `has ${issue.keys.join(", ")}, which is not known` : undefined) });
  if (!parsed.success) {
    throw new PlanRequestError(parsed.error.issues.map(({ code, path, message, input }) => code === "custom" && path[0] === "popularity" ? message : [path.join(": ") || "the request", message, input === undefined || message.startsWith("has ") ? "" : `(it is ${JSON.stringify(input)})`].join(" ").trim()));
  }
  const { popularity, seed, draws, scale } = parsed.data;
  const given: Readonly<Record<string, number | Interval | undefined>> = parsed.data.inputs;
  return {
    popularity: typeof popularity === "string" ? popularity : popularityDescription(popularity),
    seed,
    draws,
    inputs: inputs.map((input): GivenInput => {
      const own = given[input.name];
      const value = own === undefined ? input.value : typeof own === "number" ? { low: own, mid: own, high: own } : own;
      const factor = input.scales ? scale : 1;
      return { ...input, value: { low: value.low * factor, mid: value.mid * factor, high: value.high * factor }, origin: own === undefined ? input.origin : "given" };
    }),
  };
}

/** JSON Schema of a request, for editors. */
export function requestSchema(): unknown {
  return schemaOf("What npm run plan is asked", schema);
}
