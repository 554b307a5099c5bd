/**
 * A day of the whole world, as a planner describes it (JSON, YAML): who listens when, and what happens on the way. What the service is made of comes
 * from the planner (`plan`: its inputs by name). The JSON Schema is day.schema.json beside this file.
 */
import { z } from "zod";
import { dayCurveSchema, regionSchema, sharesAddUp, type Region } from "../arrivals/index.ts";
import { tiersSchema } from "../cache/index.ts";
import { fields, list, number, read, ruled, schemaAddress, schemaOf, share, text, type Described, type Refusal } from "../description/index.ts";
import { listenerSchema } from "../listener/index.ts";
import { popularitySchema } from "../popularity/index.ts";
import { aboutInput, inputs } from "../planner/index.ts";
import { thresholdSchema } from "../scenario/index.ts";
import { happeningSchema, hoursMost } from "./happenings.ts";

/** Assumed: shares of listening and time zones of three parts of the world, so that the sun is up somewhere at any time. */
export const defaultRegions: readonly Region[] = [
  { name: "Americas", share: 0.36, offsetHours: -5 },
  { name: "Europe and Africa", share: 0.36, offsetHours: 1 },
  { name: "Asia-Pacific", share: 0.28, offsetHours: 8 },
];

const chunkMs = number({ above: 0, most: 60_000 });

const fieldsAlone = fields({
  ...schemaAddress,
  name: text(64).describe("What results and their folder are called."),
  about: text(2_000).describe("For people."),
  hours: number({ least: 0.1, most: hoursMost }).default(24).describe("How long the day is."),
  concurrent: number({ above: 0, most: 1e10 }).default(80e6).describe("Streams that play at one time at the highest moment of a day on which nothing happens, all regions together."),
  regions: ruled(list(regionSchema, { least: 1, most: 12 }), (regions) => [...sharesAddUp(regions), ...again(regions)]).default([...defaultRegions]).describe("Parts of the world, each with a clock and a service of its own."),
  curve: dayCurveSchema.exactOptional(),
  listener: listenerSchema.prefault("seed"),
  popularity: popularitySchema.prefault("seed"),
  // Mean 158 kbps (traffic.md 2.7).
  tiers: tiersSchema.default([{ rateKbps: 96, share: 0.4 }, { rateKbps: 160, share: 0.45 }, { rateKbps: 320, share: 0.15 }]).describe("Rates at which is listened."),
  localTaste: share.default(0.3).describe("Of the tracks at each rank, those that only this region's listeners play: what others' caches do not have. The default is assumed."),
  plan: z.strictObject(Object.fromEntries(inputs.map((input) => [input.name, number(input).exactOptional().describe(aboutInput(input))])), {
    error: ({ code }) => (code === "unrecognized_keys" ? "left out, or an input of the planner (docs/planning.md)" : "an object with inputs of the planner and their values"),
  })
    .default({})
    .describe("Inputs of the planner in place of its own, by name (docs/planning.md): the service is made for each region's own peak by them."),
  provision: number({ above: 0, most: 1_000 }).default(1).describe("Nodes and servers as a multiple of what the planner asks for."),
  patienceS: number({ above: 0, most: 3_600 }).default(30).describe("A request that would wait longer is given up, in seconds; edits wait for as long as it takes. The default is assumed."),
  chunkMs: fields({ edge: chunkMs.describe("From an edge."), shield: chunkMs.describe("From behind a shield."), origin: chunkMs.describe("From the origin.") })
    .default({ edge: 15, shield: 40, origin: 120 })
    .describe("Milliseconds until a chunk is there. The default is assumed."),
  happenings: list(happeningSchema, { least: 0, most: 50 }).default([]).describe("What happens beside the curve."),
  thresholds: list(thresholdSchema, { least: 0, most: 100 })
    .prefault(["play.p99Ms < 200", "search.p99Ms < 300", "edit.p99Ms < 1000", "play.failedPercent < 0.1", "connect.failedPercent < 0.1"])
    .describe("What must hold."),
}).describe("A day of the whole world: who listens when, and what happens on the way. Hours are of UTC and the day begins at 0. Counts are of the whole world.");

const schema = ruled(fieldsAlone, ({ hours, regions, happenings }) => {
  const names = regions.map(({ name }) => name);
  // What is left out may take longer than a short day.
  const most = { atHour: hours, minutes: 60 * hours, holdMinutes: Math.max(10, 60 * hours), fallMinutes: Math.max(60, 60 * hours) };
  return happenings.flatMap((happening: Readonly<Partial<typeof most>> & { readonly type: string; readonly region?: string }, n): Refusal[] => [
    ...(["atHour", "minutes", "holdMinutes", "fallMinutes"] as const).flatMap((name): Refusal[] => ((happening[name] ?? 0) > most[name] ? [[["happenings", n, name], `a number up to ${most[name]} on a day of ${hours} hours`]] : [])),
    ...(happening.region === undefined || names.includes(happening.region) ? [] : [[["happenings", n, "region"], `one of ${names.join(", ")}`] as const]),
  ]);
});

export type WorldDay = Omit<Described<typeof schema>, "$schema">;

/** Throws DescriptionError, which names every field that is wrong. */
export function readWorldDay(value: unknown, path = "day"): WorldDay {
  const { $schema: _, ...day } = read(schema, path, value);
  return day;
}

/** JSON Schema of a day, for editors. */
export const worldDaySchema = () => schemaOf("A day of npm run simulate -- day", schema);

function again(regions: readonly Region[]): Refusal[] {
  const names = regions.map(({ name }) => name);
  return names.flatMap((name, n): Refusal[] => (names.indexOf(name) === n ? [] : [[[n, "name"], "a name that no region before it has"]]));
}
