/** When things arrive, as a scenario describes it. Times in ms from the beginning of the run, rates per second. */
import { z } from "zod";
import { addingUp, fields, kinds, list, number, ordered, read, ruled, share, text, type Described } from "../description/index.ts";

export const dayMs = 86_400_000;
export const speedRange = { least: 0.1, most: 100 } as const;
const maxMs = 1e13;

/**
 * Rate over the daily mean in the middles of the log's bands: 0-4 h 0.48, 5-9 h 0.41, 10-15 h 1.41, 16-19 h 1.51, 20-23 h 1.26 (traffic.md 2.1). With
 * straight lines between them the day's mean stays 1.00 and its peak 1.51. One weekend of 10,000 sessions.
 */
export const defaultHours = [
  { hour: 2.5, factor: 0.48 },
  { hour: 7.5, factor: 0.41 },
  { hour: 13, factor: 1.41 },
  { hour: 18, factor: 1.51 },
  { hour: 22, factor: 1.26 },
] as const;

const ms = number({ least: 0, most: maxMs });
const positiveMs = number({ above: 0, most: maxMs });
const rate = number({ least: 0, most: 1e12 }).describe("Arrivals a second.");

const point = fields({ atMs: ms.describe("Milliseconds from the beginning of the run."), ratePerS: rate });
export const regionSchema = fields({
  name: text(100).describe("What it is called in results."),
  share: share.describe("Of all arrivals of a day, 0 to 1; those of all regions add up to 1."),
  offsetHours: number({ least: -12, most: 14 }).describe("How far its clock is ahead of time zone 0."),
});
const hour = fields({ hour: number({ least: 0, most: 24 }).describe("Of the region's own clock."), factor: number({ least: 0, most: 1_000 }).describe("The rate over the day's mean.") });

/** Of all regions together. The sums of a description's shares are off by what people round. */
export const sharesAddUp = (regions: readonly { readonly share: number }[]) => addingUp(regions, 1e-6);

/** The day's curve: straight lines between its points, and over midnight. */
export const dayCurveSchema = ruled(list(hour, { least: 1, most: 1_440 }), (hours) => [...ordered(hours, "hour"), ...(hours.every(({ factor }) => factor === 0) ? [[[], "with one factor above 0 at least"] as const] : [])])
  .describe("The day's curve, in each region's own time: rising hours, straight lines between them. Left out: that of a log, 0.41 at 7:30 to 1.51 at 18:00.");

const constant = fields({ type: z.literal("constant"), ratePerS: rate }).describe("Evenly spaced.");
const poisson = fields({ type: z.literal("poisson"), ratePerS: rate }).describe("Independent of each other, at one rate.");
const piecewise = ruled(
  fields({
    type: z.literal("piecewise"),
    points: ruled(list(point, { least: 1, most: 10_000 }), (points) => ordered(points, "atMs", "from")).describe("In order of time; two at one time are a step."),
    repeatMs: positiveMs.exactOptional().describe("All over again each so many milliseconds, the last point's time or more."),
  }).describe("Independent, the rate in straight lines through the points; flat before the first and after the last."),
  ({ points, repeatMs = Infinity }) => {
    const lastMs = points.at(-1)?.atMs ?? 0;
    return repeatMs < lastMs ? [[["repeatMs"], `a number from ${lastMs}, the last point, up to ${maxMs}`]] : [];
  },
);
const diurnal = fields({
  type: z.literal("diurnal"),
  ratePerS: rate.describe("Arrivals a second: the mean of the day over all regions."),
  startHour: number({ least: 0, most: 24 }).default(0).describe("What the clock of time zone 0 shows when the run begins."),
  regions: ruled(list(regionSchema, { least: 1, most: 100 }), sharesAddUp).default([{ name: "one region", share: 1, offsetHours: 0 }]).describe("Where they come from."),
  hours: dayCurveSchema.exactOptional(),
}).describe("Independent, a day's curve in each region's own time.");
/** Processes whose rate is made of straight lines. */
const curve = kinds("type", poisson, piecewise, diurnal);
const spike = fields({
  type: z.literal("spike"),
  base: curve.describe("What goes on without it."),
  startMs: ms.describe("When the ramp begins, milliseconds from the beginning of the run."),
  rampMs: positiveMs.default(60_000).describe("Milliseconds up."),
  tauMs: positiveMs.describe("Milliseconds in which what was added falls to 1/e."),
  amplitude: number({ least: 0, most: 1e6 }).default(2).describe("What is added at the top, over the base: 2 makes three times the base of it."),
  holdMs: ms.exactOptional().describe("Milliseconds at the top, after which it falls. Left out, it falls from the start of the ramp on, as the formula says, and the top is below 1 + amplitude."),
}).describe("A release: base rate x (1 + amplitude x ramp((t - start) / ramp) x exp(-(t - start) / tau)) (traffic.md 1.3).");
const stayMs = number({ least: 1, most: maxMs });
const mmpp = fields({
  type: z.literal("mmpp"),
  ratesPerS: z.tuple([rate, rate], { error: "a list of 2 to 2" }).describe("Arrivals a second in one state and in the other."),
  meanStayMs: z.tuple([stayMs, stayMs], { error: "a list of 2 to 2" }).describe("Mean milliseconds in each of the two."),
}).describe("Bursts: Poisson at one of two rates, which change after exponential times.");
const replay = fields({
  type: z.literal("replay"),
  timesMs: list(number({ least: -maxMs, most: maxMs }), { least: 0, most: 10_000_000 }).describe("Milliseconds, in any order."),
  speed: number(speedRange).default(1).describe("2 is twice as fast."),
  maxGapMs: positiveMs.exactOptional().describe("Longer silences of the recording are cut to this, before the speed."),
}).describe("Recorded times.");

export const arrivalsSchema = kinds("type", constant, poisson, piecewise, diurnal, spike, mmpp, replay).meta({ id: "arrivals", description: "When things arrive." });

export type ArrivalsDescription = Described<typeof arrivalsSchema>;
export type CurveDescription = Described<typeof curve>;
export type DiurnalDescription = Described<typeof diurnal>;
export type SpikeDescription = Described<typeof spike>;
export type MmppDescription = Described<typeof mmpp>;
export type ReplayDescription = Described<typeof replay>;
export type RatePoint = Described<typeof point>;
export type Region = Described<typeof regionSchema>;

/** Throws DescriptionError. */
export const readArrivals = (value: unknown, path = "arrivals"): ArrivalsDescription => read(arrivalsSchema, path, value);
