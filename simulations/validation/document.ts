/** docs/validation.md, whole: what was run, how to read it, what was found, and every miss. */
import { byFigure, tallyOf, verdictOf, type Cell } from "./cells.ts";
import type { BottleneckFound, CalibrationFound, CellsFound, Findings, HogFound, KillFound, Part, SpikeFound, Watched } from "./findings.ts";

/** Part of the cells that must be within their bounds, and within the model's intervals. */
const shareAsked = 0.9;

interface Goal {
  readonly what: string;
  readonly asked: string;
  readonly found: string;
  readonly isMet: boolean;
}

const percent = (part: number, digits = 1): string => `${part < 0 ? "-" : "+"}${Math.abs(part * 100).toFixed(digits)} %`;
const number = (value: number): string => (Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString("en") : Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2));
const yes = (is: boolean): string => (is ? "yes" : "**no**");
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string => [heads, heads.map((head) => (head.startsWith(">") ? "--:" : "---")), ...rows].map((row, at) => `| ${row.map((cell) => (at === 0 ? cell.replace(/^>/, "") : cell)).join(" | ")} |`).join("\n");

/** Goals that the parts which were run decide. */
export function goalsOf({ cells, spike, kill, bottlenecks, hog }: Findings): Goal[] {
  const goals: Goal[] = [];
  if (cells !== undefined) {
    const all = tallyOf(cells.found.cells);
    const share = (count: number) => `${count} of ${all.cells}`;
    goals.push({ what: "G15, errors: saturation and p50 within 5 %, p99 within 10 %", asked: "90 % of cells", found: share(all.met), isMet: all.met >= shareAsked * all.cells });
    goals.push({ what: "G15, the model's 95 % intervals hold what was measured", asked: "90 % of cells", found: share(all.covered), isMet: all.covered >= shareAsked * all.cells });
  }
  for (const cell of [...(spike?.found.cells ?? []), ...(kill?.found.cells ?? [])]) {
    const { error, isMet } = verdictOf(cell);
    goals.push({ what: `G16, ${cell.figure.replace(/,[^,]*$/, "")} (${cell.of})`, asked: `within ${cell.allowed * 100} %`, found: percent(error), isMet });
  }
  if (bottlenecks !== undefined) {
    const first = bottlenecks.found.filter(({ isFirst }) => isFirst).length;
    goals.push({ what: "G17, planted bottlenecks that are named first", asked: "5 of 5", found: `${first} of ${bottlenecks.found.length}`, isMet: first === bottlenecks.found.length });
  }
  if (hog !== undefined) {
    const { alone, beside } = hog.found;
    goals.push({ what: "G18, a run beside a CPU hog is invalid, and alone it is not", asked: "both", found: `beside: ${beside.invalid.length > 0 ? "invalid" : "valid"}, alone: ${alone.invalid.length > 0 ? "invalid" : "valid"}`, isMet: beside.invalid.length > 0 && alone.invalid.length === 0 });
  }
  return goals;
}

/** Reasons for which parts that predict are invalid: measured on a machine that had other things to do. */
export function invalidIn({ calibration, cells, spike, kill }: Findings): string[] {
  return Object.entries({ calibration, cells, spike, kill }).flatMap(([name, part]) => (part?.found.watched.invalid ?? []).map((reason) => `${name}: ${reason}`));
}

/** Markdown. */
export function documentOf(findings: Findings): string {
  const { calibration, cells, spike, kill, bottlenecks, hog } = findings;
  return [
    heading(findings),
    summary(findings),
    reading,
    calibration === undefined ? "" : calibrationText(calibration),
    cells === undefined ? "" : cellsText(cells),
    spike === undefined ? "" : spikeText(spike),
    kill === undefined ? "" : killText(kill),
    bottlenecks === undefined ? "" : bottlenecksText(bottlenecks),
    hog === undefined ? "" : hogText(hog),
    misses(findings),
    limits,
  ].filter((text) => text !== "").join("\n\n").concat("\n");
}

function heading({ command, version, seed, host, ...parts }: Findings): string {
  const dates = Object.entries(parts).map(([name, part]) => `${name} ${part.at.slice(0, 16).replace("T", " ")}${part.isQuick ? " (quick)" : ""}`);
  const machine = host === null ? "" : ` on ${host.cores} x ${host.cpu}, ${host.memoryGiB} GiB, ${host.os}, Node ${host.node}`;
  return `# Validation

The model of [simulations](simulations.md) held against real nodes. Written by

\`\`\`sh
${command}
\`\`\`

(seed ${seed}, Ensemble ${version})${machine}. Parts can be run one at a time (\`--only cells\`), \`--quick\` goes from end to end in three minutes and proves little. Measured (UTC): ${dates.join(", ")}.`;
}

