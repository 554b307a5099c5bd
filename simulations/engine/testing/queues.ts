/**
 * Queues with closed forms, as models: what the engine is held against in tests (few customers) and in the bench (3 million). Services
 * take 1 s on average. Run in pairs, one of each pair with its streams read backwards.
 */
import { erlangC, forkJoinMeanS, mg1MeanWaitS, mm1k, mmcMeanWaitS, mmcSojournQuantileS, mmcWaitQuantileS, priorityMeanWaitsS, sharedMeanSojournS } from "../../queueing/index.ts";
import { deterministic, exponential, hyperexponential, merge, Simulation, summaryOf, type Done, type Measured, type Part, type Replication, type StationSummary, type Target } from "../index.ts";
import { meanOf, type Estimate, type Interval } from "../../statistics/index.ts";

export interface QueueInput {
  readonly queue: string;
  /** Of all replications. */
  readonly customers: number;
  readonly replications: number;
}

interface Check {
  readonly what: string;
  readonly expected: number;
  /** From the summary of a station. */
  readonly of: (station: StationSummary) => Estimate;
  readonly station?: string;
}

interface Queue {
  readonly rho: number;
  readonly build: (simulation: Simulation) => Target<number>;
  readonly checks: readonly Check[];
  /** Customers per second at rho 1. */
  readonly ratePerS?: number;
}

const share = (counts: Readonly<Record<string, number>>, part: string, of: string): Estimate => ({ value: (counts[part] ?? 0) / (counts[of] ?? 0), interval: null });
const wait = (of = "wait") => (station: StationSummary) => station.latencies[of]?.mean ?? none;
const sojourn = (station: StationSummary) => station.latencies["sojourn"]?.mean ?? none;
const none: Estimate = { value: Number.NaN, interval: null };

function pool(servers: number, rho: number): Queue {
  const load = { arrivalsPerS: rho * servers, serviceS: 1, servers };
  return {
    rho,
    ratePerS: servers,
    build: (simulation) => simulation.station<number>({ name: "pool", servers, service: exponential(1) }),
    checks: [
      { what: "mean wait", expected: mmcMeanWaitS(load), of: wait() },
      { what: "share that waits", expected: erlangC(servers, rho * servers), of: ({ counts }) => share(counts, "waited", "arrived") },
      { what: "p99 of wait", expected: mmcWaitQuantileS(load, 0.99), of: ({ latencies }) => latencies["wait"]?.p99 ?? none },
      { what: "p99 of sojourn", expected: mmcSojournQuantileS(load, 0.99), of: ({ latencies }) => latencies["sojourn"]?.p99 ?? none },
    ],
  };
}

const one = (rho: number) => ({ arrivalsPerS: rho, serviceS: 1 });
const full = mm1k(one(0.9), 5);
const [urgent = 0, other = 0] = priorityMeanWaitsS([{ ...one(0.3), cs2: 1 }, { ...one(0.5), cs2: 1 }]);

