/**
 * `npm run simulate -- find-max SCENARIO|FILE.yaml [--slo "play.p99Ms < 200, chunk.failedPercent < 0.1"] [--nodes N] [--gateways N] [--generators N]
 * [--scale S] [--most S] [--step S] [--warm-up S] [--minutes M] [--seed K] [--out DIR]`: the largest part of a scenario that a cluster on
 * this machine bears, with an interval. Each load is a short run on the same cluster. Exit status: 0 found, or at least so much; 99 not
 * even the least load holds; 97 the generator or the machine was the limit; 2 bad usage.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { curveOf, DescriptionError, findMax, followedBy, readRules, ruleOf, runLive, saturationText, scenarioNames, secondsOf, steadyPeak, stepLine, Stream, words, writeReport, type Judged, type Rule, type RunResult, type Saturation, type Scenario, type Use } from "../../simulations/index.ts";
import { interruption } from "../interruption.ts";
import { userPath } from "../user-path.ts";
import { atMost, isWhole, playlistsOf, scenarioOf, usersOf } from "./asked.ts";
import { simulatedCluster } from "./cluster.ts";
import { version } from "./version.ts";

const usage = `usage: npm run simulate -- find-max ${scenarioNames.join("|")}|FILE.yaml [--slo "play.p99Ms < 200, chunk.failedPercent < 0.1"]
  [--nodes 1..9] [--gateways 1..9] [--generators 1..8] [--scale S, where it begins] [--most S] [--step S] [--warm-up S] [--minutes M] [--seed K] [--out DIR]`;
const unit = "listeners";
/** The greatest load is at most so many times the first: tokens are made for its listeners beforehand. */
const mostTimes = 32;
/** A load is measured so often when its interval stays wide: each is a run of its own. */
const piecesMost = 3;
/** Runs of a search that are made again because other programs used the machine. */
const disturbedMost = 3;
/** Between a run's warm-up and the next: go, drain, the end of the generators. */
const aroundS = 6;

export default async function findMaxOfScenario(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args, allowPositionals: true,
    options: {
      slo: { type: "string" }, seed: { type: "string", default: "1" }, scale: { type: "string", default: "5e-6" }, most: { type: "string" }, out: { type: "string" },
      nodes: { type: "string" }, gateways: { type: "string" }, generators: { type: "string", default: "1" },
      step: { type: "string", default: "30" }, "warm-up": { type: "string", default: "20" }, minutes: { type: "string", default: "10" },
    },
  });
  const known = positionals.length === 1 ? await scenarioOf(positionals[0] ?? "") : undefined;
  const [seed = 0, scale = 0, nodes = 0, gateways = 0, generators = 0, stepS = 0, warmUpS = 0, minutes = 0] = [values.seed, values.scale, values.nodes ?? known?.cluster.nodes, values.gateways ?? known?.cluster.gateways, values.generators, values.step, values["warm-up"], values.minutes].map(Number);
  const most = values.most === undefined ? Math.min(1, scale * mostTimes) : Number(values.most);
  const isGood = Number.isInteger(seed) && scale > 0 && most >= scale && most <= 1 && isWhole(nodes, atMost.nodes) && isWhole(gateways, atMost.gateways) && isWhole(generators, atMost.generators) && stepS >= 5 && stepS <= 3_600 && warmUpS >= 2 && warmUpS <= 3_600 && minutes > 0 && minutes <= 1_440;
  if (known === undefined || !isGood) {
    console.error(usage);
    return 2;
  }
  const rules = rulesOf(known, values.slo);
  if (rules === undefined) return 2;
  const folder = values.out === undefined ? join("data", "simulations", `${known.name}-max-${seed}`) : userPath(values.out);
  const { signal } = interruption();
  const users = usersOf(known, most, generators);
  // Where a greater world has more, each has more of the edits.
  const { made: playlists } = playlistsOf(known, most);
  const cluster = await simulatedCluster({ nodes, gateways, playlists, users, followedBy: (user) => followedBy(known, users, user) }, (line) => console.log(line));
  try {
    const scenario: Scenario = steadyPeak(known, warmUpS + stepS, warmUpS);
    const endsAt = performance.now() + minutes * 60_000;
    const leftS = () => (endsAt - performance.now()) / 1_000;
    const [runs, uses]: [Map<number, RunResult>, Use[]] = [new Map(), []];
    let [done, disturbed] = [0, 0];
    console.log(`Searching the most ${unit} of ${scenario.name} that hold ${rules.map(({ text }) => text).join(", ")}:`);
    console.log(`loads from ${listeners(known, scale)} on, each a run of ${stepS} s after ${warmUpS} s to warm up, at most ${words.clock(minutes * 60)} in all`);
    const found = await findMax({
      rules, begin: known.concurrent * scale, most: known.concurrent * most, chance: new Stream(seed, "find-max"), piecesMost,
      mayGoOn: () => !signal.aborted && leftS() > warmUpS + stepS + aroundS,
      measure: async (load) => {
        const once = () => runLive(scenario, cluster.target, { seed: seed * 1_000 + uses.length, scale: load / known.concurrent, generators, version: version(), command: `npm run simulate -- find-max ${args.join(" ")}`, signal });
        let run = await once();
        for (; isDisturbed(run) && !signal.aborted && disturbed < disturbedMost && leftS() > warmUpS + stepS + aroundS; disturbed++) {
          console.log(`${Math.round(load)} ${unit}: once more, ${run.reasons.join("; ")}`);
          run = await once();
        }
        if (run.verdict === "invalid") {
          console.log(`${Math.round(load)} ${unit}: INVALID, ${run.reasons.join("; ")}`);
          if (runs.size === 0) runs.set(load, run);
          return { invalid: run.reasons };
        }
        runs.set(load, run);
        uses.push({ load, resources: run.resources });
        return { seconds: secondsOf(run) };
      },
      told: (step, phase) => console.log(stepLine(step, ++done, { phase, unit, leftS: leftS() })),
    });
    const shown = (load: number) => listeners(known, load / known.concurrent);
    const curve = curveOf(found, { unit, uses, shown });
    const run = shownRun(found, runs, curve);
    if (run === undefined) {
      console.error("It ended before a load was measured.");
      return 97;
    }
    const { html, summary } = await writeReport(folder, [run]);
    const name = `${scenario.name} on ${words.counted(nodes, "node")} and ${words.counted(gateways, "gateway")}`;
    const status = { found: 0, "at least": found.ended === "invalid" ? 97 : 0, nothing: found.ended === "invalid" ? 97 : 99 }[found.verdict];
    console.log(`\n${saturationText(found, { name, curve, exitStatus: status, also: (load) => `scale ${(load / known.concurrent).toExponential(2)}` })}\n${html}\n${summary}`);
    return status;
  } finally {
    await cluster.close();
  }
}

