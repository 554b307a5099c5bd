/**
 * What a live run says about what operations cost: time of the event loops of gateways and nodes, CPU of generators and of the machine, and how long they
 * take beside. Loop time, not CPU: it has in it what a loop waits for a core, and it is what fills.
 *
 * Of an operation: each second of the run is an equation, time used beyond what is used without any = sum over operations (done in it x time of one); solved by least squares with no
 * negative cost. Operations whose rates move together are told apart by what each costs in general (`usual`), from which a cost moves as far as the run
 * has seconds that speak for it; a calibrating run gives every errand a rhythm of its own (`calibrating`).
 *
 * The rest of an operation's time (network, disk, the system's own ways, servers) is what the run's latencies have beyond those of the model of
 * the same run without any rest, quantile by quantile: waiting that the model knows is not counted twice. Beyond its median it is longer the fewer cores are
 * free (cluster.ts): what is late there waits for one.
 */
import { meanRatePerS, rateAt, type ArrivalsDescription } from "../arrivals/index.ts";
import { inputs } from "../planner/index.ts";
import { histogramOf, type ResourceResult, type RunResult } from "../run/index.ts";
import type { Scenario } from "../scenario/index.ts";

export interface OperationCost {
  /** Time of the loops of all gateways together, s; of all nodes. */
  readonly gatewayS: number;
  readonly nodeS: number;
  /** CPU of the generators, and of everything on the machine together, s. */
  readonly generatorS: number;
  readonly machineS: number;
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
  /** Of a process of each kind that does nothing, in parts of its time; of the machine, in parts of its cores. */
  readonly idle: Readonly<Partial<Record<ResourceResult["kind"], number>>>;
  /** Of all cores of the machine, in use in the run that the rests come from. */
  readonly machineUse: number;
  /** Part by which costs may well be wrong. */
  readonly uncertain: number;
}

/** Costs of one load found twice differ by so much. */
export const uncertainLeast = 0.03;

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

/**
 * What operations cost, all of their time being work and waiting for it. `idle`: what processes use while nobody asks anything, by name (live: idleOf). Throws
 * CalibrationRefused.
 */
export function costsOf(run: RunResult, idle: Readonly<Record<string, number>> = {}): Calibration {
  if (run.backEnd !== "live") throw new CalibrationRefused("a model cannot be calibrated from a model");
  if (run.verdict === "invalid") throw new CalibrationRefused(`the run is invalid: ${run.reasons.join("; ")}`);
  const seconds = run.series.filter(({ atS }) => atS > run.warmUpS && atS <= run.durationS);
  if (seconds.length < secondsLeast) throw new CalibrationRefused(`a run of ${seconds.length} s is too short: at least ${secondsLeast}`);
  const kinds = Object.keys(run.operations).filter((kind) => !composite.has(kind));
  const rows = seconds.map(({ operations }) => kinds.map((kind) => operations[kind]?.done ?? 0));
  const namesOf = (of: ResourceResult["kind"]) => run.resources.filter(({ kind }) => kind === of).map(({ name }) => name);
  const idleOf = (of: ResourceResult["kind"]) => namesOf(of).reduce((sum, name) => sum + (idle[name] ?? 0), 0);
  const used = (of: ResourceResult["kind"], capacity = 1) => seconds.map(({ resources }) => Math.max(0, capacity * namesOf(of).reduce((sum, name) => sum + (resources[name]?.utilisation ?? 0), 0) - idleOf(of)));
  // No loop works longer for most operations of a kind than they take.
  const tookS = kinds.map((kind) => (run.operations[kind]?.latency.p50Ms ?? 0) / 1_000);
  const costs = {
    gateway: costsBy(rows, used("gateway"), kinds.map((kind) => usual[kind]?.gatewayS ?? unusual), tookS), node: costsBy(rows, used("node"), kinds.map((kind) => usual[kind]?.nodeS ?? unusual), tookS),
    generator: costsBy(rows, used("generator"), kinds.map(() => unusual), tookS), machine: costsBy(rows, used("host", run.host?.cores ?? 0), kinds.map((kind) => usual[kind]?.machineS ?? unusual)),
  };
  const operations = Object.fromEntries(kinds.map((kind, n): [string, OperationCost] => [
    kind, { gatewayS: costs.gateway[n] ?? 0, nodeS: costs.node[n] ?? 0, generatorS: costs.generator[n] ?? 0, machineS: costs.machine[n] ?? 0, restS: [0] },
  ]));
  const ofOne = (of: ResourceResult["kind"], capacity = 1) => idleOf(of) / Math.max(1, namesOf(of).length) / capacity;
  const samples = kinds.reduce((sum, kind) => sum + (run.operations[kind]?.done ?? 0), 0);
  return { scenario: run.scenario, startedAt: run.startedAt, version: run.version, host: run.host, samples, operations, idle: { gateway: ofOne("gateway"), node: ofOne("node"), host: ofOne("host", run.host?.cores) }, machineUse: run.resources.find(({ kind }) => kind === "host")?.meanUtilisation ?? 0, uncertain: uncertainLeast };
}

/** What the planner counts an operation with, s; of the same measurements. */
function planned(name: string): number {
  const input = inputs.find((one) => one.name === name);
  if (input === undefined) throw new TypeError(`the planner has no input ${name}`);
  return input.value.mid / 1e6;
}
const usualOf = (gatewayS: number, nodeS: number) => ({ gatewayS, nodeS, machineS: gatewayS + nodeS });

