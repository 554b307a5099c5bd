/**
 * The part of `npm run simulate -- validate` for goal G15: calibrates on one node, predicts 1, 2 and 3 nodes at several loads, then
 * measures them: as many systems at a time as the machine bears, by what the calibration took of it.
 */
import { validation } from "../../../simulations/index.ts";
import type { ScratchCluster } from "../../cluster/servers.ts";
import { Fleet, lanes, largestShare, ownersOf, placement, type SystemOptions } from "./system.ts";
import { Watch } from "./watch.ts";

export interface Size {
  readonly measureMs: number;
  readonly saturateMs: number;
  readonly nodes: readonly number[];
  readonly loads: readonly number[];
  /** Nodes that a cell's systems have together at a low and at a high load: the busier, the more chance there is in what is measured. */
  readonly nodesPerCell: { readonly low: number; readonly high: number };
  readonly replications: number;
}

export interface Calibration {
  readonly serviceMs: readonly number[];
  readonly tripMs: readonly number[];
  /** By load: samples, and their mean. */
  readonly levels: readonly { readonly load: number; readonly samples: number; readonly meanMs: number }[];
  /** Part of the machine that a node at a load of 1 takes, with all that belongs to it. */
  readonly hostSharePerNode: number;
  readonly watched: validation.Watched;
}

/** The system that is validated. Callers are gateways; keys are actors. */
export interface Kind {
  readonly slots: number;
  readonly callers: number;
  readonly keys: number;
  readonly meanMs: number;
  readonly probesPerS: number;
}

export const cellKind: Kind = { slots: 4, callers: 3, keys: 1_000, meanMs: 100, probesPerS: 4 };
const warmUpMs = 15_000;
const startInMs = 1_000;
const calibratingLoads = [0.3, 0.7];
/** Of the closed loop: enough that no slot is ever without a call. */
const inFlightPerNode = 24;
const saturatingWarmUpMs = 5_000;
/** Processes: one for all nodes would be busy enough to make calls late. */
const [drivers, spread] = [2, 4];
/** Part of the machine that a batch of systems may take by the calibration, which puts it too high: its systems have a server and callers for a node each. At their limit they take more. */
const hostShareAtOnce = 0.6;

export const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export const medianOf = (values: readonly number[]): number => validation.quantile(values.toSorted((one, other) => one - other), 0.5);

/** One-node systems of a calibration at one time: twice as many would fill a machine of two slow cores. */
const calibratedAtOnce = 12;

/** `runs`: one-node systems at each load. */
export async function calibrate(cluster: ScratchCluster, kind: Kind, seed: number, prefix: string, runs: number, durationMs: number): Promise<Calibration> {
  const all = Array.from({ length: runs }, (_, run) => calibratingLoads.map((load, level) => ({ load, options: { ...kind, nodes: 1, name: `${prefix}${level}x${run}`, seed } }))).flat();
  const batches = Array.from({ length: Math.ceil(all.length / calibratedAtOnce) }, (_, n) => all.slice(n * calibratedAtOnce, (n + 1) * calibratedAtOnce));
  const [samples, tripMs, watched]: [(readonly number[])[], number[], validation.Watched[]] = [[], [], []];
  for (const [n, batch] of batches.entries()) {
    const fleet = await Fleet.start(cluster, `${prefix}${n + 1}`, batch.map(({ options }) => options), { drivers, spread, probes: true });
    const startAt = Date.now() + startInMs;
    const watch = new Watch(fleet.pids, startAt);
    const opened = await Promise.all(batch.map(({ load, options }, system) => fleet.open(system, {
      calls: { arrivals: { type: "poisson", ratePerS: (load * kind.slots * 1_000) / kind.meanMs }, seed, name: options.name, untilMs: durationMs },
      warmUpMs: 0, startAt, probesPerS: kind.probesPerS,
    })));
    watched.push(watch.stop(opened.map(({ recorded }) => recorded)));
    tripMs.push(...opened.flatMap(({ probesMs }) => probesMs));
    samples.push(...(await fleet.samples()));
    fleet.mustBeWhole();
    await fleet.close();
  }
  const levels = calibratingLoads.map((load) => {
    const of = samples.filter((_, n) => all[n]?.load === load).flat();
    return { load, samples: of.length, meanMs: meanOf(of) };
  });
  const meanwhile = validation.watchedTogether(watched);
  return { serviceMs: samples.flat(), tripMs, levels, watched: meanwhile, hostSharePerNode: (meanwhile.hostShare * batches.length) / all.reduce((sum, { load }) => sum + load, 0) };
}

