/**
 * A scenario against a model of the nodes: the same visits by the same visitors, in virtual time. A gateway and a node are an event loop
 * each, one queue before one server; an operation takes its CPU there, and the rest of its time elsewhere, where nobody waits.
 *
 *   operation --> gateway (by user) --> node (by user) --> the rest --> answered
 */
import { deterministic, Simulation, type Station } from "../engine/index.ts";
import { mergedSecond, mergedTotal, Recorder, type ResourceResult, type RunResult, type Sample } from "../run/index.ts";
import { judge, visitsOf, type Scenario } from "../scenario/index.ts";
import { visit, type ListeningService, type Visitor } from "../visitor/index.ts";
import type { Calibration } from "./calibration.ts";

export interface ModelOptions {
  readonly seed: number;
  readonly scale: number;
  readonly nodes: number;
  readonly gateways: number;
  /** Length of every track, where the library has but one. */
  readonly trackMs?: number;
  readonly version: string;
  readonly command: string;
}

const run = (act: () => void): void => act();

/** An operation on its way. */
interface Job {
  readonly kind: string;
  readonly user: number;
  readonly done: (outcome: string) => void;
}

/** Bytes of a chunk of 5 s at 160 kbit/s. */
const chunkBytes = 100_000;
/** Longer than any part of a run's time: what happens in it is answered. */
const drainS = 30;

export function runModel(scenario: Scenario, calibration: Calibration, options: ModelOptions): RunResult {
  const { seed, scale, trackMs } = options;
  const sim = new Simulation({ seed, name: scenario.name });
  const now = () => sim.nowS * 1_000;
  const recorder = new Recorder(now, scenario.warmUpS * 1_000);
  const chance = sim.stream("rest");
  const costOf = (kind: string) => calibration.operations[kind] ?? { gatewayS: 0, nodeS: 0, restS: [0] };
  const pool = (kind: "gateway" | "node", count: number) =>
    Array.from({ length: count }, (_, n) => sim.station<Job>({ name: `${kind}-${n + 1}`, service: (_chance, job) => costOf(job.kind)[kind === "gateway" ? "gatewayS" : "nodeS"] }));
  const [gateways, nodes] = [pool("gateway", options.gateways), pool("node", options.nodes)];
  const away = sim.station<Job>({ name: "away", servers: Infinity, service: deterministic(0) });

  const answer = (job: Job) => job.done("ok");
  const beside = (job: Job) => {
    const { restS } = costOf(job.kind);
    sim.after(restS[chance.index(restS.length)] ?? 0, answer, job);
  };
  const atNode = (job: Job) => (nodes[job.user % nodes.length] ?? away).enter(job, beside);
  const take = (kind: string, { user }: Visitor, done: (outcome: string) => void) => (gateways[user % gateways.length] ?? away).enter({ kind, user, done }, atNode);
  let playbacks = 0;
  const service: ListeningService = {
    play: (visitor, _trackId, done) => take("play", visitor, (outcome) => done(outcome, { playbackId: String(++playbacks), url: "", query: "" })),
    chunk: (visitor, _grant, _chunk, done) => take("chunk", visitor, (outcome) => done(outcome, chunkBytes)),
    report: (visitor, _report, done) => take("report", visitor, done),
    event: (visitor, _event, done) => take("event", visitor, done),
  };
  let listeners = 0;
  const ports = {
    service, recorder, now,
    at: (ms: number, act: () => void) => {
      if (ms < scenario.durationS * 1_000) sim.at(Math.max(sim.nowS, ms / 1_000), run, act);
    },
    wasted: () => undefined,
    left: () => void (listeners -= 1),
  };
  const visits = visitsOf(scenario, { seed, scale, ...(trackMs === undefined ? {} : { trackMs }) });
  const next = () => {
    const { done, value } = visits.next();
    if (done === true) return;
    ports.at(value.atMs, () => {
      listeners += 1;
      const heard = [...value.plays].map(({ track, ...play }) => ({ trackId: String(track), durationMs: trackMs ?? play.listenMs + (play.fromMs ?? 0), ...play }));
      visit({ user: value.number, token: "" }, heard, ports, value.atMs);
      next();
    });
  };
  next();

  const series: Sample[] = [];
  const busy = new Map<Station<Job>, number>();
  for (let atS = 1; atS <= scenario.durationS; atS++) {
    sim.run({ untilS: atS });
    const resources = Object.fromEntries([...gateways, ...nodes].map((station) => {
      const before = busy.get(station) ?? 0;
      const total = busyS(sim, station.name);
      busy.set(station, total);
      return [station.name, { utilisation: total - before + calibration.idle[kindOf(station.name)], queue: station.inside }];
    }));
    series.push({ atS, operations: mergedSecond([recorder.second()]), resources, gauges: { listeners } });
  }
  sim.run({ untilS: scenario.durationS + drainS });
  const { operations } = mergedTotal([recorder.total()]);
  const thresholds = judge(scenario.thresholds, operations);
  const missed = thresholds.filter(({ ok }) => !ok).map(({ rule, value }) => `${rule}: it is ${Math.round(value * 100) / 100}`);
  return {
    scenario: scenario.name, about: scenario.about, backEnd: "model", seed, scale, version: options.version, command: options.command, startedAt: "",
    durationS: scenario.durationS, warmUpS: scenario.warmUpS, host: null, inputs: scenario, operations, series, marks: [],
    resources: resourcesOf(series.filter(({ atS }) => atS > scenario.warmUpS)), generator: null, thresholds,
    verdict: missed.length > 0 ? "fail" : "pass", reasons: missed,
  };
}

const kindOf = (name: string): "gateway" | "node" => (name.startsWith("gateway") ? "gateway" : "node");

/** Server time in use so far, s. */
function busyS(sim: Simulation, name: string): number {
  return sim.measure().stations[name]?.levels["busy"]?.area ?? 0;
}

function resourcesOf(series: readonly Sample[]): ResourceResult[] {
  return Object.keys(series[0]?.resources ?? {}).map((name): ResourceResult => {
    const used = series.map(({ resources }) => resources[name]?.utilisation ?? 0);
    const queues = series.map(({ resources }) => resources[name]?.queue ?? 0);
    const meanUtilisation = mean(used);
    return { name, kind: kindOf(name), meanUtilisation, maxUtilisation: Math.max(0, ...used), meanQueue: mean(queues), maxQueue: Math.max(0, ...queues), headroom: 1 / Math.max(0.001, meanUtilisation) };
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