export const queues: Readonly<Record<string, Queue>> = {
  "M/M/1": pool(1, 0.8),
  "M/M/4": pool(4, 0.7),
  "M/M/16": pool(16, 0.8),
  "M/D/1": { rho: 0.8, build: (simulation) => simulation.station<number>({ name: "node", service: deterministic(1) }), checks: [{ what: "mean wait", expected: mg1MeanWaitS(one(0.8), 0), of: wait() }] },
  "M/G/1": { rho: 0.7, build: (simulation) => simulation.station<number>({ name: "node", service: hyperexponential(1, 4) }), checks: [{ what: "mean wait", expected: mg1MeanWaitS(one(0.7), 4), of: wait() }] },
  tandem: {
    rho: 0.7,
    build: (simulation) => {
      const [first, second] = [simulation.station<number>({ name: "first", service: exponential(1) }), simulation.station<number>({ name: "second", service: exponential(1) })];
      return { enter: (job, done) => first.enter(job, (same) => second.enter(same, done)) };
    },
    checks: ["first", "second"].map((station) => ({ what: `mean sojourn, ${station}`, expected: 1 / 0.3, of: sojourn, station })),
  },
  "fork-join": {
    rho: 0.7,
    build: (simulation) => simulation.fork<number>({ name: "fork", branches: ["one", "two"].map((name) => simulation.station<Part<number>>({ name, service: exponential(1) })) }),
    checks: [{ what: "mean sojourn", expected: forkJoinMeanS(one(0.7), 2), of: sojourn, station: "fork" }],
  },
  priority: {
    rho: 0.8,
    build: (simulation) => {
      const classes = simulation.stream("classes");
      const station = simulation.station<number>({ name: "node", service: exponential(1), classes: 2, classOf: (job) => job });
      return { enter: (_, done) => station.enter(classes.chance(0.3 / 0.8) ? 0 : 1, done) };
    },
    checks: [{ what: "mean wait, first class", expected: urgent, of: wait("wait0") }, { what: "mean wait, second class", expected: other, of: wait("wait1") }],
  },
  "M/M/1/K": {
    rho: 0.9,
    build: (simulation) => simulation.station<number>({ name: "node", service: exponential(1), capacity: 5 }),
    checks: [{ what: "share refused", expected: full.blocked, of: ({ counts }) => share(counts, "refused", "arrived") }, { what: "mean sojourn", expected: full.meanSojournS, of: sojourn }],
  },
  "M/G/1-PS": {
    rho: 0.7,
    build: (simulation) => {
      const sizes = simulation.stream("sizes");
      const size = hyperexponential(1_000, 4);
      return simulation.link<number>({ name: "link", rateKbps: 1_000, kilobits: () => size(sizes, 0) });
    },
    checks: [{ what: "mean sojourn", expected: sharedMeanSojournS(one(0.7)), of: sojourn }],
  },
};

const left: Done<number> = () => undefined;

/** Exported for runReplications. */
export function replicate({ seed, number, input }: Replication<QueueInput>): Measured {
  const queue = queues[input.queue];
  if (queue === undefined) throw new RangeError(`there is no queue ${input.queue}`);
  const perS = queue.rho * (queue.ratePerS ?? 1);
  // An empty start is forgotten: 1 % of the run, and a hundred relaxation times of the slowest queue here in the bench.
  const count = Math.ceil(input.customers / input.replications);
  const warmUpS = (0.01 * count) / perS;
  const simulation = new Simulation({ seed, name: `${input.queue}/${number >> 1}`, antithetic: number % 2 === 1, warmUpS });
  const target = queue.build(simulation);
  simulation.source({ name: "customers", gap: exponential(1 / perS), count: Math.ceil(count * 1.01), arrive: (customer) => target.enter(customer, left) });
  simulation.run();
  return simulation.measure();
}

export interface Checked {
  readonly name: string;
  readonly expected: number;
  readonly value: number;
  readonly interval: Interval | null;
  /** Relative. */
  readonly error: number;
  /** Whether the interval of 99 % holds what is expected; undefined where there is none. */
  readonly isInside: boolean | undefined;
}

/**
 * The figures of a queue beside their closed forms. Intervals of latencies take all batches for independent, which is cautious for pairs that
 * make up for each other; those of shares are of the pairs' own shares.
 */
export function check(queue: string, { merged, each }: { readonly merged: Measured; readonly each: readonly Measured[] }): Checked[] {
  const pairs = Array.from({ length: each.length >> 1 }, (_, at) => merge(each.slice(2 * at, 2 * at + 2)));
  return (queues[queue]?.checks ?? []).map(({ what, expected, of, station = Object.keys(merged.stations).at(-1) ?? "" }) => {
    const { value, interval: own } = of(summaryOf(merged, station, 0.99));
    const interval = own ?? meanOf(pairs.map((pair) => of(summaryOf(pair, station, 0.99)).value), 0.99).interval;
    return { name: `${queue}: ${what}`, expected, value, interval, error: value / expected - 1, isInside: interval === null ? undefined : interval[0] <= expected && expected <= interval[1] };
  });
}
