/**
 * What a live run says about what operations cost: CPU of gateways, nodes, generators and everybody else, and how long they take beside.
 *
 * CPU of an operation: each second of the run is an equation, CPU used = sum over operations (done in it x CPU of one) + what is used
 * without any; solved by least squares with no negative cost. Operations whose rates always move together cannot be told apart, so
 * a calibrating run gives every kind a rhythm of its own (`calibrating`), and listening costs what it costs in the run's mix.
 *
 * The rest of an operation's time (network, disk, the system's own ways) is what the run's latencies have beyond those of the model of
 * the same run without any rest, quantile by quantile: waiting that the model knows is not counted twice.
 */
import { meanRatePerS, rateAt, type ArrivalsDescription } from "../arrivals/index.ts";
import { histogramOf, type ResourceResult, type RunResult } from "../run/index.ts";
import type { Scenario } from "../scenario/index.ts";

export interface OperationCost {
  /** CPU, s, on all processes of the kind together. */
  readonly gatewayS: number;
  readonly nodeS: number;
  readonly generatorS: number;
  /** Of NATS, PostgreSQL, Redis and the system itself. */
  readonly othersS: number;
  /** Time beside that, s: quantiles of equal weight, ascending. */
  readonly restS: readonly number[];
}

export interface Calibration {
  readonly scenario: string;
  readonly startedAt: string;
  readonly version: string;
  readonly host: RunResult["host"];
  /** Samples that it rests on. */
  readonly samples: number;
  readonly operations: Readonly<Record<string, OperationCost>>;
  /** CPU of each process of a kind that does nothing, in parts of a core. */
  readonly idle: Readonly<Partial<Record<ResourceResult["kind"], number>>>;
}

/** A run cannot be calibrated from. */
export class CalibrationRefused extends Error {
  override readonly name = "CalibrationRefused";
}

const quantiles = 400;
const secondsLeast = 20;
/** Made of others, and cost nothing themselves. */
const composite: ReadonlySet<string> = new Set(["start"]);

/** The scenario without spikes and faults, each errand coming and going in a rhythm of its own. */
export function calibrating(scenario: Scenario, durationS: number, warmUpS: number): Scenario {
  const { visits: _visits, release: _release, searches, edits, returns, social, ...steady } = scenario;
  return {
    ...steady, durationS, warmUpS, faults: [], thresholds: [],
    ...(searches === undefined ? {} : { searches: { ...searches, arrivals: inRhythm(searches.arrivals, 4_000) } }),
    ...(edits === undefined ? {} : { edits: { ...edits, arrivals: inRhythm(edits.arrivals, 7_000) } }),
    ...(social === undefined ? {} : { social: { ...social, ...(social.star === undefined ? {} : { star: { ...social.star, changes: inRhythm(social.star.changes, 13_000) } }) } }),
    ...(returns === undefined ? {} : { returns: { ...returns, arrivals: inRhythm(returns.arrivals, 11_000) } }),
  };
}

/** The rate before anything happens, or its mean if there is none: twice that for `onMs`, then nothing for as long. */
function inRhythm(description: ArrivalsDescription, onMs: number): ArrivalsDescription {
  const ratePerS = 2 * (rateAt(description, 0) || meanRatePerS(description, 0, rhythmOverMs));
  return { type: "piecewise", repeatMs: 2 * onMs, points: [{ atMs: 0, ratePerS }, { atMs: onMs, ratePerS }, { atMs: onMs, ratePerS: 0 }, { atMs: 2 * onMs, ratePerS: 0 }] };
}

const rhythmOverMs = 120_000;