/** Others may be gone the next time; a machine or generator that is full stays so. */
const isDisturbed = ({ verdict, reasons }: RunResult): boolean => verdict === "invalid" && reasons.every((reason) => reason.startsWith("other programs"));
const listeners = ({ concurrent }: Scenario, scale: number): string => `${words.number(Math.round(concurrent * scale))} ${unit}`;

/** Of --slo, or those thresholds of the scenario that are shares. Undefined when there is none. */
function rulesOf(scenario: Scenario, slo: string | undefined): Rule[] | undefined {
  try {
    if (slo !== undefined) return readRules("--slo", slo);
  } catch (error) {
    if (!(error instanceof DescriptionError)) throw error;
    console.error(error.message);
    return undefined;
  }
  const rules = scenario.thresholds.flatMap((threshold) => ruleOf(threshold) ?? []);
  if (rules.length === 0) console.error(`${scenario.name} has no threshold to search for: say one with --slo`);
  return rules.length === 0 ? undefined : rules;
}

/** What the report is of: the greatest load that was borne, or else the least that was measured. */
function shownRun(found: Saturation, runs: ReadonlyMap<number, RunResult>, curve: NonNullable<RunResult["curve"]>): RunResult | undefined {
  const step = found.steps.find(({ load }) => load === found.low) ?? found.steps.toSorted((one, other) => one.load - other.load)[0];
  const run = step === undefined ? [...runs.values()][0] : runs.get(step.load);
  if (run === undefined) return undefined;
  const verdict = found.ended === "invalid" && found.verdict !== "found" ? "invalid" : found.verdict === "nothing" ? "fail" : "pass";
  return { ...run, curve, verdict, thresholds: step === undefined ? [] : thresholdsOf(step), reasons: found.ended === "invalid" ? [...found.reasons] : [] };
}

const thresholdsOf = ({ rules }: Judged): RunResult["thresholds"] => rules.map(({ rule, value, ok }) => ({ rule: rule.text, value: rule.boundMs === undefined ? value * 100 : value, ok }));
