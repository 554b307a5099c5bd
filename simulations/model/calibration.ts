/**
 * What a live run says about what operations cost: CPU on gateways and nodes, and how long they take beside that.
 *
 * CPU of an operation: each second of the run is an equation, CPU used = sum over operations (done in it x CPU of one) + what is used
 * without any; solved by least squares with no negative cost. Operations whose rates always move together cannot be told apart, so
 * the costs hold for mixes like that of the run. The rest of an operation's time (network, disk, other programs) is the run's own
 * latencies less its CPU: calibrate at a load at which hardly anything waits.
 */
import { histogramOf, type ResourceResult, type RunResult } from "../run/index.ts";

export interface OperationCost {
  /** CPU, s, on all nodes of the kind together. */
  readonly gatewayS: number;
  readonly nodeS: number;
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
  /** CPU of a gateway and of a node that does nothing, in parts of a core. */
  readonly idle: { readonly gateway: number; readonly node: number };
}

/** A run cannot be calibrated from. */
export class CalibrationRefused extends Error {
  override readonly name = "CalibrationRefused";
}

const quantiles = 400;
const secondsLeast = 20;
/** Made of others, and cost nothing themselves. */
const composite: ReadonlySet<string> = new Set(["start"]);

/** Throws CalibrationRefused. */
export function calibrationOf(run: RunResult): Calibration {
  if (run.backEnd !== "live") throw new CalibrationRefused("a model cannot be calibrated from a model");
  if (run.verdict === "invalid") throw new CalibrationRefused(`the run is invalid: ${run.reasons.join("; ")}`);
  const seconds = run.series.filter(({ atS }) => atS > 0 && atS <= run.durationS);
  if (seconds.length < secondsLeast) throw new CalibrationRefused(`a run of ${seconds.length} s is too short: at least ${secondsLeast}`);
  const kinds = Object.keys(run.operations).filter((kind) => !composite.has(kind));
  const rows = seconds.map(({ operations }) => [...kinds.map((kind) => operations[kind]?.done ?? 0), 1]);
  const solve = (of: ResourceResult["kind"]) => {
    const names = run.resources.filter(({ kind }) => kind === of).map(({ name }) => name);
    const costs = leastSquares(rows, seconds.map(({ resources }) => names.reduce((sum, name) => sum + (resources[name]?.utilisation ?? 0), 0)));
    return { costs, idle: (costs.at(-1) ?? 0) / Math.max(1, names.length) };
  };
  const [gateway, node] = [solve("gateway"), solve("node")];
  const operations = Object.fromEntries(kinds.map((kind, n): [string, OperationCost] => {
    const [gatewayS, nodeS] = [gateway.costs[n] ?? 0, node.costs[n] ?? 0];
    const histogram = histogramOf([run.operations[kind]?.histogram ?? ""]);
    const restS = Array.from({ length: quantiles }, (_, at) => Math.max(0, histogram.getValueAtPercentile(((at + 0.5) / quantiles) * 100) / 1e6 - gatewayS - nodeS));
    return [kind, { gatewayS, nodeS, restS }];
  }));
  const samples = kinds.reduce((sum, kind) => sum + (run.operations[kind]?.done ?? 0), 0);
  return { scenario: run.scenario, startedAt: run.startedAt, version: run.version, host: run.host, samples, operations, idle: { gateway: gateway.idle, node: node.idle } };
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
