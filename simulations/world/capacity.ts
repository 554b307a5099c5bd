/**
 * What the service of a region is made of, and how full each part is at any load: the planner's own formulas, with nodes for the region's own
 * peak on a day without happenings. Each use is a straight line in each load while the nodes stay (planner/quantities/utilisation.ts), so
 * a few evaluations of the planner give its slopes, and a step of the day costs a product.
 */
import * as planner from "../planner/index.ts";
import type { Baseline } from "./baseline.ts";
import type { WorldDay } from "./description.ts";
import type { NodeKind } from "./happenings.ts";
import type { ResourceResult } from "../run/index.ts";

/** What a region is asked for: counts at one time, bit/s and operations per s. */
export const loads = ["playing", "sockets", "plays", "bandwidth", "searches", "edits", "events", "deliveries", "joins"] as const;
export type Load = (typeof loads)[number];

/** One resource of a region, e.g. the CPU of its gateways. */
export interface Pool {
  readonly name: string;
  readonly label: string;
  readonly kind: ResourceResult["kind"];
  readonly nodeKind: NodeKind | undefined;
  /** What it cannot do at once waits; otherwise it is refused. */
  readonly queues: boolean;
  /** Waits for as long as it takes. */
  readonly patient: boolean;
  /** Use at no load, and by unit of each load. */
  readonly base: number;
  readonly slopes: Float64Array;
  /** Jobs by unit of each load, for the length of its queue. */
  readonly jobs: Float64Array;
}

export interface RegionPlan {
  readonly pools: readonly Pool[];
  /** The planner's value at the region's peak, of any of its quantities. */
  value(name: string): number;
  /** An input of the planner, as it was given for the region. */
  input(name: string): number;
  /** Multiples of plays, and what listeners ask for besides. */
  readonly perPlay: { readonly searches: number; readonly edits: number; readonly events: number };
}

interface Shape {
  readonly kind: ResourceResult["kind"];
  readonly nodeKind?: NodeKind;
  readonly queues?: boolean;
  readonly patient?: boolean;
  readonly jobs?: readonly Load[];
}

const shapes: Readonly<Record<string, Shape>> = {
  "use.gatewayCpu": { kind: "gateway", nodeKind: "gateway", queues: true, jobs: ["plays", "searches", "edits", "events", "deliveries", "joins"] },
  "use.gatewaySockets": { kind: "gateway", nodeKind: "gateway" },
  "use.gatewayMemory": { kind: "gateway", nodeKind: "gateway" },
  "use.sessionCpu": { kind: "node", nodeKind: "session", queues: true, jobs: ["plays", "events"] },
  "use.sessionMemory": { kind: "node", nodeKind: "session" },
  "use.playlistCpu": { kind: "node", nodeKind: "playlist", queues: true, patient: true, jobs: ["edits"] },
  "use.hotPlaylist": { kind: "node", queues: true, patient: true },
  "use.streamingCpu": { kind: "node", nodeKind: "streaming", queues: true, jobs: ["plays"] },
  "use.searchCpu": { kind: "node", nodeKind: "search", queues: true, jobs: ["searches"] },
  "use.searchMemory": { kind: "node" },
  "use.natsCpu": { kind: "nats", nodeKind: "nats", queues: true, jobs: ["plays", "searches", "edits", "events"] },
  "use.redisOps": { kind: "redis", nodeKind: "redis", queues: true, jobs: ["plays"] },
  "use.redisMemory": { kind: "redis", nodeKind: "redis" },
  "use.postgresCommits": { kind: "postgresql", nodeKind: "postgres", queues: true, patient: true, jobs: ["edits", "events"] },
  "use.postgresCpu": { kind: "postgresql", nodeKind: "postgres", queues: true, patient: true, jobs: ["edits", "events"] },
  "use.postgresDisk": { kind: "postgresql" },
  "use.edgeLinks": { kind: "edge", nodeKind: "edge" },
};

/** What the nodes are bought for: as the planner's `counts`, which stay when the load changes. */
export const counts = ["cells", "gateway.perCell", "session.perCell", "playlist.perCell", "streaming.perCell", "search.perCell", "ingest.nodes", "nats.perCell", "redis.shardsPerCell", "postgres.shardsPerCell", "edge.servers"] as const;
const provisioned = new Set<string>(["gateway.perCell", "session.perCell", "playlist.perCell", "streaming.perCell", "search.perCell", "nats.perCell", "redis.shardsPerCell", "postgres.shardsPerCell", "edge.servers"]);

