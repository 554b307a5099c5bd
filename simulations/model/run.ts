/**
 * A scenario against a model of the nodes: the same visits by the same visitors, in virtual time. Generators, gateways and nodes are an
 * event loop each; what they wait for the cores that they share is in their costs, as in the run that those come from.
 *
 *   operation --> generator --> gateway (by user) --> [node (by user) -->] gateway --> the rest --> generator --> answered
 */
import type { TierName } from "../../audio/index.ts";
import { averageKbps } from "../abr/index.ts";
import { Simulation } from "../engine/index.ts";
import { mergedSecond, mergedTotal, Recorder, resourcesOf, verdictOf, type ResourceResult, type RunResult, type Sample } from "../run/index.ts";
import { errandsOf, isConnected, judge, linkOf, marksOf, star, visitsOf, type Scenario } from "../scenario/index.ts";
import { chunkMs, emptyTally, errand, heardTable, inOrder, visit, type ErrandService, type Grant, type ListeningService } from "../visitor/index.ts";
import { CalibrationRefused, type Calibration, type OperationCost } from "./calibration.ts";
import { Cluster } from "./cluster.ts";
import { Friends } from "./friends.ts";

export interface ModelOptions {
  readonly seed: number;
  readonly scale: number;
  readonly nodes: number;
  readonly gateways: number;
  readonly generators: number;
  /** How many users there are: who comes again is one of them. */
  readonly users: number;
  /** Length of every track, where the library has but one. */
  readonly trackMs?: number;
  readonly version: string;
  readonly command: string;
}

/** Longer than any operation takes: what happens in the run's time is answered. */
const drainS = 30;
const granted: readonly TierName[] = ["96", "160", "320"];
/** Every other listener pays, and the others are not granted the highest tier. */
const grants = [granted, granted.slice(0, 2)].map((tiers) => Object.fromEntries(tiers.map((tier) => [tier, { url: "", query: "" }])));
const run = (act: () => void): void => act();

/** Throws CalibrationRefused when the calibration does not know an operation of the scenario. */
export function runModel(scenario: Scenario, calibration: Calibration, options: ModelOptions): RunResult {
  const { seed, scale, trackMs } = options;
  const sim = new Simulation({ seed, name: scenario.name });
  const now = () => sim.nowS * 1_000;
  const recorder = new Recorder(now, scenario.warmUpS * 1_000);
  const costOf = (kind: string): OperationCost => {
    const cost = calibration.operations[kind];
    if (cost === undefined) throw new CalibrationRefused(`the calibration has no operation ${kind}: it knows ${Object.keys(calibration.operations).join(", ")}`);
    return cost;
  };
  const cluster = new Cluster(sim, { ...options, cores: calibration.host?.cores ?? Infinity, idleUse: calibration.idle.host ?? 0, machineUse: calibration.machineUse, timesOut: scenario.faults.length > 0 });
  const take = (kind: string, user: number, done: (outcome: string) => void) => cluster.take(costOf(kind), user, done);
  const friends = new Friends(scenario, options.users, take);
  let playbacks = 0;
  const service: ListeningService & ErrandService = {
    play: ({ user }, _trackId, done) => take("play", user, (outcome) => done(outcome, outcome === "ok" ? { playbackId: String(++playbacks), tiers: grants[user % 2] as Grant["tiers"] } : undefined)),
    chunk: ({ user }, _grant, tier, _chunk, done) => take("chunk", user, (outcome) => done(outcome, (averageKbps(tier) * chunkMs) / 8)),
    report: ({ user }, { playbackId }, done) => take("report", user, (outcome) => {
      friends.plays(user, playbackId, now());
      done(outcome);
    }),
    event: ({ user }, _event, done) => take("event", user, done),
    connect: ({ user }, pushed, done) => friends.connect(user, pushed, done),
    search: ({ user }, _term, done) => take("search", user, done),
    edit: (_visitor, playlist, _number, done) => take("edit", playlist, done),
    session: ({ user }, done) => take("session", user, done),
  };
  /** The star is nobody else. */
  const userOf = (number: number) => (number % (options.users - 1)) + 1;
  let listeners = 0;
  const tally = emptyTally();
  const ports = {
    service, recorder, tally, now,
    at: (ms: number, act: () => void) => {
      if (ms < scenario.durationS * 1_000) sim.at(Math.max(sim.nowS, ms / 1_000), run, act);
    },
    left: () => void (listeners -= 1),
  };
  inOrder(visitsOf(scenario, { seed, scale, ...(trackMs === undefined ? {} : { trackMs }) }), 0, ports.at, (begun, begins) => {
    listeners += 1;
    const heard = [...begun.plays].map(({ track, ...play }) => ({ trackId: String(track), durationMs: trackMs ?? play.listenMs + (play.fromMs ?? 0), ...play }));
    const link = linkOf(scenario, seed, begun.number);
    visit({ user: userOf(begun.number), token: "", isConnected: isConnected(scenario, seed, begun.number), ...(link === undefined ? {} : { link }) }, heard, ports, begins);
  });
  inOrder(errandsOf(scenario, { seed, scale }), 0, ports.at, (each, begins) => errand(each, { user: each.kind === "star" ? star : userOf(each.user), token: "" }, "0", ports, begins));
  for (const fault of scenario.faults) {
    sim.at(fault.atS, run, () => cluster.begin(fault));
    sim.at(fault.atS + fault.forS, run, () => cluster.end(fault));
  }

  const series: Sample[] = [];
  const used = new Map<string, number>();
  for (let atS = 1; atS <= scenario.durationS; atS++) {
    sim.run({ untilS: atS });
    const resources = Object.fromEntries(cluster.processes().map(({ name, kind, usedS, inside, capacity }) => {
      const utilisation = (usedS - (used.get(name) ?? 0)) / capacity + (calibration.idle[kind] ?? 0);
      used.set(name, usedS);
      return [name, { utilisation, queue: inside }];
    }));
    series.push({ atS, operations: mergedSecond([recorder.second()]), resources, gauges: { listeners, "stalls so far": tally.stalls, "kbit/s of a chunk": (tally.bytes * 8) / Math.max(1, tally.chunks) / 5_000 } });
  }
  sim.run({ untilS: scenario.durationS + drainS });
  const { operations } = mergedTotal([recorder.total()]);
  const kinds = Object.fromEntries(cluster.processes().map(({ name, kind }): [string, ResourceResult["kind"]] => [name, kind]));
  return {
    scenario: scenario.name, about: scenario.about, backEnd: "model", seed, scale, version: options.version, command: options.command, startedAt: "",
    durationS: scenario.durationS, warmUpS: scenario.warmUpS, host: null, inputs: scenario, operations, series, marks: marksOf(scenario),
    resources: resourcesOf(series.filter(({ atS }) => atS > scenario.warmUpS), kinds), generator: null,
    ...verdictOf(judge(scenario.thresholds, operations)),
    tables: [heardTable(tally)],
  };
}
