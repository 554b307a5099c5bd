/**
 * What a planner asks: values or intervals for any of the inputs, a popularity curve, how many worlds to draw. Read from YAML, JSON or the command
 * line; everything left out has the seed's or the measured value. The JSON Schema is request.schema.json beside this file.
 */
import { z } from "zod";
import type { Input, Interval, Origin } from "./graph.ts";
import { fields, number, read, ruled, schemaAddress, schemaOf, word } from "../description/index.ts";
import { curveSchema, popularityPresets, type PopularityDescription } from "../popularity/index.ts";
import { zipfName } from "./hit-ratios.ts";
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

const fewestDraws = 512;
const mostDraws = 20_000;

type Value = z.ZodType<number | Interval>;

/** Inputs of the same bounds have the same definition in the JSON Schema. */
const definitions = new Map<string, Value>();

function valueBetween(least: number, most: number): Value {
  const id = `from ${least} to ${most < 1e12 ? most : most.toExponential()}`;
  const known = definitions.get(id);
  if (known !== undefined) return known;
  const error = `a number ${id}, or { low, mid, high } of such, rising`;
  const one = number({ least, most });
  const interval = ruled(fields({ low: one, mid: one, high: one }), ({ low, mid, high }) => (low <= mid && mid <= high ? [] : [[[], error]]));
  const value = z.union([z.number({ error }).min(least, { error }).max(most, { error }), interval], { error }).meta({ id });
  definitions.set(id, value);
  return value;
}

/** Unit, default and origin in a line, as editors show them. */
export const aboutInput = ({ unit, value: { low, mid, high }, origin, source }: Input): string => `${unit}; default ${low === high ? mid : `${low} .. ${mid} .. ${high}`} (${origin}: ${source})`;

const presets = Object.keys(popularityPresets);
const namedOrDrawn = `one of ${presets.join(", ")}, zipf-ALPHA with ALPHA from 0 to 10, or an object`;

const requestOf = fields({
  ...schemaAddress,
  popularity: z.union([word(presets), z.string().regex(zipfName, { error: namedOrDrawn }), curveSchema], { error: namedOrDrawn })
    .default("seed").describe("how plays spread over tracks: a preset, zipf-ALPHA, or a curve as scenarios describe it; its catalogue is catalog.tracks"),
  seed: number({ least: 0, whole: true }).default(1).describe("of the draws"),
  draws: number({ least: fewestDraws, most: mostDraws, whole: true }).default(fewestDraws).describe("worlds drawn from the intervals"),
  scale: number({ least: 1e-9, most: 1e6 }).default(1).describe("multiplies every input of the load"),
  inputs: z.strictObject(
    Object.fromEntries(inputs.map((input) => [input.name, valueBetween(input.least, input.most).optional().describe(aboutInput(input))])),
    { error: ({ code }) => (code === "unrecognized_keys" ? "left out: there is no such input" : "an object with names of inputs") },
  ).default({}),
});

/** Reads a request from parsed YAML or JSON. Throws DescriptionError with all mistakes. */
export function readRequest(document: unknown): PlanRequest {
  const { popularity, seed, draws, scale, inputs: held } = read(requestOf, "plan", document ?? {});
  const given: Readonly<Record<string, number | Interval | undefined>> = held;
  return {
    popularity, seed, draws,
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
  return schemaOf("What npm run plan is asked", requestOf);
}
