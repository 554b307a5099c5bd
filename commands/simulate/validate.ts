/**
 * `npm run simulate -- validate [--quick] [--seed K] [--only PART,..] [--out FILE]`: holds the model against real nodes of the actor
 * runtime and writes how far it was off. What each part found is kept in data/simulations/validation, so parts may be run one at a time;
 * the document is made of all that are there. Exit status: 0 every goal was met, 99 one was missed, 97 a part is invalid, 2 bad usage.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { validation } from "../../simulations/index.ts";
import { scratchCluster, type ScratchCluster } from "../cluster/servers.ts";
import { calibrate, cellKind, cells, type Calibration } from "./validate/cells.ts";
import { kill } from "./validate/kill.ts";
import { spike } from "./validate/spike.ts";

const sizes = {
  full: {
    calibration: { runs: 12, ms: 110_000 },
    cells: { measureMs: 180_000, saturateMs: 30_000, nodes: [1, 2, 3], loads: [0.3, 0.5, 0.7, 0.85], nodesPerCell: { low: 3, high: 6 }, replications: 100 },
    spike: { calibrateMs: 20_000, nodes: [1, 2], spikes: 3, replications: 60 },
    kill: { systems: 4, untilMs: 62_000, replications: 100 },
  },
  quick: {
    calibration: { runs: 6, ms: 15_000 },
    cells: { measureMs: 15_000, saturateMs: 10_000, nodes: [1, 2], loads: [0.5, 0.7], nodesPerCell: { low: 2, high: 2 }, replications: 40 },
    spike: { calibrateMs: 6_000, nodes: [1], spikes: 1, replications: 20 },
    kill: { systems: 1, untilMs: 20_000, replications: 40 },
  },
} as const;

const folder = join("data", "simulations", "validation");
const parts = ["calibration", "cells", "spike", "kill"] as const;
type Part = (typeof parts)[number];

export default async function validate(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { quick: { type: "boolean", default: false }, seed: { type: "string", default: "1" }, only: { type: "string" }, out: { type: "string" } } });
  const seed = Number(values.seed);
  const only = values.only?.split(",") ?? parts;
  const size = values.quick ? sizes.quick : sizes.full;
  const say = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
  await mkdir(folder, { recursive: true });
  const kept = async (part: Part) => JSON.parse(await readFile(join(folder, `${part}.json`), "utf8")) as unknown;
  const run = async (part: Part, what: (cluster: ScratchCluster) => Promise<unknown>) => {
    if (!only.includes(part)) return;
    const cluster = await scratchCluster();
    try {
      const result = await what(cluster);
      await writeFile(join(folder, `${part}.json`), JSON.stringify(result));
      if (part !== "calibration") {
        console.log(JSON.stringify({ ...(result as object), cells: [] }));
        for (const c of (result as { cells: validation.Cell[] }).cells) console.log(c.of, c.figure, c.measured.toFixed(2), c.predicted.value.toFixed(2), c.predicted.low.toFixed(2), c.predicted.high.toFixed(2), JSON.stringify(validation.verdictOf(c)));
      } else console.log(JSON.stringify((result as Calibration).levels), JSON.stringify((result as Calibration).watched));
    } finally {
      await cluster.close();
    }
  };
  await run("calibration", (cluster) => calibrate(cluster, cellKind, seed, "calibrating", size.calibration.runs, size.calibration.ms));
  await run("cells", async (cluster) => cells(cluster, seed, size.cells, (await kept("calibration")) as Calibration, say));
  await run("spike", (cluster) => spike(cluster, seed, size.spike, say));
  await run("kill", async (cluster) => kill(cluster, seed, size.kill, (await kept("calibration")) as Calibration, say));
  return 0;
}
