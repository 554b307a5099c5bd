/**
 * The functions that formulas may call. Closed forms of queues are those of traffic.md 4.2. Each takes the numbers of its arguments; the
 * hit ratios of the popularity in use come along for `hit` and `pinned`.
 */
import type { HitRatios } from "./hit-ratios.ts";

type Formula = (given: readonly number[], hits: HitRatios) => number;

/** Erlang C: chance that an arrival waits in M/M/c. `servers`: c, a whole number from 1; `load`: busy servers, a. 1 from saturation on. */
export function waitChance(servers: number, load: number): number {
  if (load >= servers) return 1;
  if (load <= 0) return 0;
  // Erlang B by its recursion: no factorial overflows.
  let blocked = 1;
  for (let n = 1; n <= servers; n++) blocked = (load * blocked) / (n + load * blocked);
  return (servers * blocked) / (servers - load * (1 - blocked));
}

/** Wait of which 99 % are no longer, M/M/c, in the unit of `service`: P(W > t) = C exp(-(c - a) t / s). */
export function waitP99(servers: number, load: number, service: number): number {
  if (load >= servers) return Infinity;
  return Math.max(0, (Math.log(waitChance(servers, load) / 0.01) * service) / (servers - load));
}

/** Mean wait, M/G/1 (Pollaczek and Khinchine): `busy` = rho, `spread` = squared coefficient of variation of the service. */
export function meanWait(busy: number, service: number, spread: number): number {
  return busy >= 1 ? Infinity : (busy * service * (1 + spread)) / (2 * (1 - busy));
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

const [zero, one, two] = [0, 1, 2] as const;
const at = (given: readonly number[], n: number): number => given[n] ?? NaN;

export const functions = {
  min: (given) => Math.min(...given),
  max: (given) => Math.max(...given),
  ceil: (given) => Math.ceil(at(given, zero)),
  sqrt: (given) => Math.sqrt(at(given, zero)),
  ln: (given) => Math.log(at(given, zero)),
  waitChance: (given) => waitChance(at(given, zero), at(given, one)),
  waitP99: (given) => waitP99(at(given, zero), at(given, one), at(given, two)),
  meanWait: (given) => meanWait(at(given, zero), at(given, one), at(given, two)),
  sumP99: (given) => sumP99(at(given, zero), at(given, one)),
  hottestShare: (given) => hottestShare(at(given, zero), at(given, one)),
  shardNodes: (given) => shardNodes(at(given, zero), at(given, one)),
  /** Request hit ratio of an LRU of so many bytes in front of 100M tracks. */
  hit: (given, hits) => hits.requests(at(given, zero)),
  /** Request hit ratio when the most played 1M of 100M tracks are pinned. */
  pinned: (_, hits) => hits.pinned,
} satisfies Record<string, Formula>;

export type FunctionName = keyof typeof functions;
