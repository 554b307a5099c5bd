/** One region's service through the day: how full each pool is, what waits before it, what is given up. */
import { backlogAfter } from "./backlog.ts";
import { jobsPerS, useOf, type Pool, type RegionPlan } from "./capacity.ts";
import { lawOf, poolsOf, type Law, type PoolState } from "./latencies.ts";
import type { OperationKind, StepLoad } from "./load.ts";
import type { ResourceResult } from "../run/index.ts";

interface Track {
  readonly pool: Pool;
  use: number;
  waitS: number;
  queue: number;
  /** Of what came in the last step, what was given up or refused. */
  refused: number;
  useSum: number;
  maxUse: number;
  queueSum: number;
  maxQueue: number;
}

const idle: PoolState = { use: 0, waitS: 0 };

export class RegionService {
  readonly name: string;
  readonly plan: RegionPlan;
  readonly #tracks: readonly Track[];
  readonly #byName: ReadonlyMap<string, Track>;
  readonly #patienceS: number;
  #steps = 0;

  constructor(name: string, plan: RegionPlan, patienceS: number) {
    this.name = name;
    this.plan = plan;
    this.#patienceS = patienceS;
    this.#tracks = plan.pools.map((pool) => ({ pool, use: Number.NaN, waitS: 0, queue: 0, refused: 0, useSum: 0, maxUse: 0, queueSum: 0, maxQueue: 0 }));
    this.#byName = new Map(this.#tracks.map((track) => [track.pool.name, track]));
  }

  /** `leftOf`: of the nodes of a kind, the share that is there. */
  step({ load }: StepLoad, stepS: number, leftOf: (kind: string | undefined) => number): void {
    this.#steps++;
    for (const track of this.#tracks) {
      const { pool } = track;
      const use = useOf(pool, load, leftOf(pool.nodeKind));
      const before = Number.isNaN(track.use) ? use : track.use;
      if (pool.queues) {
        const { waitS, givenUpS } = backlogAfter(track.waitS, before, use, stepS, pool.patient ? Infinity : this.#patienceS);
        track.waitS = waitS;
        track.refused = givenUpS > 0 ? Math.min(1, givenUpS / (((before + use) / 2) * stepS)) : 0;
        track.queue = waitS > 0 ? (waitS * jobsPerS(pool, load)) / use : 0;
      } else track.refused = use > 1 ? 1 - 1 / use : 0;
      track.use = use;
      track.useSum += use;
      track.maxUse = Math.max(track.maxUse, use);
      track.queueSum += track.queue;
      track.maxQueue = Math.max(track.maxQueue, track.queue);
    }
  }

  /** Of operations of a kind, those that are refused or given up in the last step. */
  refused(kind: OperationKind): number {
    const pools = kind === "chunk" ? ["use.edgeLinks"] : kind === "connect" ? [...poolsOf(kind), "use.gatewaySockets"] : poolsOf(kind);
    return Math.max(0, ...pools.map((name) => this.#byName.get(name)?.refused ?? 0));
  }

  law(kind: Exclude<OperationKind, "chunk">): Law {
    return lawOf(kind, this.plan, (name) => this.#byName.get(name) ?? idle);
  }

  /** Seconds of work before a pool, and jobs that wait. */
  backlog(pool: string): { readonly waitS: number; readonly jobs: number } {
    const track = this.#byName.get(pool);
    return { waitS: track?.waitS ?? 0, jobs: track?.queue ?? 0 };
  }

  resources(): (readonly [string, { readonly utilisation: number; readonly queue: number }])[] {
    return this.#tracks.map(({ pool, use, queue }) => [`${this.name}: ${pool.label}`, { utilisation: round(use), queue: round(queue) }]);
  }

  /** Headroom: of the load at the pool's fullest moment. */
  results(): ResourceResult[] {
    return this.#tracks.map(({ pool, useSum, maxUse, queueSum, maxQueue }) => ({
      name: `${this.name}: ${pool.label}`, kind: pool.kind, meanUtilisation: useSum / this.#steps, maxUtilisation: maxUse, meanQueue: queueSum / this.#steps, maxQueue,
      headroom: maxUse - pool.base > 1e-9 ? (1 - pool.base) / (maxUse - pool.base) : Infinity,
    }));
  }
}

const round = (value: number): number => Number(value.toPrecision(6));
