/**
 * Carries a demand through the service, step by step: how full everything is, what waits, what is given up, what caches answer, and how long
 * operations take; a sample a minute. It does not know whether a fluid or events asked.
 */
import type { Sample } from "../run/index.ts";
import type { Baseline } from "./baseline.ts";
import { regionPlan } from "./capacity.ts";
import type { Course } from "./course.ts";
import { playingIn, type Demand } from "./demand.ts";
import type { WorldDay } from "./description.ts";
import { hitsOf, objectsOfDay } from "./edges.ts";
import type { Law } from "./latencies.ts";
import { leftOf, loadAt, operationKinds, type StepLoad } from "./load.ts";
import { RegionService } from "./region.ts";
import { OperationTotals } from "./totals.ts";

export interface Carried {
  readonly regions: readonly RegionService[];
  readonly totals: OperationTotals;
  readonly series: readonly Sample[];
  /** Bytes that left edges and the origin, and requests that came to it. */
  readonly edgeBytes: number;
  readonly originBytes: number;
  readonly originGets: number;
  readonly peaks: readonly Peak[];
}

/** The highest of a region, each at its own time; the last is the world's. */
export interface Peak {
  readonly name: string;
  readonly playing: number;
  readonly sessions: number;
  readonly playsPerS: number;
  readonly chunksPerS: number;
  readonly editsPerS: number;
  readonly joinsPerS: number;
  readonly egressBps: number;
  readonly originBps: number;
  readonly leastEdgeHit: number;
}

interface Flow {
  readonly name: string;
  readonly load: StepLoad;
  readonly playing: number;
  readonly sessions: number;
  readonly edge: number;
  readonly shield: number;
}

const sampleS = 60;
/** Of the time until a chunk is there: a spread of half its mean. */
const chunkSpread = 0.25;

export function carry(day: WorldDay, baseline: Baseline, course: Course, demand: Demand): Carried {
  const { stepS, steps, fromS } = demand;
  const regions = day.regions.map(({ name }, n) => new RegionService(name, regionPlan(day, baseline, n), day.patienceS));
  const objects = objectsOfDay(day);
  const hits = regions.map(({ plan }, region) => hitsOf(region, { day, baseline, course, demand, objects, waste: plan.input("prefetch.waste"), sizes: { pops: plan.input("edge.pops"), edgeBytes: plan.input("edge.bytes"), shieldBytes: plan.input("shield.bytes"), popsPerShield: plan.input("shield.edges") } }));
  const totals = new OperationTotals(regions.length);
  const series: Sample[] = [];
  const each = Math.max(1, Math.round(sampleS / stepS));
  let [edgeBytes, originBytes, originGets, since] = [0, 0, 0, 0];
  let peaks: readonly Peak[] = [];
  for (let step = 0; step < steps; step++) {
    const atS = fromS + (step + 0.5) * stepS;
    const flows = regions.map((region, n): Flow => {
      const load = loadAt({ day, course, demand, plan: region.plan, region: n }, step);
      region.step(load, stepS, (kind) => leftOf(course, n, kind, atS));
      for (const kind of operationKinds) totals.add(kind, n, load.operations[kind] * stepS, load.operations[kind] * stepS * region.refused(kind));
      const served = demand.regions[n];
      return { name: region.name, load, playing: served === undefined ? 0 : playingIn(served, step), sessions: served?.sessions[step] ?? 0, edge: hits[n]?.edge[step] ?? 1, shield: hits[n]?.shield[step] ?? 1 };
    });
    for (const { load, shield } of flows) {
      edgeBytes += (load.egressBps / 8) * stepS;
      originBytes += (load.egressBps / 8) * stepS * (1 - shield);
      originGets += load.operations.chunk * stepS * (1 - shield);
    }
    const all = [...flows.map((flow) => [flow]), flows];
    peaks = all.map((some, n) => higher(peaks[n], peakOf(some.length === 1 && n < flows.length ? (some[0]?.name ?? "") : "the world", some)));
    since++;
    if (since < each && step < steps - 1) continue;
    const operations = totals.sample(since * stepS, (kind, n) => {
      const flow = flows[n];
      const region = regions[n];
      if (flow === undefined || region === undefined) return [];
      return kind === "chunk" ? chunkLaws(day, flow) : [{ share: 1, law: region.law(kind) }];
    });
    since = 0;
    series.push({ atS: Math.round(fromS + (step + 1) * stepS), operations, resources: Object.fromEntries(regions.flatMap((region) => region.resources())), gauges: gaugesOf(day, flows, regions) });
  }
  return { regions, totals, series, edgeBytes, originBytes, originGets, peaks };
}

