/** A day as a run of the back end `model`: what writeReport takes. The day repeats: the month's money is that of days like this one. */
import { unheardOf } from "../description/index.ts";
import { contradictionsOf } from "../planner/contradictions.ts";
import * as planner from "../planner/index.ts";
import type { Cost, RunResult, Table } from "../run/index.ts";
import { judge } from "../scenario/thresholds.ts";
import type { Baseline } from "./baseline.ts";
import { counts, planRequest } from "./capacity.ts";
import type { Carried, Peak } from "./carry.ts";
import type { Demand } from "./demand.ts";
import type { WorldDay } from "./description.ts";
import type { Happening } from "./happenings.ts";

export interface DayOptions {
  readonly seed: number;
  /** Part of the world that was followed event by event; 1 for a fluid. */
  readonly scale: number;
  readonly version: string;
  readonly command: string;
}

export function resultOf(day: WorldDay, baseline: Baseline, demand: Demand, carried: Carried, { seed, scale, version, command }: DayOptions): RunResult {
  const operations = carried.totals.results();
  const thresholds = judge(day.thresholds, operations);
  const resources = carried.regions.flatMap((region) => region.results());
  const missed = thresholds.filter(({ ok }) => !ok).map(({ rule, value }) => `${rule}: it is ${Number(value.toPrecision(3))}`);
  const full = resources.filter(({ maxUtilisation }) => maxUtilisation > 1).toSorted((one, other) => other.maxUtilisation - one.maxUtilisation).map(({ name, maxUtilisation, maxQueue }) => `${name}: ${maxUtilisation.toFixed(2)} times what there is is asked of it${maxQueue >= 1 ? `, ${Math.round(maxQueue).toLocaleString("en")} wait at most` : ""}`);
  const seconds = demand.steps * demand.stepS;
  const world = planner.evaluateAt(planRequest(day, baseline, { part: 1, share: 1, perStream: baseline.kernels.meanSessionS / baseline.kernels.meanPlayingS }));
  return {
    scenario: day.name, about: day.about, backEnd: "model", seed, scale, version, command, startedAt: "", durationS: demand.fromS + seconds, warmUpS: demand.fromS, host: null,
    inputs: day, operations, series: carried.series, resources, marks: day.happenings.flatMap((one) => marksOf(one, day)).filter(({ atS }) => atS >= demand.fromS && atS < demand.fromS + seconds),
    generator: null, thresholds, verdict: missed.length > 0 ? "fail" : "pass", reasons: [...missed, ...full.slice(0, mostReasons)],
    contradictions: [...ofTheDay(day, baseline, carried), ...contradictionsOf(world).map(({ name, stated, implied, statedValue, impliedValue, because, uses }) => `${name}: ${stated} is ${short(statedValue)}, implied is ${short(impliedValue)} (${implied}): ${because}. Counted with: ${uses}.`)],
    costs: { currency: "$", parts: costsOf(day, baseline, carried, seconds) },
    tables: [peaksTable(carried.peaks), nodesTable(carried, world)],
  };
}

const mostReasons = 8;
const secondsOfHour = 3_600;
const short = (value: number): string => Number(value.toPrecision(4)).toLocaleString("en", { maximumSignificantDigits: 4 });

/** What the planner takes one number for and the day tells another. */
function ofTheDay(day: WorldDay, baseline: Baseline, { regions }: Carried): string[] {
  const peak = baseline.peakPlaying / baseline.meanPlaying;
  const planned = regions[0]?.plan.input("load.peak") ?? peak;
  const apart = baseline.regions.reduce((sum, { peakPlaying }) => sum + peakPlaying, 0) / baseline.peakPlaying;
  return [
    ...(Math.abs(peak / planned - 1) > 0.05 ? [`peak: load.peak is ${planned}, and the sum of these regions, each with its own hours, is ${peak.toFixed(2)} times its mean at most. Counted with: the regions; bytes of a month are those of this day.`] : []),
    ...(apart > 1.01 ? [`peaks: each region has its most at its own hour, together ${apart.toFixed(2)} times the world's most (${short(day.concurrent)}). Counted with: nodes of each region for its own peak.`] : []),
  ];
}

