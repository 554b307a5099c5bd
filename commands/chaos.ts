/**
 * `npm run chaos -- --workload W --nemesis N[,N] --time S --seed K [--nodes 3..5] [--quiet S] [--logs DIR] [--plant ${Object.keys(plants).join("|")}] [--json]`: real nodes under
 * real faults (docs/chaos.md). Prints progress, then as the last line one JSON object; with --json nothing but that goes to the standard
 * output. Exit status 0: every promise was kept; 1: one was broken; 2: bad usage.
 */
import { parseArgs } from "node:util";
import { explain, gapTable, isGood } from "../test/chaos/report.ts";
import { run } from "../test/chaos/run.ts";
import { plants } from "../test/chaos/plants/index.ts";
import { nemeses, type NemesisName } from "../test/chaos/schedule.ts";
import { workloads } from "../test/chaos/workloads/index.ts";
import { interruption } from "./interruption.ts";
import { userPath } from "./user-path.ts";

const usage = `usage: npm run chaos -- --workload ${Object.keys(workloads).join("|")} --nemesis ${nemeses.join("|")}|mixed[,...]|none --time SECONDS --seed K [--nodes 3..5] [--quiet SECONDS] [--logs DIR] [--plant ${Object.keys(plants).join("|")}] [--json]`;

export default async function chaos(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      workload: { type: "string", default: "playlist-append" }, nemesis: { type: "string", default: "mixed" }, time: { type: "string", default: "60" },
      seed: { type: "string", default: "1" }, nodes: { type: "string", default: "3" }, quiet: { type: "string", default: "15" }, logs: { type: "string" }, plant: { type: "string" }, json: { type: "boolean", default: false },
    },
  });
  const names = values.nemesis.split(",").map((name) => name.trim());
  const known = names.filter((name): name is NemesisName | "mixed" | "none" => name === "mixed" || name === "none" || (nemeses as readonly string[]).includes(name));
  const plant = values.plant === undefined ? undefined : plants[values.plant];
  const isGiven = (plant === undefined) === (values.plant === undefined) && Object.hasOwn(workloads, values.workload) && known.length === names.length && isWithin(values.time, 1, 3_600) && isWithin(values.seed, 0, 999_999_999) && isWithin(values.nodes, 3, 5) && isWithin(values.quiet, 1, 600);
  if (!isGiven) {
    console.error(usage);
    return 2;
  }
  const tell = (line: string) => (values.json ? console.error(line) : console.log(line));
  const interrupted = interruption();
  const { report, violations, history } = await run({
    workload: values.workload, nemesis: known, seconds: Number(values.time), quietSeconds: Number(values.quiet), seed: Number(values.seed), nodes: Number(values.nodes),
    ...(values.logs === undefined ? {} : { keepIn: userPath(values.logs) }),
    ...(plant === undefined ? {} : { plant }),
    tell, signal: interrupted.signal,
  });
  for (const line of explain(violations, history)) tell(line);
  for (const failure of report.failures) tell(`FAULT ${failure}`);
  for (const reason of report.vacuous) tell(`VACUOUS ${reason}`);
  for (const line of gapTable(report)) tell(line);
  console.log(JSON.stringify(report));
  return isGood(report) ? 0 : 1;
}

const isWithin = (text: string, low: number, high: number): boolean => /^\d{1,9}$/.test(text) && Number(text) >= low && Number(text) <= high;
