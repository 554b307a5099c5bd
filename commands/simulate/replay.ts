/**
 * `npm run simulate -- replay FILE [--speed X] [--max-gap S] [--max-wrong PART] [--threshold RULE]... [--nodes N] [--gateways N] [--generators N]
 * [--target gateway|actors] [--out DIR]`: a recorded listening log (NDJSON; simulations/replay/log.ts) against a real cluster on this machine, every act at its
 * time. `--example FILE [--users N] [--minutes M] [--seed K]` writes a log to try it with. Exit status as of a scenario.
 */
import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { ConfigError } from "../../config.ts";
import { DescriptionError, exampleLog, exitStatus, LogRefused, readLog, readScenario, runLive, scheduleOf, standingBounds, summaryText, tableText, writeReport, type ReadLog } from "../../simulations/index.ts";
import { interruption } from "../interruption.ts";
import { userPath } from "../user-path.ts";
import { atMost, isWhole } from "./asked.ts";
import { simulatedCluster } from "./cluster.ts";
import { showProgress } from "./progress.ts";
import { version } from "./version.ts";

const usage = `usage: npm run simulate -- replay FILE [--speed 0.1..100] [--max-gap S] [--max-wrong 0.01] [--threshold "play.p99Ms < 200"]... [--nodes 1..9] [--gateways 1..9] [--generators 1..8] [--target gateway|actors] [--out DIR]
       npm run simulate -- replay --example FILE [--users 1..10000] [--minutes 1..1440] [--seed K]`;
/** After the last act: what plays then goes on for a moment. */
const tailS = 3;
const exampleStartAt = Date.parse("2026-01-01T20:00:00Z");

export default async function replay(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args, allowPositionals: true,
    options: {
      speed: { type: "string", default: "1" }, "max-gap": { type: "string", default: "60" }, "max-wrong": { type: "string", default: String(standingBounds.wrongMost) }, threshold: { type: "string", multiple: true, default: [] },
      nodes: { type: "string", default: "2" }, gateways: { type: "string", default: "1" }, generators: { type: "string", default: "1" }, target: { type: "string", default: "gateway" }, out: { type: "string" },
      example: { type: "string" }, users: { type: "string", default: "50" }, minutes: { type: "string", default: "3" }, seed: { type: "string", default: "1" },
    },
  });
  const [speed = 0, maxGapS = 0, wrongMost = 0, nodes = 0, gateways = 0, generators = 0, users = 0, minutes = 0, seed = 0] = [values.speed, values["max-gap"], values["max-wrong"], values.nodes, values.gateways, values.generators, values.users, values.minutes, values.seed].map(Number);
  const [file] = positionals;
  if (values.example !== undefined && file === undefined && isWhole(users, 10_000) && isWhole(minutes, 1_440) && Number.isInteger(seed)) return example(userPath(values.example), users, minutes, seed);
  if (values.example !== undefined || file === undefined || positionals.length > 1 || !(speed >= 0.1 && speed <= 100) || !(maxGapS > 0) || !(wrongMost >= 0 && wrongMost <= 1) || !isWhole(nodes, atMost.nodes) || !isWhole(gateways, atMost.gateways) || !isWhole(generators, atMost.generators) || !["gateway", "actors"].includes(values.target)) {
    console.error(usage);
    return 2;
  }
  const log = await logAt(userPath(file), wrongMost);
  const schedule = scheduleOf(log.acts, { speed, maxGapMs: maxGapS * 1_000 }, generators);
  tell(log, schedule.orphans);
  const durationS = Math.ceil(schedule.durationMs / 1_000) + tailS;
  const scenario = mistakesOfThePerson(() => readScenario({ name: "replay", about: `${basename(file)}, recorded, at ${speed} times its speed.`, durationS, warmUpS: 0, concurrent: schedule.users, thresholds: values.threshold }));
  const interrupted = interruption();
  const cluster = await simulatedCluster({ nodes, gateways, users: schedule.usersMost * generators }, (line) => console.log(line));
  try {
    console.log(`${schedule.acts.toLocaleString("en")} acts of ${schedule.users.toLocaleString("en")} listeners in ${durationS} s`);
    const target = { ...cluster.target, replays: schedule.shares.map((acts) => ({ acts, speed })), ...(values.target === "actors" && { bus: cluster.env }) };
    const measured = await runLive(scenario, target, { seed: 0, scale: 1, generators, version: version(), command: `npm run simulate -- replay ${args.join(" ")}`, signal: interrupted.signal, progress: (series) => showProgress(series, scenario) });
    const { lines, wrong, made } = log;
    const result = { ...measured, inputs: { log: basename(file), lines, wrong, wrongLines: log.wrongLines, madeByTheService: made, endsWithoutBeginning: schedule.orphans, listeners: schedule.users, tracks: schedule.tracks, tracksHere: target.tracks.length, speed, maxGapS, target: values.target, nodes, gateways } };
    const { html, summary } = await writeReport(values.out === undefined ? join("data", "simulations", "replay") : userPath(values.out), [result]);
    console.log(summaryText([result], [html, summary]));
    for (const table of measured.tables ?? []) console.log(`\n${tableText(table)}`);
    return exitStatus[measured.verdict];
  } finally {
    await cluster.close();
  }
}

async function example(path: string, users: number, minutes: number, seed: number): Promise<number> {
  const lines = exampleLog({ seed, users, durationS: minutes * 60, startAt: exampleStartAt });
  await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  console.log(`${path}: ${lines.length.toLocaleString("en")} acts of ${users.toLocaleString("en")} listeners in ${minutes} min\nnpm run simulate -- replay ${path} --speed 2`);
  return 0;
}

async function logAt(path: string, wrongMost: number): Promise<ReadLog> {
  try {
    return await readLog(createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Infinity }), { ...standingBounds, wrongMost });
  } catch (error) {
    const isTheirs = error instanceof LogRefused || (error instanceof Error && "code" in error && ["ENOENT", "EISDIR", "EACCES"].includes(String(error.code)));
    throw isTheirs ? new ConfigError([`${path}: ${error.message}`]) : error;
  }
}

function mistakesOfThePerson<Made>(make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    throw error instanceof DescriptionError ? new ConfigError(error.problems) : error;
  }
}

function tell({ wrong, lines, wrongLines, made }: ReadLog, orphans: number): void {
  if (wrong > 0) console.log(`${wrong.toLocaleString("en")} of ${lines.toLocaleString("en")} lines are wrong and left out:${wrongLines.map(({ line, why }) => `\n  line ${line}: ${why}`).join("")}${wrong > wrongLines.length ? "\n  ..." : ""}`);
  if (made > 0) console.log(`${made.toLocaleString("en")} lines are left out: the service makes such events from the others`);
  if (orphans > 0) console.log(`${orphans.toLocaleString("en")} ends of playbacks are left out: the log has nothing else of them`);
}
