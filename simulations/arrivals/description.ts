/**
 * When things arrive, as a scenario describes it (JSON). Times in ms from the beginning of the run, rates per second.
 *
 *   constant   evenly spaced
 *   poisson    independent, one rate
 *   piecewise  independent, the rate in straight lines through the points; flat before the first and after the last, or over again each repeatMs
 *   diurnal    independent, a day's curve in each region's own time, `ratePerS` the mean of the day over all regions
 *   spike      a release: base rate x (1 + amplitude x ramp((t - start) / ramp) x exp(-(t - start) / tau)) (traffic.md 1.3)
 *   mmpp       bursts: Poisson at one of two rates, which change after exponential times
 *   replay     recorded times
 */
import { DescriptionError, fieldsOf, listOf, numberOf, optional, textOf, wordOf } from "../description/index.ts";

export type ArrivalsDescription = { readonly type: "constant"; readonly ratePerS: number } | CurveDescription | SpikeDescription | MmppDescription | ReplayDescription;

/** Processes whose rate is made of straight lines. */
export type CurveDescription = { readonly type: "poisson"; readonly ratePerS: number } | PiecewiseDescription | DiurnalDescription;

export interface PiecewiseDescription {
  readonly type: "piecewise";
  readonly points: readonly RatePoint[];
  readonly repeatMs?: number;
}

export interface RatePoint {
  readonly atMs: number;
  readonly ratePerS: number;
}

export interface DiurnalDescription {
  readonly type: "diurnal";
  readonly ratePerS: number;
  /** What the clock of the regions' time zone 0 shows when the run begins. */
  readonly startHour: number;
  readonly regions: readonly Region[];
  /** The day's curve: rate over the day's mean at hours from 0 to 24. */
  readonly hours?: readonly { readonly hour: number; readonly factor: number }[];
}

export interface Region {
  readonly name: string;
  /** Of all arrivals of a day. */
  readonly share: number;
  /** Ahead of time zone 0, -12 to 14. */
  readonly offsetHours: number;
}

export interface SpikeDescription {
  readonly type: "spike";
  readonly base: CurveDescription;
  readonly startMs: number;
  readonly rampMs: number;
  readonly tauMs: number;
  /** 2 makes three times the base of it. */
  readonly amplitude: number;
  /** The top is held for this long and falls only after it. Left out, it falls from the start of the ramp on, as the formula says, and the top is below 1 + amplitude. */
  readonly holdMs?: number;
}

export interface MmppDescription {
  readonly type: "mmpp";
  readonly ratesPerS: readonly [number, number];
  readonly meanStayMs: readonly [number, number];
}

export interface ReplayDescription {
  readonly type: "replay";
  /** In any order. */
  readonly timesMs: readonly number[];
  /** 2 is twice as fast. */
  readonly speed: number;
  /** Longer silences of the recording are cut to this, before the speed. */
  readonly maxGapMs?: number;
}

export const dayMs = 86_400_000;
export const speedRange = { least: 0.1, most: 100 } as const;
const maxPerS = 1e12;
const maxMs = 1e13;
const maxPoints = 10_000;
const maxRecorded = 10_000_000;

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

/** Throws DescriptionError. */
export function readArrivals(value: unknown, path = "arrivals"): ArrivalsDescription {
  const type = typeIn(value, path, ["constant", "poisson", "piecewise", "diurnal", "spike", "mmpp", "replay"]);
  switch (type) {
    case "constant":
      return { type, ratePerS: rateIn(fieldsOf(path, value, ["type", "ratePerS"]).ratePerS, `${path}.ratePerS`) };
    case "spike":
      return readSpike(value, path);
    case "mmpp":
      return readMmpp(value, path);
    case "replay":
      return readReplay(value, path);
    case "poisson":
    case "piecewise":
    case "diurnal":
      return readCurve(value, path);
    default:
      return unheardOf(type);
  }
}

/** The type is looked at first: which other fields are allowed hangs on it. */
function typeIn<Type extends string>(value: unknown, path: string, types: readonly Type[]): Type {
  const held = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  return wordOf(`${path}.type`, held, types);
}

function readCurve(value: unknown, path: string): CurveDescription {
  const type = typeIn(value, path, ["poisson", "piecewise", "diurnal"]);
  if (type === "poisson") return { type, ratePerS: rateIn(fieldsOf(path, value, ["type", "ratePerS"]).ratePerS, `${path}.ratePerS`) };
  return type === "piecewise" ? readPiecewise(value, path) : readDiurnal(value, path);
}

function readPiecewise(value: unknown, path: string): PiecewiseDescription {
  const held = fieldsOf(path, value, ["type", "points", "repeatMs"]);
  let beforeMs = 0;
  const points = listOf(`${path}.points`, held.points, { least: 1, most: maxPoints }).map((point, n): RatePoint => {
    const at = `${path}.points[${n}]`;
    const given = fieldsOf(at, point, ["atMs", "ratePerS"]);
    // Two points at one time are a step.
    beforeMs = numberOf(`${at}.atMs`, given.atMs, { least: beforeMs, most: maxMs });
    return { atMs: beforeMs, ratePerS: rateIn(given.ratePerS, `${at}.ratePerS`) };
  });
  return held.repeatMs === undefined ? { type: "piecewise", points } : { type: "piecewise", points, repeatMs: numberOf(`${path}.repeatMs`, held.repeatMs, { above: 0, least: beforeMs, most: maxMs }) };
}

