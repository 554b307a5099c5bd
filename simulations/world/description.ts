/**
 * A day of the whole world, as a planner describes it (JSON, YAML): who listens when, and what happens on the way. Hours are of UTC and the
 * day begins at 0. Counts are of the whole world; what the service is made of comes from the planner (`plan`: its inputs by name).
 */
import { fieldsOf, listOf, numberOf, optional, textOf, wordOf } from "../description/index.ts";
import { readArrivals, type Region } from "../arrivals/index.ts";
import { readTiers, type TierShare } from "../cache/index.ts";
import { listenerPresets, readListener, type ListenerDescription } from "../listener/index.ts";
import { popularityPresets, readPopularity, type PopularityDescription } from "../popularity/index.ts";
import { readThreshold, type Threshold } from "../scenario/thresholds.ts";
import { readHappening, type Happening } from "./happenings.ts";

export interface WorldDay {
  readonly name: string;
  readonly about: string;
  readonly hours: number;
  /** Streams that play at one time at the highest moment of a day on which nothing happens, all regions together. */
  readonly concurrent: number;
  readonly regions: readonly Region[];
  /** The day's curve of visits in each region's own time, as in arrivals; the log's when left out. */
  readonly curve?: readonly { readonly hour: number; readonly factor: number }[];
  readonly listener: ListenerDescription;
  readonly popularity: PopularityDescription;
  readonly tiers: readonly TierShare[];
  /** Of the tracks at each rank, those that only this region's listeners play: what others' caches do not have. */
  readonly localTaste: number;
  /** Inputs of the planner in place of its own: the service is made for each region's own peak by them. */
  readonly plan: Readonly<Record<string, number>>;
  /** Nodes and servers as a multiple of what the planner asks for. */
  readonly provision: number;
  /** A request that would wait longer is given up; edits wait for as long as it takes. */
  readonly patienceS: number;
  /** Until a chunk is there, from an edge, from behind a shield, from the origin. */
  readonly chunkMs: { readonly edge: number; readonly shield: number; readonly origin: number };
  readonly happenings: readonly Happening[];
  readonly thresholds: readonly Threshold[];
}

/** Assumed: shares of listening and time zones of three parts of the world, so that the sun is up somewhere at any time. */
export const defaultRegions: readonly Region[] = [
  { name: "Americas", share: 0.36, offsetHours: -5 },
  { name: "Europe and Africa", share: 0.36, offsetHours: 1 },
  { name: "Asia-Pacific", share: 0.28, offsetHours: 8 },
];

/** Mean 158 kbps (traffic.md 2.7). */
const tiers: readonly TierShare[] = [{ rateKbps: 96, share: 0.4 }, { rateKbps: 160, share: 0.45 }, { rateKbps: 320, share: 0.15 }];
const thresholds = ["play.p99Ms < 200", "search.p99Ms < 300", "edit.p99Ms < 1000", "play.failedPercent < 0.1", "connect.failedPercent < 0.1"];
/** Assumed. */
const defaults = { localTaste: 0.3, patienceS: 30, chunkMs: { edge: 15, shield: 40, origin: 120 } } as const;
const share = { least: 0, most: 1 } as const;
const most = { hours: 72, concurrent: 1e10, regions: 12, happenings: 50, thresholds: 100, text: 2_000, name: 64, inputs: 200 } as const;
const fieldNames = ["name", "about", "hours", "concurrent", "regions", "curve", "listener", "popularity", "tiers", "localTaste", "plan", "provision", "patienceS", "chunkMs", "happenings", "thresholds"];

/** Throws DescriptionError, which names the field. The names of the planner's inputs are the planner's to check. */
export function readWorldDay(value: unknown, path = "day"): WorldDay {
  const held = fieldsOf(path, value, fieldNames);
  const { regions, curve } = readCurve(held.regions, held.curve, path);
  const hours = optional(held.hours, 24, (given) => numberOf(`${path}.hours`, given, { least: 0.1, most: most.hours }));
  return {
    name: textOf(`${path}.name`, held.name, most.name),
    about: textOf(`${path}.about`, held.about, most.text),
    hours,
    concurrent: optional(held.concurrent, 80e6, (given) => numberOf(`${path}.concurrent`, given, { above: 0, most: most.concurrent })),
    regions,
    ...(curve === undefined ? {} : { curve }),
    listener: optional(held.listener, listenerPresets.seed, (given) => readListener(given, `${path}.listener`)),
    popularity: optional(held.popularity, popularityPresets.seed, (given) => readPopularity(given, `${path}.popularity`)),
    tiers: optional(held.tiers, tiers, (given) => readTiers(given, `${path}.tiers`)),
    localTaste: optional(held.localTaste, defaults.localTaste, (given) => numberOf(`${path}.localTaste`, given, share)),
    plan: optional(held.plan, {}, (given) => readPlan(given, `${path}.plan`)),
    provision: optional(held.provision, 1, (given) => numberOf(`${path}.provision`, given, { above: 0, most: 1_000 })),
    patienceS: optional(held.patienceS, defaults.patienceS, (given) => numberOf(`${path}.patienceS`, given, { above: 0, most: 3_600 })),
    chunkMs: optional(held.chunkMs, defaults.chunkMs, (given) => {
      const times = fieldsOf(`${path}.chunkMs`, given, ["edge", "shield", "origin"]);
      const timeOf = (name: "edge" | "shield" | "origin") => numberOf(`${path}.chunkMs.${name}`, times[name], { above: 0, most: 60_000 });
      return { edge: timeOf("edge"), shield: timeOf("shield"), origin: timeOf("origin") };
    }),
    happenings: optional(held.happenings, [], (given) => listOf(`${path}.happenings`, given, { least: 0, most: most.happenings }).map((one, n) => readHappening(one, `${path}.happenings[${n}]`, { hours, regions: regions.map(({ name }) => name) }))),
    thresholds: listOf(`${path}.thresholds`, held.thresholds ?? thresholds, { least: 0, most: most.thresholds }).map((rule, n) => readThreshold(`${path}.thresholds[${n}]`, rule)),
  };
}

/** Regions and curve are those of a diurnal arrival process: read as one. */
function readCurve(regions: unknown, curve: unknown, path: string): { readonly regions: readonly Region[]; readonly curve?: NonNullable<WorldDay["curve"]> } {
  const diurnal = readArrivals({ type: "diurnal", ratePerS: 1, startHour: 0, regions: regions ?? defaultRegions, ...(curve === undefined ? {} : { hours: curve }) }, path);
  if (diurnal.type !== "diurnal") throw new TypeError("a diurnal description was read as another");
  listOf(`${path}.regions`, diurnal.regions, { least: 1, most: most.regions });
  const names = diurnal.regions.map(({ name }) => name);
  for (const [n, name] of names.entries()) wordOf(`${path}.regions[${n}].name`, names.indexOf(name) === n ? name : `${name}, again`, names);
  return diurnal.hours === undefined ? { regions: diurnal.regions } : { regions: diurnal.regions, curve: diurnal.hours };
}

function readPlan(value: unknown, path: string): Readonly<Record<string, number>> {
  const names = typeof value === "object" && value !== null ? Object.keys(value) : [];
  listOf(`${path}: names`, names, { least: 0, most: most.inputs });
  return Object.fromEntries(Object.entries(fieldsOf(path, value, names)).map(([name, given]) => [name, numberOf(`${path}.${name}`, given, {})]));
}
