/** The part of `npm run simulate -- validate` for goal G15: calibrates on one node, predicts 1, 2 and 3 nodes at several loads, then measures them. */
import { validation, type Recorded } from "../../../simulations/index.ts";
import type { ScratchCluster } from "../../cluster/servers.ts";
import { lanes, largestShare, LiveSystem, ownersOf, placement, type SystemOptions } from "./system.ts";
import { Watch, type Watched } from "./watch.ts";

export interface Size {
  readonly calibrateMs: number;
  readonly measureMs: number;
  readonly saturateMs: number;
  readonly nodes: readonly number[];
  readonly loads: readonly number[];
  readonly replications: number;
}

export interface Calibration {
  readonly serviceMs: readonly number[];
  readonly tripMs: readonly number[];
  /** By load: samples, and their mean. */
  readonly levels: readonly { readonly load: number; readonly samples: number; readonly meanMs: number }[];
  readonly watched: Watched;
}

export interface CellsResult {
  readonly calibration: Omit<Calibration, "serviceMs" | "tripMs"> & { readonly samples: number; readonly meanMs: number; readonly tripP50Ms: number };
  readonly runs: readonly { readonly nodes: number; readonly load: number; readonly calls: number; readonly failed: number; readonly largestShare: number }[];
  readonly cells: readonly validation.Cell[];
  readonly watched: Watched;
}

/** The system that is validated. Callers are gateways; keys are actors. */
export interface Kind {
  readonly slots: number;
  readonly callers: number;
  readonly keys: number;
  readonly meanMs: number;
  readonly probesPerS: number;
}

export const cellKind: Kind = { slots: 4, callers: 4, keys: 1_000, meanMs: 100, probesPerS: 20 };
const warmUpMs = 15_000;
const startInMs = 1_000;
/** One-node systems side by side at each calibrating load. */
const calibratingRuns = 4;
const calibratingLoads = [0.3, 0.7];
/** Of the closed loop: enough that no slot is ever without a call. */
const inFlightPerNode = 24;
const saturatingWarmUpMs = 5_000;
const startedAtOnce = 3;

export const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export async function startAll(cluster: ScratchCluster, all: readonly SystemOptions[]): Promise<LiveSystem[]> {
  const systems: LiveSystem[] = [];
  for (let from = 0; from < all.length; from += startedAtOnce) systems.push(...(await Promise.all(all.slice(from, from + startedAtOnce).map((options) => LiveSystem.start(cluster, options)))));
  return systems;
}

export async function calibrate(cluster: ScratchCluster, kind: Kind, seed: number, prefix: string, runs: number, durationMs: number): Promise<Calibration> {
  const all = calibratingLoads.flatMap((load, level) => Array.from({ length: runs }, (_, run) => ({ load, options: { ...kind, nodes: 1, name: `${prefix}${level}x${run}`, seed } })));
  const systems = await startAll(cluster, all.map(({ options }) => options));
  const watch = new Watch(Object.assign({}, ...systems.map(({ pids }) => pids)) as Record<string, number>);
  const startAt = Date.now() + startInMs;
  const opened = await Promise.all(systems.map((system, n) => system.open({
    calls: { arrivals: { type: "poisson", ratePerS: ((all[n]?.load ?? 0) * kind.slots * 1_000) / kind.meanMs }, seed, name: system.options.name, untilMs: durationMs },
    warmUpMs: 0, startAt, probesPerS: kind.probesPerS,
  })));
  const watched = watch.stop(opened.map(({ recorded }) => recorded));
  const samples = await Promise.all(systems.map(async (system) => (await system.samples()).flat()));
  await Promise.all(systems.map((system) => system.close()));
  const levels = calibratingLoads.map((load) => {
    const of = samples.filter((_, n) => all[n]?.load === load).flat();
    return { load, samples: of.length, meanMs: meanOf(of) };
  });
  return { serviceMs: samples.flat(), tripMs: opened.flatMap(({ probesMs }) => probesMs), levels, watched };
}

export const inSeconds = (ms: readonly number[]): Float64Array => Float64Array.from(ms, (value) => value / 1_000);

export const modelOf = (kind: Kind, nodes: number, calibration: Pick<Calibration, "serviceMs" | "tripMs">): validation.SystemModel =>
  ({ nodes, callers: kind.callers, slots: kind.slots, lanes, serviceS: inSeconds(calibration.serviceMs), tripS: inSeconds(calibration.tripMs) });

const figures = [{ figure: "p50, ms", fraction: 0.5, allowed: 0.05 }, { figure: "p99, ms", fraction: 0.99, allowed: 0.1 }] as const;

interface Planned {
  readonly nodes: number;
  readonly load: number;
  readonly options: SystemOptions;
  readonly calls: Omit<validation.CallsOptions, "keys" | "callers">;
  readonly list: validation.Calls;
  readonly predicted: readonly validation.Prediction[];
}