export const inSeconds = (ms: readonly number[]): Float64Array => Float64Array.from(ms, (value) => value / 1_000);

export const modelOf = (kind: Kind, nodes: number, calibration: Pick<Calibration, "serviceMs" | "tripMs">): validation.SystemModel =>
  ({ nodes, callers: kind.callers, slots: kind.slots, lanes, serviceS: inSeconds(calibration.serviceMs), tripS: inSeconds(calibration.tripMs) });

const highLoad = 0.7;
const runsOf = (nodes: number, load: number, { nodesPerCell }: Size): number => Math.max(1, Math.round((load >= highLoad ? nodesPerCell.high : nodesPerCell.low) / nodes));

const figures = [{ figure: "p50, ms", fraction: 0.5, allowed: 0.05 }, { figure: "p99, ms", fraction: 0.99, allowed: 0.1 }] as const;

/** One system at one load. */
interface Run {
  readonly nodes: number;
  readonly load: number;
  readonly options: SystemOptions;
  readonly calls: Omit<validation.CallsOptions, "keys" | "callers">;
  readonly list: validation.Calls;
  readonly owners: Int32Array;
}

/** The load of a system is that of its busiest node. */
function runOf(kind: Kind, seed: number, nodes: number, load: number, run: number, meanMs: number, measureMs: number): Run {
  const options = { ...kind, nodes, name: `n${nodes}u${Math.round(load * 100)}x${run}`, seed: seed + 1 };
  const calls = { arrivals: { type: "poisson" as const, ratePerS: (load * kind.slots * 1_000) / meanMs / largestShare(options) }, seed, name: options.name, untilMs: warmUpMs + measureMs };
  const list = validation.callsOf({ ...calls, keys: kind.keys, callers: kind.callers });
  return { nodes, load, options, calls, list, owners: ownersOf(list, placement(options)) };
}

/** Of several runs together, those that were meant to begin after the warm-up, sorted. */
const together = (runs: readonly Run[], latenciesOf: (run: Run) => Float64Array): Float64Array => Float64Array.from(runs.flatMap((run) => [...validation.sortedBetween(run.list.atMs, latenciesOf(run), warmUpMs)])).toSorted();

/** What was seen of a run: by call, ms, NaN of one that was not answered; and calls/s at its limit. `failed`: there and before. */
interface Measured {
  readonly latencies: Float64Array;
  readonly perS: number;
  readonly failed: number;
}

interface Batch {
  readonly found: readonly Measured[];
  readonly watched: validation.Watched;
  readonly watchedAtLimit: validation.Watched;
}

/** These systems side by side: at their loads, then at their limit. `name`: of their processes. */
async function measure(cluster: ScratchCluster, name: string, runs: readonly Run[], seed: number, size: Size, say: (line: string) => void): Promise<Batch> {
  const fleet = await Fleet.start(cluster, name, runs.map(({ options }) => options), { drivers, spread });
  say(`Measuring them, side by side, for ${size.measureMs / 1_000} s...`);
  const startAt = Date.now() + startInMs;
  const watch = new Watch(fleet.pids, startAt + warmUpMs);
  const opened = await Promise.all(runs.map(({ calls }, n) => fleet.open(n, { calls, warmUpMs, startAt, probesPerS: 0 })));
  const watched = watch.stop(opened.map(({ recorded }) => recorded));
  say(`And at their limit, for ${size.saturateMs / 1_000} s...`);
  const atLimit = new Watch(fleet.pids, Date.now() + saturatingWarmUpMs);
  const closed = await Promise.all(runs.map(({ nodes }, n) => fleet.closed(n, { inFlight: inFlightPerNode * nodes, seed, warmUpMs: saturatingWarmUpMs, durationMs: size.saturateMs })));
  const watchedAtLimit = atLimit.stop([]);
  fleet.mustBeWhole();
  await fleet.close();
  return { found: opened.map(({ latencies, failed }, n) => ({ latencies, perS: closed[n]?.perS ?? Number.NaN, failed: failed + (closed[n]?.failed ?? 0) })), watched, watchedAtLimit };
}