function readDiurnal(value: unknown, path: string): DiurnalDescription {
  const held = fieldsOf(path, value, ["type", "ratePerS", "startHour", "regions", "hours"]);
  const regions: readonly Region[] = optional(held.regions, [{ name: "one region", share: 1, offsetHours: 0 }], (given) =>
    listOf(`${path}.regions`, given, { least: 1, most: 100 }).map((region, n): Region => {
      const at = `${path}.regions[${n}]`;
      const { name, share, offsetHours } = fieldsOf(at, region, ["name", "share", "offsetHours"]);
      return { name: textOf(`${at}.name`, name, 100), share: numberOf(`${at}.share`, share, { least: 0, most: 1 }), offsetHours: numberOf(`${at}.offsetHours`, offsetHours, { least: -12, most: 14 }) };
    }),
  );
  numberOf(`${path}.regions: sum of shares`, regions.reduce((sum, { share }) => sum + share, 0), { least: 1 - 1e-6, most: 1 + 1e-6 });
  const common = { type: "diurnal" as const, ratePerS: rateIn(held.ratePerS, `${path}.ratePerS`), startHour: optional(held.startHour, 0, (given) => numberOf(`${path}.startHour`, given, { least: 0, most: 24 })), regions };
  if (held.hours === undefined) return common;
  let before = -1;
  const hours = listOf(`${path}.hours`, held.hours, { least: 1, most: 1_440 }).map((point, n) => {
    const at = `${path}.hours[${n}]`;
    const given = fieldsOf(at, point, ["hour", "factor"]);
    const hour = numberOf(`${at}.hour`, given.hour, { least: 0, above: before, most: 24 });
    before = hour;
    return { hour, factor: numberOf(`${at}.factor`, given.factor, { least: 0, most: 1_000 }) };
  });
  if (hours.every(({ factor }) => factor === 0)) throw new DescriptionError(`${path}.hours`, hours, "with one factor above 0 at least");
  return { ...common, hours };
}

function readSpike(value: unknown, path: string): SpikeDescription {
  const held = fieldsOf(path, value, ["type", "base", "startMs", "rampMs", "tauMs", "amplitude", "holdMs"]);
  const spike = {
    type: "spike" as const,
    base: readCurve(held.base, `${path}.base`),
    startMs: numberOf(`${path}.startMs`, held.startMs, { least: 0, most: maxMs }),
    rampMs: optional(held.rampMs, 60_000, (given) => numberOf(`${path}.rampMs`, given, { above: 0, most: maxMs })),
    tauMs: numberOf(`${path}.tauMs`, held.tauMs, { above: 0, most: maxMs }),
    amplitude: optional(held.amplitude, 2, (given) => numberOf(`${path}.amplitude`, given, { least: 0, most: 1e6 })),
  };
  return held.holdMs === undefined ? spike : { ...spike, holdMs: numberOf(`${path}.holdMs`, held.holdMs, { least: 0, most: maxMs }) };
}

function readMmpp(value: unknown, path: string): MmppDescription {
  const held = fieldsOf(path, value, ["type", "ratesPerS", "meanStayMs"]);
  const pair = (name: "ratesPerS" | "meanStayMs", read: (one: unknown, at: string) => number): readonly [number, number] => {
    const [one, other] = listOf(`${path}.${name}`, held[name], { least: 2, most: 2 });
    return [read(one, `${path}.${name}[0]`), read(other, `${path}.${name}[1]`)];
  };
  return { type: "mmpp", ratesPerS: pair("ratesPerS", rateIn), meanStayMs: pair("meanStayMs", (one, at) => numberOf(at, one, { least: 1, most: maxMs })) };
}

function readReplay(value: unknown, path: string): ReplayDescription {
  const held = fieldsOf(path, value, ["type", "timesMs", "speed", "maxGapMs"]);
  const timesMs = listOf(`${path}.timesMs`, held.timesMs, { least: 0, most: maxRecorded }).map((time, n) => numberOf(`${path}.timesMs[${n}]`, time, { least: -maxMs, most: maxMs }));
  const replay = { type: "replay" as const, timesMs, speed: optional(held.speed, 1, (given) => numberOf(`${path}.speed`, given, speedRange)) };
  return held.maxGapMs === undefined ? replay : { ...replay, maxGapMs: numberOf(`${path}.maxGapMs`, held.maxGapMs, { above: 0, most: maxMs }) };
}

function rateIn(value: unknown, path: string): number {
  return numberOf(path, value, { least: 0, most: maxPerS });
}

/** A description that came past its reader. */
export function unheardOf(description: never): never {
  throw new DescriptionError("arrivals.type", description, "one of those that readArrivals knows");
}