/** What operations cost, all of their time being CPU and waiting for it. Throws CalibrationRefused. */
export function costsOf(run: RunResult): Calibration {
  if (run.backEnd !== "live") throw new CalibrationRefused("a model cannot be calibrated from a model");
  if (run.verdict === "invalid") throw new CalibrationRefused(`the run is invalid: ${run.reasons.join("; ")}`);
  const seconds = run.series.filter(({ atS }) => atS > 0 && atS <= run.durationS);
  if (seconds.length < secondsLeast) throw new CalibrationRefused(`a run of ${seconds.length} s is too short: at least ${secondsLeast}`);
  const kinds = Object.keys(run.operations).filter((kind) => !composite.has(kind));
  const rows = seconds.map(({ operations }) => [...kinds.map((kind) => operations[kind]?.done ?? 0), 1]);
  const namesOf = (of: ResourceResult["kind"]) => run.resources.filter(({ kind }) => kind === of).map(({ name }) => name);
  const used = (of: ResourceResult["kind"]) => seconds.map(({ resources }) => namesOf(of).reduce((sum, name) => sum + (resources[name]?.utilisation ?? 0), 0));
  const ours = { gateway: used("gateway"), node: used("node"), generator: used("generator") } as const;
  const whole = used("host").map((share) => share * (run.host?.cores ?? 0));
  const costs = {
    gateway: leastSquares(rows, ours.gateway), node: leastSquares(rows, ours.node), generator: leastSquares(rows, ours.generator),
    others: leastSquares(rows, whole.map((cores, n) => Math.max(0, cores - (ours.gateway[n] ?? 0) - (ours.node[n] ?? 0) - (ours.generator[n] ?? 0)))),
  };
  const operations = Object.fromEntries(kinds.map((kind, n): [string, OperationCost] => [
    kind, { gatewayS: costs.gateway[n] ?? 0, nodeS: costs.node[n] ?? 0, generatorS: costs.generator[n] ?? 0, othersS: costs.others[n] ?? 0, restS: [0] },
  ]));
  const idle = Object.fromEntries((["gateway", "node", "generator"] as const).map((kind) => [kind, (costs[kind].at(-1) ?? 0) / Math.max(1, namesOf(kind).length)]));
  const samples = kinds.reduce((sum, kind) => sum + (run.operations[kind]?.done ?? 0), 0);
  return { scenario: run.scenario, startedAt: run.startedAt, version: run.version, host: run.host, samples, operations, idle };
}

/**
 * Costs at a load, from those at two lower ones: an operation takes less CPU the more of them come, because a process that is woken
 * finds several (traffic.md 4.2; two to three times less at 0.6 of a core than at 0.3, `npm run bench -- costs`). Straight over the
 * logarithm of the load, and never less than half of what was seen last.
 */
export function costsAt(load: number, low: { readonly load: number; readonly costs: Calibration }, high: { readonly load: number; readonly costs: Calibration }): Calibration {
  const beyond = Math.log(load / high.load) / Math.log(high.load / low.load);
  const towards = (before: number, last: number) => Math.max(last / 2, last + (last - before) * beyond);
  const operations = Object.fromEntries(Object.entries(high.costs.operations).map(([kind, last]): [string, OperationCost] => {
    const before = low.costs.operations[kind] ?? last;
    return [kind, {
      ...last, gatewayS: towards(before.gatewayS, last.gatewayS), nodeS: towards(before.nodeS, last.nodeS),
      generatorS: towards(before.generatorS, last.generatorS), othersS: towards(before.othersS, last.othersS),
    }];
  }));
  return { ...high.costs, operations, samples: low.costs.samples + high.costs.samples };
}

/** `modelled`: the same run by `costs`. */
export function withRest(costs: Calibration, run: RunResult, modelled: RunResult): Calibration {
  const operations = Object.fromEntries(Object.entries(costs.operations).map(([kind, cost]): [string, OperationCost] => {
    const [was, known] = [run, modelled].map((each) => quantilesOf(each.operations[kind]?.histogram ?? "")) as [number[], number[]];
    return [kind, { ...cost, restS: was.map((ms, n) => Math.max(0, ms - (known[n] ?? 0)) / 1e6).toSorted((one, other) => one - other) }];
  }));
  return { ...costs, operations };
}

/** In microseconds. */
function quantilesOf(encoded: string): number[] {
  const histogram = histogramOf(encoded === "" ? [] : [encoded]);
  return Array.from({ length: quantiles }, (_, at) => histogram.getValueAtPercentile(((at + 0.5) / quantiles) * 100));
}

/** x with the least |Ax - b| among those without a negative part: coordinate descent, which ends for any A. */
export function leastSquares(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const width = rows[0]?.length ?? 0;
  const x: number[] = Array.from({ length: width }, () => 0);
  const rest = [...values];
  const squares = x.map((_, column) => rows.reduce((sum, row) => sum + (row[column] ?? 0) ** 2, 0));
  for (let round = 0; round < 5_000; round++) {
    let moved = 0;
    for (let column = 0; column < width; column++) {
      const square = squares[column] ?? 0;
      if (square === 0) continue;
      const gradient = rows.reduce((sum, row, n) => sum + (row[column] ?? 0) * (rest[n] ?? 0), 0);
      const before = x[column] ?? 0;
      const after = Math.max(0, before + gradient / square);
      if (after === before) continue;
      for (const [n, row] of rows.entries()) rest[n] = (rest[n] ?? 0) - (after - before) * (row[column] ?? 0);
      x[column] = after;
      moved = Math.max(moved, Math.abs(after - before) * Math.sqrt(square));
    }
    if (moved < 1e-12) break;
  }
  return x;
}