/** Relative to each other what operations cost on the way that a listener takes (docs/planning.md); a search as a page of the catalogue, a session's answer as a play and a report. */
const usual: Readonly<Record<string, ReturnType<typeof usualOf>>> = {
  play: usualOf(planned("play.gatewayUs"), planned("play.streamingUs") + planned("play.sessionUs")),
  chunk: usualOf(planned("chunk.gatewayUs"), 0),
  report: usualOf(planned("report.gatewayUs"), planned("report.sessionUs")),
  event: usualOf(planned("event.gatewayUs"), planned("event.sessionUs")),
  search: usualOf(planned("search.gatewayUs"), planned("browse.catalogUs")),
  edit: usualOf(planned("edit.gatewayUs"), planned("edit.playlistUs")),
  session: usualOf(planned("play.gatewayUs"), planned("report.sessionUs")),
  connect: usualOf(planned("handshake.us"), 50e-6),
  push: usualOf(planned("delivery.gatewayUs"), planned("presence.changeUs")),
};
const unusual = 100e-6;

/** Least squares of no negative cost and none above `most`, drawn to the usual ones times what the run has them all cost: each may well be half of that or the double. */
function costsBy(rows: readonly (readonly number[])[], values: readonly number[], usually: readonly number[], most?: readonly number[]): number[] {
  const sums = rows.map((row) => row.reduce((sum, count, n) => sum + count * (usually[n] ?? 0), 0));
  const times = sums.reduce((sum, each, n) => sum + each * (values[n] ?? 0), 0) / Math.max(1e-30, sums.reduce((sum, each) => sum + each ** 2, 0));
  const noise = sums.reduce((sum, each, n) => sum + ((values[n] ?? 0) - times * each) ** 2, 0) / Math.max(1, sums.length);
  const drawn = usually.map((one, n) => ({ to: times * one, by: noise / Math.max(1e-18, (times * one) ** 2), most: most?.[n] ?? Infinity }));
  return leastSquares(rows, values, drawn);
}

/** A calibrating run, what part of a load it had, and what it says. */
export interface CalibratedAt {
  readonly load: number;
  readonly run: RunResult;
  readonly costs: Calibration;
}

/**
 * Costs at a load, from those at two lower ones: an operation takes less the more of them come, because a process that is woken
 * finds several (traffic.md 4.2; two to three times less at 0.6 of a core than at 0.3, `npm run bench -- costs`). All of a kind of process together, straight over the
 * logarithm of the load, and never less than half of what was seen last: how they share in it the lower load does not say better.
 */
export function costsAt(load: number, low: CalibratedAt, high: CalibratedAt): Calibration {
  const beyond = Math.log(load / high.load) / Math.log(high.load / low.load);
  const factor = (part: "gatewayS" | "nodeS" | "generatorS" | "machineS"): number => {
    const sumOf = ({ operations }: Calibration) => Object.entries(operations).reduce((sum, [kind, cost]) => sum + cost[part] * (high.run.operations[kind]?.done ?? 0), 0);
    const [before, last] = [sumOf(low.costs), sumOf(high.costs)];
    return last === 0 ? 1 : Math.max(0.5, 1 + (1 - before / last) * beyond);
  };
  const [gateway, node, generator, machine] = [factor("gatewayS"), factor("nodeS"), factor("generatorS"), factor("machineS")];
  const operations = Object.fromEntries(Object.entries(high.costs.operations).map(([kind, last]): [string, OperationCost] => [kind, {
    ...last, gatewayS: last.gatewayS * gateway, nodeS: last.nodeS * node, generatorS: last.generatorS * generator, machineS: last.machineS * machine,
  }]));
  // Half of what was carried on beyond all that was seen.
  const uncertain = Math.max(uncertainLeast, ...[gateway, node].map((times) => Math.abs(1 - times) / 2));
  return { ...high.costs, operations, samples: low.costs.samples + high.costs.samples, uncertain };
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

/** x with the least |Ax - b|^2 + sum of by (x - to)^2 among those with every part from 0 to its most: coordinate descent, which ends for any A. */
export function leastSquares(rows: readonly (readonly number[])[], values: readonly number[], drawn: readonly { readonly to: number; readonly by: number; readonly most: number }[] = []): number[] {
  const width = rows[0]?.length ?? 0;
  const x = Array.from({ length: width }, (_, column) => Math.min(drawn[column]?.to ?? 0, drawn[column]?.most ?? 0));
  const rest = rows.map((row, n) => (values[n] ?? 0) - row.reduce((sum, each, column) => sum + each * (x[column] ?? 0), 0));
  const squares = x.map((_, column) => rows.reduce((sum, row) => sum + (row[column] ?? 0) ** 2, 0));
  for (let round = 0; round < 5_000; round++) {
    let moved = 0;
    for (let column = 0; column < width; column++) {
      const { to, by, most } = drawn[column] ?? { to: 0, by: 0, most: Infinity };
      const square = (squares[column] ?? 0) + by;
      if (square === 0) continue;
      const before = x[column] ?? 0;
      const gradient = rows.reduce((sum, row, n) => sum + (row[column] ?? 0) * (rest[n] ?? 0), 0) + by * (to - before);
      const after = Math.min(most, Math.max(0, before + gradient / square));
      if (after === before) continue;
      for (const [n, row] of rows.entries()) rest[n] = (rest[n] ?? 0) - (after - before) * (row[column] ?? 0);
      x[column] = after;
      moved = Math.max(moved, Math.abs(after - before) * Math.sqrt(square));
    }
    if (moved < 1e-12) break;
  }
  return x;
}
