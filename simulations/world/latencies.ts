/**
 * How long operations take at a moment: the planner's stages (planner/quantities/utilisation.ts) at the use of that moment, and the backlog
 * before them. A node of one core is M/G/1, a search node M/M/c; a sum of stages is taken for a gamma distribution of its mean and
 * variance (Wilson and Hilferty 1931). Close to 1 a stationary wait has no meaning: there the backlog tells, and use counts as 0.98 at most.
 */
import { mg1MeanWaitS, mmcMeanWaitS } from "../queueing/index.ts";
import type { RegionPlan } from "./capacity.ts";
import type { OperationKind } from "./load.ts";

/** Of a pool at a moment. */
export interface PoolState {
  readonly use: number;
  readonly waitS: number;
}

export interface Law {
  /** Ms that all have in common: backlog, network, pauses. */
  readonly atLeastMs: number;
  readonly meanMs: number;
  readonly varianceMs: number;
}

const mostUse = 0.98;

/** Pools that an operation passes, with its CPU there in us. */
const ways: Readonly<Record<Exclude<OperationKind, "chunk">, readonly (readonly [pool: string, costUs: string])[]>> = {
  play: [["use.gatewayCpu", "play.gatewayUs"], ["use.streamingCpu", "play.streamingUs"], ["use.sessionCpu", "play.sessionUs"]],
  search: [["use.gatewayCpu", "search.gatewayUs"], ["use.searchCpu", "search"]],
  edit: [["use.gatewayCpu", "edit.gatewayUs"], ["use.playlistCpu", "edit.playlistUs"], ["use.postgresCommits", "commit"]],
  report: [["use.gatewayCpu", "report.gatewayUs"], ["use.sessionCpu", "report.sessionUs"]],
  event: [["use.gatewayCpu", "event.gatewayUs"], ["use.sessionCpu", "event.sessionUs"]],
  connect: [["use.gatewayCpu", "handshake.us"]],
};

export const poolsOf = (kind: OperationKind): readonly string[] => (kind === "chunk" ? [] : ways[kind].map(([pool]) => pool));

export function lawOf(kind: Exclude<OperationKind, "chunk">, plan: RegionPlan, stateOf: (pool: string) => PoolState): Law {
  const calls = kind === "play" ? plan.input("play.remote") : kind === "connect" ? 0 : 1;
  let [atLeastMs, meanMs, varianceMs] = [2 * calls * plan.input("network.ms"), 0, 0];
  for (const [pool, cost] of ways[kind]) {
    const { use, waitS } = stateOf(pool);
    const stageMs = stageOf(pool, cost, plan, Math.min(mostUse, Math.max(0, use)));
    atLeastMs += waitS * 1_000;
    meanMs += stageMs;
    varianceMs += stageMs ** 2;
  }
  return { atLeastMs, meanMs, varianceMs };
}

/** Wait and service. */
function stageOf(pool: string, cost: string, plan: RegionPlan, use: number): number {
  if (cost === "commit") return plan.input("commit.ms");
  if (cost === "search") {
    const [serviceS, servers] = [plan.value("search.seconds"), Math.round(plan.input("search.cores"))];
    return 1_000 * (serviceS + mmcMeanWaitS({ arrivalsPerS: (use * servers) / serviceS, serviceS, servers }));
  }
  const mixedMs = pool === "use.playlistCpu" ? plan.input("edit.playlistUs") / 1_000 : plan.value(`${pool.slice("use.".length, -"Cpu".length)}.serviceMs`);
  return plan.input(cost) / 1_000 + 1_000 * mg1MeanWaitS({ arrivalsPerS: (use * 1_000) / mixedMs, serviceS: mixedMs / 1_000 }, plan.input("service.spread"));
}

/** Parts of a distribution, each with its middle: 50, 90, 99 and 99.9 % are middles. */
const edges = [0, 0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.87, 0.93, 0.96, 0.985, 0.995, 0.9985, 0.9995, 0.9999, 1] as const;
const parts = edges.slice(1).map((edge, n) => ({ weight: edge - (edges[n] ?? 0), z: normalQuantile((edge + (edges[n] ?? 0)) / 2) }));

/** Values in ms, each with its part of the weight. */
export function valuesOf({ atLeastMs, meanMs, varianceMs }: Law): readonly { readonly ms: number; readonly weight: number }[] {
  const shape = meanMs ** 2 / varianceMs;
  return parts.map(({ weight, z }) => ({ weight, ms: atLeastMs + meanMs * Math.max(0, 1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape))) ** 3 }));
}

/** To 4.5e-4 (Hastings 1955, Abramowitz and Stegun 26.2.23). */
function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
  const z = t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
  return p < 0.5 ? -z : z;
}
