/**
 * The plan: everything at the middle of each input, the range of each answer over the drawn worlds, the counts that one regrets least, what
 * breaks first, what contradicts what, and what would make it cheaper. A pure function of the request: the same request, the same plan.
 */
import { contradictionsOf, type Contradiction } from "./contradictions.ts";
import { graphOf, NoPlanError, type Evaluation, type Graph } from "./graph.ts";
import { hitRatios, popularityDescription, type HitRatios } from "./hit-ratios.ts";
import { inputs } from "./inputs/index.ts";
import { cells, counts, quantities, resources } from "./quantities/index.ts";
import type { GivenInput, PlanRequest } from "./request.ts";
import { drawWorlds, leastRegret, rangeOf, type Range } from "./worlds.ts";

export interface Quantity extends Range {
  readonly name: string;
  readonly unit: string;
  readonly formula: string;
  readonly meaning: string;
  readonly mid: number;
}

/** Nodes, servers or shards of one kind. `cost` names what they cost together. */
export interface Kind {
  readonly label: string;
  readonly perCell: string | null;
  readonly count: string;
  readonly cost: string;
}

export interface Regretted {
  readonly count: string;
  readonly leastRegret: number;
}

export interface Resource {
  readonly name: string;
  readonly label: string;
  readonly use: number;
  /** The multiple of the load at which it is full, all counts as planned; null for what does not grow with the load. */
  readonly breaksAt: number | null;
}

/** What another value of one input would change. */
export interface Change {
  readonly input: string;
  readonly from: number;
  readonly to: number;
  readonly cost: number;
  readonly nodes: number;
}

/** How far one input's interval moves the cost. */
export interface Mover {
  readonly input: string;
  readonly atLow: number;
  readonly atHigh: number;
}

/** Edges with a shield of another size behind them: as an LRU, and with the most played tracks pinned at every edge. */
export interface ShieldChoice {
  readonly shieldBytes: number;
  readonly lru: Behind;
  readonly pinned: Behind;
}

export interface Behind {
  /** Of requests. */
  readonly edgeHit: number;
  readonly edgeMissBps: number;
  readonly originBps: number;
}

export interface Plan {
  readonly request: PlanRequest;
  readonly quantities: readonly Quantity[];
  readonly leastRegret: readonly Regretted[];
  readonly leastRegretCost: number;
  readonly resources: readonly Resource[];
  readonly shields: readonly ShieldChoice[];
  readonly contradictions: readonly Contradiction[];
  readonly levers: readonly Change[];
  readonly movers: readonly Mover[];
  readonly impossibleDraws: number;
}

export const kinds: readonly Kind[] = [
  { label: "gateways", perCell: "gateway.perCell", count: "gateway.nodes", cost: "cost.gateway" },
  { label: "sessions, presence", perCell: "session.perCell", count: "session.nodes", cost: "cost.session" },
  { label: "playlists", perCell: "playlist.perCell", count: "playlist.nodes", cost: "cost.playlist" },
  { label: "streaming, catalog, rights", perCell: "streaming.perCell", count: "streaming.nodes", cost: "cost.streaming" },
  { label: "search", perCell: "search.perCell", count: "search.nodes", cost: "cost.search" },
  { label: "ingest", perCell: null, count: "ingest.nodes", cost: "cost.ingest" },
  { label: "NATS servers", perCell: "nats.perCell", count: "nats.servers", cost: "cost.nats" },
  { label: "Redis servers", perCell: null, count: "redis.servers", cost: "cost.redis" },
  { label: "PostgreSQL servers", perCell: null, count: "postgres.servers", cost: "cost.postgres" },
];

/** Two chunks ahead and no more (traffic.md 3.3), larger shields, a better contract, fewer reports, more sockets, more shards. */
const levers: readonly { readonly input: string; readonly to: number }[] = [
  { input: "prefetch.waste", to: 0.018 },
  { input: "shield.bytes", to: 500e12 },
  { input: "price.cdnRest", to: 0.002 },
  { input: "report.seconds", to: 16 },
  { input: "gateway.connections", to: 100e3 },
  { input: "actors.shards", to: 1024 },
];

const shownMovers = 8;

/** The graph of the planner: built once, it keeps nothing between evaluations. */
export const graph: Graph = graphOf(inputs, quantities, cells);

const ratios = new WeakMap<PlanRequest, HitRatios>();

/** Of the request's popularity; one for all that is asked of a request, as it remembers its answers. */
export function hitsFor(request: PlanRequest): HitRatios {
  const known = ratios.get(request) ?? hitRatios(popularityDescription(request.popularity));
  ratios.set(request, known);
  return known;
}

/** Everything at the middle of each input, those in `changed` at other values. Throws NoPlanError. */
export function evaluateAt(request: PlanRequest, changed: Readonly<Record<string, number>> = {}, hits: HitRatios = hitsFor(request)): Evaluation {
  const values = new Map(request.inputs.map(({ name, value }) => [name, changed[name] ?? value.mid]));
  return graph.evaluate(({ name, value }) => values.get(name) ?? value.mid, hits);
}