function summary(findings: Findings): string {
  const invalid = invalidIn(findings);
  return `## What was found

${table(["goal", "asked", "found", "met"], goalsOf(findings).map(({ what, asked, found, isMet }) => [what, asked, found, yes(isMet)]))}${invalid.length === 0 ? "" : `\n\n**Invalid**, so to be measured again: ${invalid.join("; ")}.`}`;
}

const reading = `## How to read it

A system is one to three nodes of the real actor runtime, over a NATS server and a database of its own, and three callers, as gateways are. An action of an actor waits for one of its node's slots (4, as a small
pool of database connections), holds it for a time that the node draws (nearly exponential, mean about 100 ms, unknown to the model), then its actor has its turn. Services sleep: the machine has two
cores, and what is tried is whether the model's structure is right, not whether cores add up. Systems run side by side and have nothing in common but the machine and a few processes.

The model (\`simulations/validation/model.ts\`, on the engine) has the same: the placement of actors on nodes by the runtime's own hashing, so nodes have unequal shares; the router's lanes (four messages under way from a caller to
a node, the calls that wait leave together, and a message is answered when its last call is); slots, first come, first served. It draws service times and message trips from a calibration of systems of **one** node.
The calls (times, actors, callers) are decided beforehand by the seed and are the same for both. It is given nothing else, and nothing in it was fitted.

- *load*: utilisation of the busiest node's slots.
- *predicted*: median of replications that differ in the services drawn, each from a calibration that is itself drawn again (bootstrap), over as many calls as were measured; *95 %*: the range of them.
- *error*: (predicted - measured) / measured; above 0 the model is pessimistic. Latencies count from when a call was meant to begin.`;

const measuredWhile = ({ sendLagP99Ms, hostShare, othersCores, invalid }: Watched): string =>
  `Meanwhile: calls left up to ${sendLagP99Ms.toFixed(1)} ms late (p99), ${Math.round(hostShare * 100)} % of the machine was in use, ${othersCores.toFixed(2)} cores by programs that are not of the run (PostgreSQL's own processes count there)${invalid.length === 0 ? "; the run is valid" : `; **invalid**: ${invalid.join("; ")}`}.`;

function calibrationText({ found: { levels, tripP50Ms, watched } }: Part<CalibrationFound>): string {
  const samples = levels.reduce((sum, level) => sum + level.samples, 0);
  return `## Calibration

${samples.toLocaleString("en")} service times of one-node systems: ${levels.map((level) => `${level.samples.toLocaleString("en")} at a load of ${level.load}, mean ${level.meanMs.toFixed(2)} ms`).join("; ")}. A message there and back: ${tripP50Ms.toFixed(2)} ms (median). ${measuredWhile(watched)}`;
}

const cellRows = (cells: readonly Cell[]): string[][] => cells.map((cell) => {
  const { error, isMet, isCovered } = verdictOf(cell);
  return [cell.of, number(cell.measured), number(cell.predicted.value), `${number(cell.predicted.low)} to ${number(cell.predicted.high)}`, percent(error), `${cell.allowed * 100} %`, yes(isMet), yes(isCovered)];
});
const cellHeads: readonly string[] = ["", ">measured", ">predicted", ">95 %", ">error", ">allowed", "within", "covered"];