function marksOf(one: Happening, day: WorldDay): { readonly atS: number; readonly untilS?: number; readonly what: string }[] {
  const at = "atHour" in one ? Math.round(one.atHour * secondsOfHour) : 0;
  const until = (minutes: number) => Math.round(at + minutes * 60);
  switch (one.type) {
    case "region-outage":
      return [{ atS: at, untilS: until(one.minutes), what: `${one.region} answers nobody` }];
    case "node-loss":
      return [{ atS: at, untilS: until(one.minutes), what: `${one.region} without ${Math.round(one.share * 100)} % of its ${one.kind} nodes` }];
    case "release":
      return [{ atS: at, untilS: until(one.rampS / 60 + one.holdMinutes), what: `a release of ${one.tracks} tracks` }];
    case "celebrity":
      return [{ atS: at, untilS: until(one.minutes), what: `${short(one.followers)} followers are told what plays` }];
    case "reconnect-storm":
      return [{ atS: at, untilS: until(one.minutes), what: `${Math.round(one.share * 100)} % of the listeners of ${one.region ?? "the world"} are without a network` }];
    case "synchronised":
      return day.regions.flatMap(({ name, offsetHours }) => Array.from({ length: 5 }, (_, n) => one.localHour - offsetHours + (n - 1) * 24).filter((hour) => hour >= 0 && hour < day.hours).map((hour) => ({ atS: Math.round(hour * secondsOfHour), what: `${one.localHour} o'clock in ${name}` })));
    default:
      return unheardOf("happenings.type", one);
  }
}

/** CDN and origin by the day's own bytes, in the planner's prices; nodes as the regions have them. */
function costsOf(day: WorldDay, baseline: Baseline, { regions, edgeBytes, originBytes, originGets }: Carried, seconds: number): Cost[] {
  const request = planRequest(day, baseline, { part: 1, share: 1, perStream: 1 });
  const hits = planner.hitRatios(planner.popularityDescription(request.popularity));
  const planned = planner.evaluateAt(request, {}, hits);
  const valueOf = new Map(request.inputs.map(({ name, value }) => [name, value.mid]));
  const monthS = (valueOf.get("month.hours") ?? 730) * secondsOfHour;
  const held = { ...Object.fromEntries(counts.map((name) => [name, planned.value(name)])), "egress.monthGb": (edgeBytes / seconds) * (monthS / 1e9), "origin.monthGb": (originBytes / seconds) * (monthS / 1e9), "origin.gets": (originGets / seconds) * (valueOf.get("load.peak") ?? 1) };
  const paid = planner.graph.evaluate(({ name, value }) => valueOf.get(name) ?? value.mid, hits, held);
  const nodes = planner.kinds.map(({ label, cost }): Cost => ({ what: label, perMonth: regions.reduce((sum, { plan }) => sum + plan.value(cost), 0) * day.provision, because: `in ${regions.length} regions, each for its own peak` }));
  return [
    { what: "CDN", perMonth: paid.value("cost.cdn"), because: `${short(edgeBytes / 1e15)} PB in ${short(seconds / secondsOfHour)} h leave the edge; a better contract, fewer bytes thrown away` },
    { what: "traffic of the origin", perMonth: paid.value("cost.origin"), because: `${short(originBytes / 1e15)} PB; larger shields` },
    { what: "requests to object storage", perMonth: paid.value("cost.requests"), because: `${short(originGets)} GETs in that time` },
    { what: "objects", perMonth: paid.value("cost.storage"), because: "the catalogue in every region" },
    ...nodes,
  ];
}

const tbps = (bps: number) => Number((bps / 1e12).toPrecision(3));

function peaksTable(peaks: readonly Peak[]): Table {
  return {
    title: "The most of the day", note: "Each figure at its own time. Edge hits: the lowest ratio of the day.",
    columns: ["", "streams", "sockets", "plays/s", "chunks/s", "edits/s", "sockets opened/s", "edge, Tbit/s", "origin, Tbit/s", "edge hits, %"],
    rows: peaks.map((peak) => [peak.name, ...[peak.playing, peak.sessions, peak.playsPerS, peak.chunksPerS, peak.editsPerS, peak.joinsPerS].map(Math.round), tbps(peak.egressBps), tbps(peak.originBps), Number((100 * peak.leastEdgeHit).toFixed(1))]),
  };
}

function nodesTable({ regions }: Carried, world: planner.Evaluation): Table {
  const kinds = [["cells", "cells"], ...planner.kinds.filter(({ count }) => count !== "ingest.nodes").map(({ label, count }) => [label, count]), ["servers at the edge", "edge.servers"]] as [string, string][];
  return {
    title: "Nodes by region", note: "As the planner has them for each region's own peak. Beside them what one region would need that had the whole world's peak at once.",
    columns: ["", ...regions.map(({ name }) => name), "in all", "in one"],
    rows: kinds.map(([label, count]) => { const each = regions.map(({ plan }) => plan.value(count)); return [label, ...each, each.reduce((sum, one) => sum + one, 0), world.value(count)]; }),
  };
}
