/**
 * `npm run simulate -- SCENARIO [--seed K] [--scale S] [--duration S] [--nodes N] [--gateways N] [--generators N] [--out DIR]`: a
 * scenario against a real cluster on this machine, and against a model of it that was calibrated on a smaller load. Ends with the paths of report.html and summary.json. Exit status: 0 everything held, 99 a
 * threshold was missed, 97 the run is invalid, 2 bad usage. `--schema` prints the JSON Schema of a file instead.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ConfigError } from "../../config.ts";
import { calibrating, CalibrationRefused, costsAt, costsOf, exitStatus, followedBy, idleOf, runLive, runModel, scenarioNames, scenarioSchema, sensitivity, summaryText, tableText, withRest, writeReport, type Calibration, type Scenario } from "../../simulations/index.ts";
import { interruption } from "../interruption.ts";
import { atMost, isWhole, playlistsOf, scenarioOf, usersOf } from "./asked.ts";
import { simulatedCluster } from "./cluster.ts";
import { showProgress } from "./progress.ts";
import { userPath } from "../user-path.ts";
import { version } from "./version.ts";

const usage = `usage: npm run simulate -- ${scenarioNames.join("|")}|FILE.yaml [--seed K] [--scale 1e-5] [--duration S] [--nodes 1..9] [--gateways 1..9] [--generators 1..8] [--target gateway|actors] [--out DIR] | --schema`;
/** The model is calibrated on runs of their own, at lower loads: a model that had seen the run would predict nothing. */
const calibratingParts = { low: 0.3, high: 0.7 } as const;
/** At 0.7 of a load the machine needs half a minute after everybody has come; then a minute, for the latest in a hundred of what comes 70 times a second to be fifty. */
const calibration = { durationS: 95, warmUpS: 35 } as const;

export default async function runScenario(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args, allowPositionals: true,
    options: {
      seed: { type: "string", default: "1" }, scale: { type: "string", default: "1e-5" }, duration: { type: "string" }, out: { type: "string" },
      nodes: { type: "string" }, gateways: { type: "string" }, generators: { type: "string", default: "1" }, target: { type: "string", default: "gateway" }, schema: { type: "boolean", default: false },
    },
  });
  if (values.schema) {
    console.log(JSON.stringify(scenarioSchema(), null, 2));
    return 0;
  }
  const known = positionals.length === 1 ? await scenarioOf(positionals[0] ?? "") : undefined;
  const [seed, scale, generators] = [values.seed, values.scale, values.generators].map(Number);
  const nodes = values.nodes === undefined ? known?.cluster.nodes : Number(values.nodes);
  const gateways = values.gateways === undefined ? known?.cluster.gateways : Number(values.gateways);
  const durationS = values.duration === undefined ? known?.durationS : Number(values.duration);
  if (known === undefined || !Number.isInteger(seed) || seed === undefined || scale === undefined || !(scale > 0 && scale <= 1) || durationS === undefined || !(durationS > known.warmUpS) || !isWhole(nodes, atMost.nodes) || !isWhole(gateways, atMost.gateways) || !isWhole(generators, atMost.generators) || !["gateway", "actors"].includes(values.target)) {
    console.error(usage);
    return 2;
  }
  const scenario: Scenario = { ...known, durationS };
  const { asked, made: playlists } = playlistsOf(scenario, scale);
  if (asked > playlists) throw new ConfigError([`${asked.toLocaleString("en")} playlists are more than can be made here (${playlists.toLocaleString("en")}): take a smaller --scale`]);
  const folder = values.out === undefined ? join("data", "simulations", `${scenario.name}-${seed}`) : userPath(values.out);
  const interrupted = interruption();
  const users = usersOf(scenario, scale, generators);
  const cluster = await simulatedCluster({ nodes, gateways, playlists, users, followedBy: (user) => followedBy(scenario, users, user) }, (line) => console.log(line));
  try {
    console.log(`${scenario.name} at ${scale} of its size: ${Math.round(scenario.concurrent * scale).toLocaleString("en")} listeners for ${durationS} s, the first ${scenario.warmUpS} not counted`);
    const named = { version: version(), command: `npm run simulate -- ${args.join(" ")}`, generators };
    const target = values.target === "actors" ? { ...cluster.target, bus: cluster.env } : cluster.target;
    const live = (what: Scenario, part: number, of: number) => runLive(what, target, { ...named, seed: of, scale: part, signal: interrupted.signal, progress: (series) => showProgress(series, what) });
    const model = (what: Scenario, by: Calibration, part: number, of: number) => runModel(what, by, { ...named, seed: of, scale: part, nodes, gateways, users, trackMs: cluster.target.tracks[0]?.durationMs ?? 0 });
    const calm = calibrating(scenario, calibration.durationS, calibration.warmUpS);
    const idle = await idleOf(target);
    const seenAt = async (part: number, of: number) => {
      console.log(`What operations cost at ${part} of that load:`);
      const run = await live(calm, scale * part, of);
      if (run.verdict === "invalid") throw new CalibrationRefused(run.reasons.join("; "));
      return { load: part, run, costs: costsOf(run, idle) };
    };
    const low = await seenAt(calibratingParts.low, seed + 1);
    const high = await seenAt(calibratingParts.high, seed + 2);
    const calibrated = costsAt(1, low, { ...high, costs: withRest(high.costs, high.run, model(calm, high.costs, scale * high.load, seed + 2)) });
    console.log("Now the run:");
    const measured = await live(scenario, scale, seed);
    console.log("And the model of it...");
    const as = (by: Calibration) => model(scenario, by, scale, seed);
    const computed = as(calibrated);
    const sure = sensitivity(calibrated, computed, as);
    const predicted = { ...computed, tables: [...(computed.tables ?? []), sure] };
    const { html, summary } = await writeReport(folder, [measured, predicted]);
    await writeFile(join(folder, "calibration.json"), JSON.stringify(calibrated, undefined, 1));
    console.log(summaryText([measured, predicted], [html, summary]));
    console.log(tableText(sure));
    return exitStatus[measured.verdict];
  } catch (error) {
    if (!(error instanceof CalibrationRefused)) throw error;
    console.error(`INVALID (exit ${exitStatus.invalid}): the model cannot be calibrated, because ${error.message}`);
    return exitStatus.invalid;
  } finally {
    await cluster.close();
  }
}
