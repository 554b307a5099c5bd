/**
 * The functions that formulas may call: queues by simulations/queueing, hit ratios by simulations/cache, and what keyed actors need. Each
 * takes the numbers of its arguments; the hit ratios of the popularity in use come along.
 */
import { fluidBacklog, mg1MeanWaitS, mmcMeanWaitS, mmcWaitQuantileS, type Load } from "../queueing/index.ts";
import { catalogueIn, type HitRatios } from "./hit-ratios.ts";

type Formula = (given: readonly number[], hits: HitRatios) => number;

/** A pool whose servers are whole, whatever an interval drew, and which is full rather than refused at a load that is none. */
function pool(servers: number, load: number, service: number, waitOf: (load: Load) => number): number {
  if (!(load > 0 && service > 0)) return 0;
  return load < Infinity ? waitOf({ arrivalsPerS: load / service, serviceS: service, servers: Math.max(1, Math.floor(servers)) }) : Infinity;
}

/** Mean wait in M/M/c, in the unit of `service`; `load`: busy servers, a. */
export const poolWait = (servers: number, load: number, service: number): number => pool(servers, load, service, mmcMeanWaitS);

/** Wait of which 99 % are no longer, M/M/c. */
export const poolWaitP99 = (servers: number, load: number, service: number): number => pool(servers, load, service, (given) => mmcWaitQuantileS(given, 0.99));

/** Mean wait, M/G/1: `busy` = rho, `spread` = squared coefficient of variation of the service. */
export const meanWait = (busy: number, service: number, spread: number): number => pool(1, busy, service, (given) => mg1MeanWaitS(given, spread));

/** A rise from `mean` to `peak` in a line, `hold` s there, and back to the mean, served at `capacity`: what waits at the most, and how long after the peak until nothing does. */
export function backlog(mean: number, peak: number, ramp: number, hold: number, capacity: number): { readonly most: number; readonly drain: number } {
  const back = { seconds: 0, fromPerS: mean, toPerS: mean };
  const { peak: most, peakAtS, drainedAtS } = fluidBacklog([{ seconds: ramp, fromPerS: mean, toPerS: peak }, { seconds: hold, fromPerS: peak, toPerS: peak }, back], capacity);
  return { most, drain: most === 0 ? 0 : drainedAtS - peakAtS };
}

/** 99 % point of a sum of stages by its mean and variance: a gamma distribution, by Wilson and Hilferty's cube. 2 % off for one exponential, less for more. */
export function sumP99(mean: number, variance: number): number {
  const shape = mean ** 2 / variance;
  return mean * (1 - 1 / (9 * shape) + 2.326 / (3 * Math.sqrt(shape))) ** 3;
}

/**
 * Share of a cell's keyed load that the fullest of `nodes` carries. Shards lie on nodes by rendezvous hashing (docs/actors.md), each node's
 * number of them is near Poisson, and the largest of n such is about mean + sqrt(2 ln n mean).
 */
export function hottestShare(shards: number, nodes: number): number {
  if (nodes <= 1) return 1;
  const mean = shards / nodes;
  return Math.min(1, (mean + Math.sqrt(2 * Math.log(nodes) * mean)) / shards);
}

/** Fewest nodes of which the fullest carries at most one node's worth of `load` (in nodes' worths). Infinite when no more than `shards` nodes can do it. */
export function shardNodes(shards: number, load: number): number {
  if (load * hottestShare(shards, 1) <= 1) return 1;
  // A shard is on one node: more nodes than shards leave the rest idle.
  let [low, high] = [1, shards];
  if (load * hottestShare(shards, shards) > 1) return Infinity;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (load * hottestShare(shards, middle) <= 1) high = middle;
    else low = middle;
  }
  return high;
}

const [zero, one, two, three, four] = [0, 1, 2, 3, 4] as const;
const at = (given: readonly number[], n: number): number => given[n] ?? NaN;

const edgeIn = (given: readonly number[]) => ({ bytes: at(given, zero), pinnedTracks: at(given, one) });
const shieldIn = (given: readonly number[]) => ({ bytes: at(given, two), edges: at(given, three) });

export const functions = {
  min: (given) => Math.min(...given),
  max: (given) => Math.max(...given),
  ceil: (given) => Math.ceil(at(given, zero)),
  sqrt: (given) => Math.sqrt(at(given, zero)),
  ln: (given) => Math.log(at(given, zero)),
  poolWait: (given) => poolWait(at(given, zero), at(given, one), at(given, two)),
  poolWaitP99: (given) => poolWaitP99(at(given, zero), at(given, one), at(given, two)),
  meanWait: (given) => meanWait(at(given, zero), at(given, one), at(given, two)),
  backlog: (given) => backlog(at(given, zero), at(given, one), at(given, two), at(given, three), at(given, four)).most,
  drain: (given) => backlog(at(given, zero), at(given, one), at(given, two), at(given, three), at(given, four)).drain,
  sumP99: (given) => sumP99(at(given, zero), at(given, one)),
  hottestShare: (given) => hottestShare(at(given, zero), at(given, one)),
  shardNodes: (given) => shardNodes(at(given, zero), at(given, one)),
  /** Of requests and of bytes, what an edge answers: its bytes, its pinned tracks, the catalogue. */
  edgeHit: (given, hits) => hits.edge(catalogueIn(given.slice(two)), edgeIn(given)).requests,
  edgeByteHit: (given, hits) => hits.edge(catalogueIn(given.slice(two)), edgeIn(given)).bytes,
  /** Of requests and of bytes, what reaches the origin: an edge's bytes, its pinned tracks, a shield's bytes and edges, the catalogue. */
  originRequests: (given, hits) => hits.origin(catalogueIn(given.slice(four)), edgeIn(given), shieldIn(given)).requests,
  originBytes: (given, hits) => hits.origin(catalogueIn(given.slice(four)), edgeIn(given), shieldIn(given)).bytes,
  /** Of plays, those of so many tracks of a catalogue of so many. */
  shareOfTop: (given, hits) => hits.shareOfTop(at(given, zero), at(given, one)),
  /** Tracks of a catalogue of so many that are played at all. */
  playedTracks: (given, hits) => hits.playedTracks(at(given, zero)),
} satisfies Record<string, Formula>;

export type FunctionName = keyof typeof functions;