/** Resources by how soon they break, those that do not grow with the load at the end. `evaluation` is that of the request with the same changes. */
export function resourcesAt(request: PlanRequest, evaluation: Evaluation, changed: Readonly<Record<string, number>> = {}, hits: HitRatios = hitsFor(request)): Resource[] {
  const held = Object.fromEntries(counts.map((name) => [name, evaluation.value(name)]));
  const values = new Map(request.inputs.map(({ name, value, scales }) => [name, (changed[name] ?? value.mid) * (scales ? 2 : 1)]));
  const doubled = graph.evaluate(({ name, value }) => values.get(name) ?? value.mid, hits, held);
  return resources
    .map(({ name, meaning }): Resource => {
      const use = evaluation.value(name);
      const growth = doubled.value(name) - use;
      return { name, label: meaning, use, breaksAt: growth > use * 1e-9 ? 1 + (1 - use) / growth : null };
    })
    .toSorted((one, other) => (one.breaksAt ?? Infinity) - (other.breaksAt ?? Infinity) || other.use - one.use);
}

/** Throws NoPlanError when the middle of the inputs has no plan. `hits` stands in for those of the popularity. */
export function planOf(request: PlanRequest, hits: HitRatios = hitsFor(request)): Plan {
  const mid = evaluateAt(request, {}, hits);
  const all = [{ ...cells, formula: `the least whole number for which ${cells.bounded} <= ${cells.bound}` }, ...quantities];
  const worlds = drawWorlds(graph, request, hits, all.map(({ name }) => name));
  const valuesOf = (name: string): Float64Array => worlds.values.get(name) ?? new Float64Array();
  const regretted = kinds.map(({ count }): Regretted => ({ count, leastRegret: leastRegret(valuesOf(count)) }));
  const unitCost = (kind: Kind): number => mid.value(kind.cost) / mid.value(kind.count);
  return {
    request,
    quantities: all.map(({ name, unit, formula, meaning }) => ({ name, unit, formula, meaning, mid: mid.value(name), ...rangeOf(valuesOf(name)) })),
    leastRegret: regretted,
    leastRegretCost: kinds.reduce((sum, kind) => sum + unitCost(kind) * (regretted.find(({ count }) => count === kind.count)?.leastRegret ?? NaN), 0),
    resources: resourcesAt(request, mid, {}, hits),
    shields: shieldTimes.map((times) => shieldChoice(request, mid.value("shield.bytes") * times, hits)),
    contradictions: contradictionsOf(mid),
    levers: changesOf(request, mid, hits),
    movers: moversOf(request, hits),
    impossibleDraws: worlds.impossible,
  };
}

/** 50, 150 and 500 TB, as traffic.md 4.3 has them. */
const shieldTimes = [1 / 3, 1, 10 / 3] as const;

function shieldChoice(request: PlanRequest, shieldBytes: number, hits: HitRatios): ShieldChoice {
  const { value } = evaluateAt(request, { "shield.bytes": shieldBytes }, hits);
  return {
    shieldBytes,
    lru: { edgeHit: value("edge.hit"), edgeMissBps: value("edge.missBps"), originBps: value("origin.bps") },
    pinned: { edgeHit: value("edge.pinnedHit"), edgeMissBps: value("edge.pinnedMissBps"), originBps: value("origin.pinnedBps") },
  };
}

function changesOf(request: PlanRequest, mid: Evaluation, hits: HitRatios): Change[] {
  return levers.flatMap(({ input, to }) => {
    const from = request.inputs.find(({ name }) => name === input)?.value.mid ?? to;
    const other = costsAt(request, { [input]: to }, hits);
    return from === to || other === null ? [] : [{ input, from, to, cost: other.value("cost") - mid.value("cost"), nodes: other.value("nodes") - mid.value("nodes") }];
  });
}

function moversOf(request: PlanRequest, hits: HitRatios): Mover[] {
  const costOf = (input: GivenInput, at: number): number => costsAt(request, { [input.name]: at }, hits)?.value("cost") ?? NaN;
  const span = ({ atLow, atHigh }: Mover): number => Math.abs(atHigh - atLow);
  return request.inputs
    .filter(({ value }) => value.low < value.high)
    .map((input): Mover => ({ input: input.name, atLow: costOf(input, input.value.low), atHigh: costOf(input, input.value.high) }))
    .filter((mover) => span(mover) > 0)
    .toSorted((one, other) => span(other) - span(one))
    .slice(0, shownMovers);
}

/** Null where there is no plan: a lever may ask for what cannot be. */
function costsAt(request: PlanRequest, changed: Readonly<Record<string, number>>, hits: HitRatios): Evaluation | null {
  try {
    return evaluateAt(request, changed, hits);
  } catch (error) {
    if (error instanceof NoPlanError) return null;
    throw error;
  }
}
