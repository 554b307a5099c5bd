/**
 * `npm run simulate -- SCENARIO [--seed K] [--scale S] [--duration S] [--nodes N] [--gateways N] [--generators N] [--out DIR]`: a
 * scenario against a real cluster on this machine, and against a model of it that was calibrated on a smaller load. Ends with the paths of report.html and summary.json. Exit status: 0 everything held, 99 a
 * threshold was missed, 97 the run is invalid, 2 bad usage.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse, YAMLParseError } from "yaml";
import { ConfigError } from "../../config.ts";
import { calibrating, CalibrationRefused, costsAt, costsOf, DescriptionError, exitStatus, followedBy, playlistsAt, readScenario, runLive, runModel, scenarioNames, shippedScenario, summaryText, withRest, writeReport, type Calibration, type Scenario } from "../../simulations/index.ts";
import { interruption } from "../interruption.ts";
import { simulatedCluster } from "./cluster.ts";
import { showProgress } from "./progress.ts";
import { userPath } from "../user-path.ts";
import { version } from "./version.ts";

const usage = `usage: npm run simulate -- ${scenarioNames.join("|")}|FILE.yaml [--seed K] [--scale 1e-5] [--duration S] [--nodes 1..9] [--gateways 1..9] [--generators 1..8] [--target gateway|actors] [--out DIR]`;
/** Visits come and go: so many more users than listeners at one time, so that nobody is there twice. */
const usersPerListener = 3;
const usersLeast = 500;
/** The model is calibrated on runs of their own, at lower loads: a model that had seen the run would predict nothing. */
const calibratingParts = { low: 0.3, high: 0.7 } as const;
/** At 0.7 of a load the machine needs half a minute after everybody has come. */
const calibration = { durationS: 60, warmUpS: 35 } as const;
const playlistsMost = 10_000;

export default async function runScenario(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args, allowPositionals: true,
    options: {
      seed: { type: "string", default: "1" }, scale: { type: "string", default: "1e-5" }, duration: { type: "string" }, out: { type: "string" },
      nodes: { type: "string" }, gateways: { type: "string" }, generators: { type: "string", default: "1" }, target: { type: "string", default: "gateway" },
    },
  });
  const known = positionals.length === 1 ? await scenarioOf(positionals[0] ?? "") : undefined;
  const [seed, scale, generators] = [values.seed, values.scale, values.generators].map(Number);
  const nodes = values.nodes === undefined ? known?.cluster.nodes : Number(values.nodes);
  const gateways = values.gateways === undefined ? known?.cluster.gateways : Number(values.gateways);
  const durationS = values.duration === undefined ? known?.durationS : Number(values.duration);
  if (known === undefined || !Number.isInteger(seed) || seed === undefined || scale === undefined || !(scale > 0 && scale <= 1) || durationS === undefined || !(durationS > known.warmUpS) || !isWhole(nodes, 9) || !isWhole(gateways, 9) || !isWhole(generators, 8) || !["gateway", "actors"].includes(values.target)) {
    console.error(usage);
    return 2;
  }
  const scenario: Scenario = { ...known, durationS };
  const playlists = scenario.edits === undefined && scenario.returns === undefined ? 0 : playlistsAt(scenario, scale);
  if (playlists > playlistsMost) throw new ConfigError([`${playlists.toLocaleString("en")} playlists are more than can be made here (${playlistsMost.toLocaleString("en")}): take a smaller --scale`]);
  const folder = values.out === undefined ? join("data", "simulations", `${scenario.name}-${seed}`) : userPath(values.out);
  const interrupted = interruption();
  const users = Math.max(usersLeast, Math.ceil(scenario.concurrent * scale * usersPerListener)) + generators;
  const cluster = await simulatedCluster({ nodes, gateways, playlists, users, followedBy: (user) => followedBy(scenario, users, user) }, (line) => console.log(line));
  try {
    console.log(`${scenario.name} at ${scale} of its size: ${Math.round(scenario.concurrent * scale).toLocaleString("en")} listeners for ${durationS} s, the first ${scenario.warmUpS} not counted`);
    const named = { version: version(), command: `npm run simulate -- ${args.join(" ")}`, generators };
    const target = values.target === "actors" ? { ...cluster.target, bus: cluster.env } : cluster.target;
    const live = (what: Scenario, part: number, of: number) => runLive(what, target, { ...named, seed: of, scale: part, signal: interrupted.signal, progress: (series) => showProgress(series, what) });
    const model = (what: Scenario, by: Calibration, part: number, of: number) => runModel(what, by, { ...named, seed: of, scale: part, nodes, gateways, users, trackMs: cluster.target.tracks[0]?.durationMs ?? 0 });
    const calm = calibrating(scenario, calibration.durationS, calibration.warmUpS);
    const seenAt = async (part: number, of: number) => {
      console.log(`What operations cost at ${part} of that load:`);
      const run = await live(calm, scale * part, of);
      if (run.verdict === "invalid") throw new CalibrationRefused(run.reasons.join("; "));
      return { load: part, run, costs: costsOf(run) };
    };
    const low = await seenAt(calibratingParts.low, seed + 1);
    const high = await seenAt(calibratingParts.high, seed + 2);
    const { operations: rests } = withRest(high.costs, high.run, model(calm, high.costs, scale * high.load, seed + 2));
    const costs = costsAt(1, low, high);
    const calibrated: Calibration = { ...costs, operations: Object.fromEntries(Object.entries(costs.operations).map(([kind, cost]) => [kind, { ...cost, restS: rests[kind]?.restS ?? cost.restS }])) };
    console.log("Now the run:");
    const measured = await live(scenario, scale, seed);
    console.log("And the model of it...");
    const predicted = model(scenario, calibrated, scale, seed);
    const { html, summary } = await writeReport(folder, [measured, predicted]);
    await writeFile(join(folder, "calibration.json"), JSON.stringify(calibrated, undefined, 1));
    console.log(summaryText([measured, predicted], [html, summary]));
    return exitStatus[measured.verdict];
  } catch (error) {
    if (!(error instanceof CalibrationRefused)) throw error;
    console.error(`INVALID (exit ${exitStatus.invalid}): the model cannot be calibrated, because ${error.message}`);
    return exitStatus.invalid;
  } finally {
    await cluster.close();
  }
}

/** A scenario that comes with Ensemble, by name, or a file of one. Undefined when there is none of the name. */
export async function scenarioOf(name: string): Promise<Scenario | undefined> {
  if (!/\.(ya?ml|json)$/.test(name)) return shippedScenario(name);
  const path = userPath(name);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new ConfigError([`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  });
  try {
    return readScenario(parse(text));
  } catch (error) {
    throw error instanceof DescriptionError || error instanceof YAMLParseError ? new ConfigError([`${path}: ${error.message}`]) : error;
  }
}

const isWhole = (value: number | undefined, most: number): value is number => Number.isInteger(value) && value !== undefined && value >= 1 && value <= most;
