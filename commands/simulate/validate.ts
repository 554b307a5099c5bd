/**
 * `npm run simulate -- validate [--quick] [--seed K] [--only PART,..] [--out FILE]`: holds the model against real nodes of the actor
 * runtime and writes how far it was off, as Markdown to FILE (data/simulations/validation/validation.md; docs/validation.md is one that
 * was kept) and as JSON beside it. What each part found is kept in data/simulations/validation, so parts may be run one at a time; the
 * document is made of all that are there. Exit status: 0 every goal was met, 99 one was missed, 97 a part is invalid, 2 bad usage.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exitStatus, host, validation } from "../../simulations/index.ts";
import { scratchCluster, type ScratchCluster } from "../cluster/servers.ts";
import { userPath } from "../user-path.ts";
import { bottlenecks } from "./validate/bottlenecks.ts";
import { calibrate, cellKind, cells, medianOf, type Calibration } from "./validate/cells.ts";
import { hog } from "./validate/hog.ts";
import { kill } from "./validate/kill.ts";
import { spike } from "./validate/spike.ts";
import { version } from "./version.ts";

const usage = "usage: npm run simulate -- validate [--quick] [--seed K] [--only calibration,cells,spike,kill,bottlenecks,hog] [--out FILE.md]";

const sizes = {
  full: {
    calibration: { runs: 12, ms: 80_000 },
    cells: { measureMs: 130_000, saturateMs: 25_000, nodes: [1, 2, 3], loads: [0.3, 0.5, 0.7, 0.85], nodesPerCell: { low: 3, high: 6 }, replications: 60 },
    spike: { calibrateMs: 20_000, nodes: [1, 2], spikes: 2, replications: 60 },
    kill: { systems: 5, untilMs: 62_000, replications: 100 },
    bottlenecks: { measureMs: 8_000 },
    hog: { forMs: 15_000 },
  },
  quick: {
    calibration: { runs: 4, ms: 8_000 },
    cells: { measureMs: 8_000, saturateMs: 7_000, nodes: [1, 2], loads: [0.5], nodesPerCell: { low: 2, high: 2 }, replications: 40 },
    spike: { calibrateMs: 4_000, nodes: [1], spikes: 1, replications: 20 },
    kill: { systems: 1, untilMs: 10_000, replications: 40 },
    bottlenecks: { measureMs: 3_000 },
    hog: { forMs: 5_000 },
  },
} as const;

const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
/** Of the files that keep what a part found: another one for another shape. */
const format = 2;
const folder = join("data", "simulations", "validation");

export default async function validate(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { quick: { type: "boolean", default: false }, seed: { type: "string", default: "1" }, only: { type: "string" }, out: { type: "string" } } });
  const seed = Number(values.seed);
  const names = ["calibration", "cells", "spike", "kill", "bottlenecks", "hog"] as const;
  const only = values.only?.split(",");
  if (!Number.isSafeInteger(seed) || only?.some((name) => !names.some((known) => known === name)) === true) {
    console.error(usage);
    return 2;
  }
  const size = values.quick ? sizes.quick : sizes.full;
  await mkdir(folder, { recursive: true });
  const fileOf = (name: string) => join(folder, `${name}.json`);
  const keep = (name: string, what: unknown) => writeFile(fileOf(name), JSON.stringify({ format, what }));
  const kept = async <T>(name: string): Promise<T | undefined> => {
    const text = await readFile(fileOf(name), "utf8").catch(() => undefined);
    const known = text === undefined ? undefined : (JSON.parse(text) as { format?: number; what: T });
    if (known === undefined || known.format === format) return known?.what;
    say(`${fileOf(name)} is of another version of this command, and is left out`);
    return undefined;
  };
  const part = async <T>(name: (typeof names)[number], find: () => Promise<T>): Promise<validation.Part<T> | undefined> => {
    if (only?.includes(name) === false) return kept(name);
    say(`Part "${name}"`);
    const at = new Date().toISOString();
    const found: validation.Part<T> = { at, isQuick: values.quick, found: await find() };
    await keep(name, found);
    return found;
  };
  const calibration = await part("calibration", () => withCluster(async (cluster): Promise<validation.CalibrationFound> => {
    const samples = await calibrate(cluster, cellKind, seed, "calibrating", size.calibration.runs, size.calibration.ms);
    await keep("samples", samples);
    return { levels: samples.levels, tripP50Ms: medianOf(samples.tripMs), watched: samples.watched };
  }));
  const samples = async () => {
    const known = await kept<Calibration>("samples");
    if (known === undefined) throw new Error(`there is no calibration in ${folder}: run the part "calibration" first`);
    return known;
  };
  const cellsFound = await part("cells", () => withCluster(async (cluster) => cells(cluster, seed, size.cells, await samples(), say)));
  const spikeFound = await part("spike", () => withCluster((cluster) => spike(cluster, seed, size.spike, say)));
  const killFound = await part("kill", () => withCluster(async (cluster) => kill(cluster, seed, size.kill, await samples(), say)));
  const bottlenecksFound = await part("bottlenecks", () => bottlenecks(seed, size.bottlenecks.measureMs, say));
  const hogFound = await part("hog", () => withCluster((cluster) => hog(cluster, seed, size.hog.forMs, say)));

  const command = `npm run simulate -- validate${values.quick ? " --quick" : ""}${values.seed === "1" ? "" : ` --seed ${values.seed}`}`;
  const findings: validation.Findings = {
    command, version: version(), seed, host: host(),
    ...(calibration === undefined ? {} : { calibration }), ...(cellsFound === undefined ? {} : { cells: cellsFound }), ...(spikeFound === undefined ? {} : { spike: spikeFound }),
    ...(killFound === undefined ? {} : { kill: killFound }), ...(bottlenecksFound === undefined ? {} : { bottlenecks: bottlenecksFound }), ...(hogFound === undefined ? {} : { hog: hogFound }),
  };
  const out = values.out === undefined ? join(folder, "validation.md") : userPath(values.out);
  await writeFile(out, validation.documentOf(findings));
  await writeFile(out.replace(/(\.md)?$/, ".json"), `${JSON.stringify(findings, undefined, 1)}\n`);
  const goals = validation.goalsOf(findings);
  const invalid = validation.invalidIn(findings);
  for (const { what, found, isMet } of goals) console.log(`${isMet ? "met   " : "MISSED"} ${what}: ${found}`);
  for (const reason of invalid) console.log(`INVALID ${reason}`);
  console.log(out);
  return invalid.length > 0 ? exitStatus.invalid : goals.every(({ isMet }) => isMet) ? exitStatus.pass : exitStatus.fail;
}

async function withCluster<T>(what: (cluster: ScratchCluster) => Promise<T>): Promise<T> {
  const cluster = await scratchCluster();
  try {
    return await what(cluster);
  } finally {
    await cluster.close();
  }
}