function cellsText({ found: { cells, runs, batches, watched } }: Part<CellsFound>): string {
  const groups = [...byFigure(cells)];
  const bias = [...groups, ["all", cells] as const].map(([figure, of]) => {
    const tally = tallyOf(of);
    return [figure, `${tally.met} of ${tally.cells}`, `${tally.covered} of ${tally.cells}`, percent(tally.bias), `${(tally.meanError * 100).toFixed(1)} %`, percent(tally.worst)];
  });
  return `## 1, 2 and 3 nodes

${table(["figure", ">within", ">covered", ">bias", ">mean size of the error", ">worst"], bias)}

${groups.map(([figure, of]) => `### ${figure}\n\n${table([figure.replace(/,.*/, ""), ...cellHeads.slice(1)], cellRows(of))}`).join("\n\n")}

${table(["system", ">load", ">systems", ">calls", ">failed", ">most of the actors on one node"], runs.map((run) => [run.nodes === 1 ? "1 node" : `${run.nodes} nodes`, String(run.load), String(run.systems), run.calls.toLocaleString("en"), String(run.failed), `${(run.largestShare * 100).toFixed(1)} %`]))}

Saturation is what a closed loop of 24 calls for each node gets; the busier of unequal nodes is what ends it. The systems were measured in ${batches} ${batches === 1 ? "batch" : "batches"}, so many that by the calibration none takes more than six tenths of the machine. ${measuredWhile(watched)}`;
}

function spikeText({ found: { cells, samples, failed, longestMs, watched } }: Part<SpikeFound>): string {
  return `## Release spike

Edits at half of what the busiest node bears rise to three times that in 2 s, stay for 3 s and fall (1.5 s): nodes of 64 slots, calibrated on one with ${samples.toLocaleString("en")} service times. Backlog: calls that are meant to have begun
and are not answered. Drained: a tenth of the peak is left.

${table(cellHeads.with(0, "system, figure"), cellRows(cells).map((row, n) => row.with(0, `${row[0]}: ${cells[n]?.figure ?? ""}`)))}

${failed} calls failed; the longest took ${(longestMs / 1_000).toFixed(1)} s. ${measuredWhile(watched)}`;
}

function killText({ found: { cells, windowsMs, failed, watched } }: Part<KillFound>): string {
  return `## A killed node

One of three nodes gets SIGKILL at a load of 0.45. Nothing of the failure was calibrated: the model takes lease, renewal and look from the runtime's constants (\`actors/runtime/limits.ts\`: 6 s, 1.5 s, 0.5 s) at phases
drawn by chance, and 30 ms for the claim itself. The window ends when both survivors have answered for what they took over.

${table(cellHeads.with(0, "figure"), cellRows(cells).map((row, n) => row.with(0, `${cells[n]?.figure ?? ""} (${row[0]})`)))}

Windows of the systems: ${windowsMs.map((ms) => `${(ms / 1_000).toFixed(2)} s`).join(", ")}; ${failed} calls failed. ${measuredWhile(watched)}`;
}

const firstThree = ({ ranking }: BottleneckFound): string => ranking.slice(0, 3).map(({ name, meanUtilisation, meanQueue }) => `${name} ${meanUtilisation.toFixed(2)}${meanQueue >= 0.5 ? ` (${Math.round(meanQueue)} wait)` : ""}`).join("; ");

function bottlenecksText({ found }: Part<readonly BottleneckFound[]>): string {
  return `## What breaks first

A gateway, two nodes, NATS, Redis and PostgreSQL as processes, 100 calls/s; each time one thing was made small. From what was used of every resource \`firstToBreak\` (\`simulations/run/first-to-break.ts\`) ranks them. It ranks
in the reports of runs too, which know less: loops and CPU of processes, no pools, no single actors.

${table(["planted", "first three, with the part that was used", ">answered", "named first"], found.map((one) => [one.what, firstThree(one), `${one.answered} of ${one.sent}`, yes(one.isFirst)]))}`;
}

const runRow = (name: string, { invalid, sendLagP99Ms, hostShare, othersCores }: Watched): string[] => [name, `${sendLagP99Ms.toFixed(1)} ms`, `${Math.round(hostShare * 100)} %`, othersCores.toFixed(2), invalid.length === 0 ? "valid" : `invalid: ${invalid.join("; ")}`];

function hogText({ found: { alone, beside } }: Part<HogFound>): string {
  return `## A machine that is not ours alone

The same short run (one node at a load of 0.5), judged by \`simulations/live/validity.ts\`:

${table(["run", ">send lag p99", ">machine in use", ">cores of others", "verdict"], [runRow("alone", alone), runRow("beside programs that use every core", beside)])}`;
}

function misses(findings: Findings): string {
  const cells = [findings.cells, findings.spike, findings.kill].flatMap((part) => part?.found.cells ?? []);
  const lines = cells.flatMap((cell) => {
    const { error, isMet, isCovered } = verdictOf(cell);
    if (isMet && isCovered) return [];
    return [`- ${cell.of}, ${cell.figure}: ${percent(error)}${isMet ? "" : `, allowed ${cell.allowed * 100} %`}${isCovered ? "" : "; outside of the model's interval"}`];
  });
  const planted = (findings.bottlenecks?.found ?? []).filter(({ isFirst }) => !isFirst).map(({ what, ranking }) => `- ${what}: named first was ${ranking[0]?.name ?? "nothing"}`);
  const all = [...lines, ...planted];
  return `## Misses\n\n${all.length === 0 ? "None." : all.join("\n")}`;
}

const limits = `## What this does not show

- Services sleep. How CPU adds up over nodes, and what a full core does to latencies, is not in it.
- Nothing is sent twice in it: a call that is on a node for longer than an attempt (3 s) is repeated by the real router, and takes a second slot when its action waits before its turn. The spike stays below that.
- One size of system: three nodes at most, one place, one NATS server.
- A mean that is 1 % off in the calibration is 4 to 6 % in the median at a load of 0.85: the intervals say so, and more samples are the only remedy.`;