/** Throws DescriptionError for inputs that the planner does not know, NoPlanError where there is none. */
export function regionPlan(day: WorldDay, baseline: Baseline, region: number): RegionPlan {
  const own = baseline.regions[region];
  const described = day.regions[region];
  if (own === undefined || described === undefined) throw new RangeError(`there is no region ${region}`);
  const request = planRequest(day, baseline, { part: own.peakPlaying / day.concurrent, share: described.share, perStream: own.peakSessions / own.peakPlaying });
  const hits = planner.hitRatios(planner.popularityDescription(request.popularity));
  const planned = planner.evaluateAt(request, {}, hits);
  const held = Object.fromEntries(counts.map((name) => [name, provisioned.has(name) ? Math.max(1, Math.round(planned.value(name) * day.provision)) : planned.value(name)]));
  const inputOf = new Map(request.inputs.map(({ name, value }) => [name, value.mid]));
  const nothing = { "load.concurrent": 0, "load.plays": 0, "load.bandwidth": 0, "load.searches": 0, "load.editsPeak": 0, "load.events": 0 };
  const at = (changed: Readonly<Record<string, number>>) => {
    const given: Readonly<Record<string, number>> = { ...nothing, ...changed };
    return planner.graph.evaluate(({ name, value }) => given[name] ?? inputOf.get(name) ?? value.mid, hits, held);
  };
  const online = inputOf.get("presence.online") ?? 0;
  const [zero, reports, sockets, plays, moreOnline] = [at({}), at({ "load.concurrent": 1, "connection.perStream": 0 }), at({ "load.concurrent": 1, "connection.perStream": 1 }), at({ "load.plays": 1 }), at({ "load.plays": 1, "presence.online": online + 1 })];
  const more = moreOnline.value("presence.deliveries") - plays.value("presence.deliveries");
  const by = { bandwidth: at({ "load.bandwidth": 1 }), searches: at({ "load.searches": 1 }), edits: at({ "load.editsPeak": 1 }), events: at({ "load.events": 1 }) };
  const handshake = ((inputOf.get("handshake.us") ?? 0) * 1e-6) / zero.value("gateway.nodes");
  const pools = Object.entries(shapes).map(([name, { kind, nodeKind, queues = false, patient = false, jobs = [] }]): Pool => {
    const base = zero.value(name);
    const slope: Readonly<Record<Load, number>> = {
      playing: reports.value(name) - base,
      sockets: sockets.value(name) - reports.value(name),
      plays: plays.value(name) - base,
      bandwidth: by.bandwidth.value(name) - base,
      searches: by.searches.value(name) - base,
      edits: by.edits.value(name) - base,
      events: by.events.value(name) - base,
      deliveries: more > 0 ? (moreOnline.value(name) - plays.value(name)) / more : 0,
      joins: name === "use.gatewayCpu" ? handshake : 0,
    };
    return { name, label: labelOf(name), kind, nodeKind, queues, patient, base, slopes: Float64Array.from(loads, (load) => slope[load]), jobs: jobsOf(jobs) };
  });
  const input = (name: string): number => inputOf.get(name) ?? unknownInput(name);
  return {
    pools: pools.map((pool) => (pool.name === "use.hotPlaylist" ? { ...pool, jobs: jobsOf(["edits"]).map((one) => one * input("hot.share")) } : pool)),
    input,
    // Nodes as they are held, money of them; load and traffic as planned for.
    value: (name) => (Object.hasOwn(held, name) ? (held[name] ?? 0) : planned.value(name)),
    perPlay: { searches: input("load.searches") / input("load.plays"), edits: input("load.edits") / input("load.plays"), events: input("load.events") / input("load.plays") },
  };
}

const jobsOf = (names: readonly Load[]): Float64Array => Float64Array.from(loads, (load) => (names.includes(load) ? 1 : 0));

function unknownInput(name: string): never {
  throw new RangeError(`the planner has no input ${name}`);
}

const labelOf = (name: string): string => planner.graph.derived.find((one) => one.name === name)?.meaning ?? name;

/** What the planner is asked for a part of the world. `part` of the load at one time, `share` of the users. Everything is at its middle. */
export function planRequest(day: WorldDay, baseline: Baseline, { part, share, perStream }: { readonly part: number; readonly share: number; readonly perStream: number }): planner.PlanRequest {
  const meanKbps = day.tiers.reduce((sum, { rateKbps, share: ofPlays }) => sum + rateKbps * ofPlays, 0);
  const pops = planner.inputs.find(({ name }) => name === "edge.pops")?.value.mid ?? 1;
  const world = day.concurrent / 80e6;
  const inputs: Record<string, number> = { "load.concurrent": day.concurrent, "load.plays": baseline.peakPlays, "load.bandwidth": day.concurrent * meanKbps * 1_000, "rate.mean": meanKbps, "connection.perStream": perStream, "edge.pops": Math.max(1, Math.round(pops * share)) };
  for (const { name, value, scales } of planner.inputs) if (scales) inputs[name] ??= value.mid * world;
  return planner.readRequest({ scale: part, popularity: day.popularity, inputs: { ...inputs, ...day.plan } });
}

/** How full a pool is. */
export function useOf({ base, slopes }: Pool, load: Float64Array, left = 1): number {
  let use = base;
  for (let n = 0; n < slopes.length; n++) use += (slopes[n] as number) * (load[n] as number);
  return use / left;
}

/** Jobs per s that come to a pool. */
export const jobsPerS = ({ jobs }: Pool, load: Float64Array): number => jobs.reduce((sum, weight, n) => sum + weight * (load[n] as number), 0);