export async function cells(cluster: ScratchCluster, seed: number, size: Size, say: (line: string) => void): Promise<CellsResult> {
  const kind = cellKind;
  say(`Calibrating on one node, at ${calibratingLoads.join(" and ")} of what it bears, for ${size.calibrateMs / 1_000} s...`);
  const calibration = await calibrate(cluster, kind, seed, "calibrating", calibratingRuns, size.calibrateMs);
  const meanMs = meanOf(calibration.serviceMs);
  say(`${calibration.serviceMs.length} service times, mean ${meanMs.toFixed(1)} ms. Predicting...`);
  // The load of a system is that of its busiest node.
  const planned = size.nodes.flatMap((nodes) => size.loads.map((load): Planned => {
    const options = { ...kind, nodes, name: `n${nodes}u${Math.round(load * 100)}`, seed: seed + 1 };
    const ratePerS = (load * kind.slots * 1_000) / meanMs / largestShare(options);
    const calls = { arrivals: { type: "poisson" as const, ratePerS }, seed, name: options.name, untilMs: warmUpMs + size.measureMs };
    const list = validation.callsOf({ ...calls, keys: kind.keys, callers: kind.callers });
    const model = modelOf(kind, nodes, calibration);
    const open = { atMs: list.atMs, callers: list.callers, owners: ownersOf(list, placement(options)) };
    const replications = Array.from({ length: size.replications }, (_, number) => validation.sortedBetween(list.atMs, validation.answerTimes(model, open, { seed, number, name: options.name }), warmUpMs));
    return { nodes, load, options, calls, list, predicted: figures.map(({ fraction }) => validation.predictionOf(replications.map((sorted) => validation.quantile(sorted, fraction)))) };
  }));
  const saturated = size.nodes.map((nodes) => planned.filter((one) => one.nodes === nodes).map(({ options }) => {
    const list = validation.closedCalls({ seed, keys: kind.keys, callers: kind.callers });
    const load = { inFlight: inFlightPerNode * nodes, callers: list.callers, owners: ownersOf(list, placement(options)), warmUpS: saturatingWarmUpMs / 1_000, durationS: size.saturateMs / 1_000 };
    return Array.from({ length: size.replications }, (_, number) => validation.throughput(modelOf(kind, nodes, calibration), load, { seed, number, name: `${options.name}/closed` }));
  }));
  say(`Starting ${planned.length} systems...`);
  const systems = await startAll(cluster, planned.map(({ options }) => options));
  say(`Measuring them, side by side, for ${size.measureMs / 1_000} s...`);
  const watch = new Watch(Object.assign({}, ...systems.map(({ pids }) => pids)) as Record<string, number>);
  const startAt = Date.now() + startInMs;
  const opened = await Promise.all(systems.map((system, n) => system.open({ calls: (planned[n] as Planned).calls, warmUpMs, startAt, probesPerS: 0 })));
  const watched = watch.stop(opened.map(({ recorded }): Recorded => recorded));
  say(`And at their limit, for ${size.saturateMs / 1_000} s...`);
  const closed = await Promise.all(systems.map((system) => system.closed({ inFlight: inFlightPerNode * system.options.nodes, seed, warmUpMs: saturatingWarmUpMs, durationMs: size.saturateMs })));
  await Promise.all(systems.map((system) => system.close()));

  const latencyCells = planned.flatMap(({ nodes, load, list, predicted }, n) => {
    const measured = validation.sortedBetween(list.atMs, Float64Array.from(opened[n]?.latenciesMs ?? [], (value) => (value < 0 ? Number.NaN : value)), warmUpMs);
    return figures.map(({ figure, fraction, allowed }, at): validation.Cell => ({ of: `${named(nodes)} at ${load}`, figure, allowed, measured: validation.quantile(measured, fraction), predicted: predicted[at] as validation.Prediction }));
  });
  const saturationCells = size.nodes.map((nodes, at): validation.Cell => {
    const rates = closed.filter((_, n) => planned[n]?.nodes === nodes).map(({ perS }) => perS);
    const each = saturated[at] ?? [];
    const predicted = validation.predictionOf(Array.from({ length: size.replications }, (_, number) => meanOf(each.map((one) => one[number] as number))));
    return { of: named(nodes), figure: "saturation, calls/s", allowed: 0.05, measured: meanOf(rates), predicted };
  });
  const { serviceMs, tripMs, ...rest } = calibration;
  return {
    calibration: { ...rest, samples: serviceMs.length, meanMs, tripP50Ms: validation.quantile(tripMs.toSorted((one, other) => one - other), 0.5) },
    runs: planned.map(({ nodes, load, options, list }, n) => ({ nodes, load, calls: list.atMs.length, failed: (opened[n]?.latenciesMs ?? []).filter((value) => value < 0).length, largestShare: largestShare(options) })),
    cells: [...latencyCells, ...saturationCells],
    watched,
  };
}

export const named = (nodes: number): string => (nodes === 1 ? "1 node" : `${nodes} nodes`);