/** From the edge, from behind the shield, from the origin. */
function chunkLaws({ chunkMs }: WorldDay, { edge, shield }: Flow): readonly { readonly share: number; readonly law: Law }[] {
  return [{ share: edge, law: chunkLaw(chunkMs.edge) }, { share: shield - edge, law: chunkLaw(chunkMs.shield) }, { share: 1 - shield, law: chunkLaw(chunkMs.origin) }];
}

const chunkLaw = (meanMs: number): Law => ({ atLeastMs: 0, meanMs, varianceMs: chunkSpread * meanMs ** 2 });

const total = (flows: readonly Flow[], of: (flow: Flow) => number): number => flows.reduce((sum, flow) => sum + of(flow), 0);
const chunks = ({ load }: Flow): number => load.operations.chunk;
/** Over regions by their requests; 1 where there are none. */
const hitOf = (flows: readonly Flow[], of: "edge" | "shield"): number => (total(flows, chunks) === 0 ? 1 : total(flows, (flow) => flow[of] * chunks(flow)) / total(flows, chunks));

function peakOf(name: string, flows: readonly Flow[]): Peak {
  return {
    name, playing: total(flows, ({ playing }) => playing), sessions: total(flows, ({ sessions }) => sessions), playsPerS: total(flows, ({ load }) => load.operations.play), chunksPerS: total(flows, chunks),
    editsPerS: total(flows, ({ load }) => load.operations.edit), joinsPerS: total(flows, ({ load }) => load.operations.connect), egressBps: total(flows, ({ load }) => load.egressBps),
    originBps: total(flows, ({ load, shield }) => load.egressBps * (1 - shield)), leastEdgeHit: hitOf(flows, "edge"),
  };
}

function higher(one: Peak | undefined, other: Peak): Peak {
  if (one === undefined) return other;
  const most = (of: Exclude<keyof Peak, "name" | "leastEdgeHit">): number => Math.max(one[of], other[of]);
  return {
    name: one.name, playing: most("playing"), sessions: most("sessions"), playsPerS: most("playsPerS"), chunksPerS: most("chunksPerS"), editsPerS: most("editsPerS"), joinsPerS: most("joinsPerS"),
    egressBps: most("egressBps"), originBps: most("originBps"), leastEdgeHit: Math.min(one.leastEdgeHit, other.leastEdgeHit),
  };
}

function gaugesOf(day: WorldDay, flows: readonly Flow[], regions: readonly RegionService[]): Record<string, number> {
  const plays = total(flows, chunks);
  const gauges: Record<string, number> = {
    "streams that play": total(flows, ({ playing }) => playing),
    ...Object.fromEntries(flows.map(({ name, playing }) => [`streams that play, ${name}`, playing])),
    "open sockets": total(flows, ({ sessions }) => sessions),
    "edge hit ratio": hitOf(flows, "edge"),
    "hit ratio of edge and shield": hitOf(flows, "shield"),
    ...Object.fromEntries(flows.map(({ name, edge }) => [`edge hit ratio, ${name}`, edge])),
    "egress of the edge, Tbit/s": total(flows, ({ load }) => load.egressBps) / 1e12,
    "egress of the origin, Tbit/s": total(flows, ({ load, shield }) => load.egressBps * (1 - shield)) / 1e12,
    ...Object.fromEntries(day.tiers.map(({ rateKbps, share }) => [`chunks a second at ${rateKbps} kbit/s`, plays * share])),
    "frames of presence and notices a second": total(flows, ({ load }) => load.frames),
    "sockets opened a second": total(flows, ({ load }) => load.operations.connect),
    "edits that wait": regions.reduce((sum, region) => sum + region.backlog("use.playlistCpu").jobs, 0),
  };
  return Object.fromEntries(Object.entries(gauges).map(([name, value]) => [name, Number(value.toPrecision(6))]));
}