/** What is predicted follows from the calibration and the seed alone: it is computed afterwards, when the machine has nothing to measure. */
export async function cells(cluster: ScratchCluster, seed: number, size: Size, calibration: Calibration, say: (line: string) => void): Promise<validation.CellsFound> {
  const kind = cellKind;
  const meanMs = meanOf(calibration.serviceMs);
  const groups = size.nodes.flatMap((nodes) => size.loads.map((load) => ({
    nodes, load, runs: Array.from({ length: runsOf(nodes, load, size) }, (_, run) => runOf(kind, seed, nodes, load, run, meanMs, size.measureMs)),
  })));
  const all = groups.flatMap(({ runs }) => runs);
  const batches = validation.batchesOf(all, ({ nodes, load }) => nodes * load * calibration.hostSharePerNode, hostShareAtOnce);
  const seen = new Map<Run, Measured>();
  const judged: Batch[] = [];
  for (const [n, runs] of batches.entries()) {
    say(`Batch ${n + 1} of ${batches.length}: starting ${runs.length} systems...`);
    const batch = await measure(cluster, `cells${n + 1}`, runs, seed, size, say);
    for (const [at, found] of batch.found.entries()) seen.set(runs[at] as Run, found);
    judged.push(batch);
  }
  say("Predicting the same...");
  const predicted = groups.map(({ nodes, runs }) => {
    const model = modelOf(kind, nodes, calibration);
    const replications = Array.from({ length: size.replications }, (_, number) => {
      const sorted = together(runs, ({ list, owners, options }) => validation.answerTimes(model, { atMs: list.atMs, callers: list.callers, owners }, { seed, number, name: options.name }));
      return figures.map(({ fraction }) => validation.quantile(sorted, fraction));
    });
    return figures.map((_, at) => validation.predictionOf(replications.map((one) => one[at] as number)));
  });
  const closedList = validation.closedCalls({ seed, keys: kind.keys, callers: kind.callers });
  const limits = size.nodes.map((nodes) => {
    const model = modelOf(kind, nodes, calibration);
    const loads = all.filter((run) => run.nodes === nodes).map(({ options }) => ({ name: `${options.name}/closed`, load: { inFlight: inFlightPerNode * nodes, callers: closedList.callers, owners: ownersOf(closedList, placement(options)), warmUpS: saturatingWarmUpMs / 1_000, durationS: size.saturateMs / 1_000 } }));
    return validation.predictionOf(Array.from({ length: size.replications }, (_, number) => meanOf(loads.map(({ name, load }) => validation.throughput(model, load, { seed, number, name })))));
  });

  const latenciesOf = (run: Run) => seen.get(run)?.latencies ?? new Float64Array();
  const latencyCells = groups.flatMap(({ nodes, load, runs }, n) => {
    const measured = together(runs, latenciesOf);
    return figures.map(({ figure, fraction, allowed }, at): validation.Cell => ({ of: `${named(nodes)} at ${load}`, figure, allowed, measured: validation.quantile(measured, fraction), predicted: predicted[n]?.[at] as validation.Prediction }));
  });
  const limitCells = size.nodes.map((nodes, at): validation.Cell => ({ of: named(nodes), figure: "saturation, calls/s", allowed: 0.05, measured: meanOf(all.filter((run) => run.nodes === nodes).map((run) => seen.get(run)?.perS ?? Number.NaN)), predicted: limits[at] as validation.Prediction }));
  return {
    runs: groups.map(({ nodes, load, runs }) => ({
      nodes, load, systems: runs.length, calls: runs.reduce((sum, { list }) => sum + list.atMs.length, 0),
      failed: runs.reduce((sum, run) => sum + (seen.get(run)?.failed ?? 0), 0), largestShare: Math.max(...runs.map(({ options }) => largestShare(options))),
    })),
    cells: [...latencyCells, ...limitCells],
    batches: batches.length,
    watched: validation.watchedTogether(judged.map(({ watched }) => watched), judged.map(({ watchedAtLimit }) => watchedAtLimit)),
  };
}

export const named = (nodes: number): string => (nodes === 1 ? "1 node" : `${nodes} nodes`);
