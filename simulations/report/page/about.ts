/** Whether to believe it, and how to have it again: the generator's health, what was asked, where and by which command it ran. */
import { stringify } from "yaml";
import type { RunResult } from "../../run/index.ts";
import { html, type Html } from "../html.ts";
import { asList, shownAs, type Runs } from "../runs.ts";
import { clock, ms, number, percent } from "../words.ts";
import { behind, section, table } from "./parts.ts";
import { marksOf } from "./time.ts";

/** What a generator at 70 % of its rated rate keeps to; beyond, its lag is part of what was measured. */
const lagMs = 2;

export function generatorHealth({ main: { generator } }: Runs): Html {
  if (generator === null) return section("generator", "Generator", html`<p>A model needs none: nothing was sent.</p>`);
  const { processes, sendLag, maxCpu, maxHostCpu, clockOffsetMs } = generator;
  const good = sendLag.p99Ms <= lagMs;
  return section("generator", "Generator",
    html`<p>${good ? `It kept its time: 99 % was sent within ${ms(sendLag.p99Ms)} of its moment.` : `It was late: 1 % was sent more than ${ms(sendLag.p99Ms)} after its moment, where ${ms(lagMs)} is allowed.`} Latencies count from the moment meant, so lag is in them.</p>`,
    table("Generator health", ["what", "value", "bound", "verdict"], [
      ["processes", number(processes), "–", "–"],
      ["sent", number(sendLag.count), "–", "–"],
      ["send lag, p50", ms(sendLag.p50Ms), "–", "–"],
      ["send lag, p99", ms(sendLag.p99Ms), ms(lagMs), mark(good)],
      ["send lag, p99.9", ms(sendLag.p999Ms), "–", "–"],
      ["send lag, max", ms(sendLag.maxMs), "–", "–"],
      ["CPU of the busiest generator", percent(maxCpu), "–", "–"],
      ["CPU of the host", percent(maxHostCpu), "–", "–"],
      ...(clockOffsetMs === undefined ? [] : [["largest clock offset between generators", ms(clockOffsetMs), "–", "–"]]),
    ], [3]));
}

const mark = (good: boolean): Html => html`<span class="mark ${good ? "pass" : "invalid"}">${good ? "✓ within" : "✕ beyond"}</span>`;

export function marks(runs: Runs): Html | undefined {
  const rows = marksOf(runs).map(({ letter, what, atS, untilS }) => [letter, what, clock(atS), untilS === undefined ? "–" : clock(untilS)]);
  return rows.length === 0 ? undefined : table("Phases and faults, by their letters in the plots", ["letter", "what", "from", "until"], rows, [1]);
}

export function inputs(runs: Runs): Html {
  const contradictions = [...new Set(asList(runs).flatMap((run) => run.contradictions ?? []))];
  const [one, other] = asList(runs).map((run) => yamlOf(run.inputs));
  return section("inputs", "Inputs",
    contradictions.length > 0 && html`<h3>Inputs that contradict each other</h3><ul>${contradictions.map((sentence) => html`<li>${sentence}</li>`)}</ul>`,
    html`<pre tabindex="0">${one}</pre>`,
    other !== undefined && other !== one && html`<h3>Those of the model</h3><pre tabindex="0">${other}</pre>`);
}

function yamlOf(value: unknown): string {
  return value === null || value === undefined ? "(none)" : stringify(value).trimEnd();
}

export function repeat(runs: Runs, files: readonly string[]): Html {
  return section("repeat", "To have it again",
    html`${asList(runs).map((run) => html`<h3>The ${shownAs[run.backEnd]} run</h3><pre tabindex="0">${run.command}</pre>
<dl class="wide">${detailsOf(run).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`)}`,
    html`<h3>Files beside this page</h3><ul>${files.map((file) => html`<li><a href="${encodeURIComponent(file)}">${file}</a> <span class="quiet">${whatIs(file)}</span></li>`)}</ul>`,
    behind(html`<ul><li>Latency is counted from the moment at which an operation was meant to begin; a server that stands still is seen in full.</li><li>Percentiles come from summed histograms of three significant digits and are never averaged.</li><li>PASS leaves exit status 0, FAIL 99, INVALID 97.</li></ul>`, "How to read this page"));
}

const detailsOf = (run: RunResult): (readonly [string, string])[] => [
  ["version", run.version], ["seed", String(run.seed)], ["begun", run.startedAt === "" ? "–" : run.startedAt],
  ["host", run.host === null ? "any: the model gives the same on each" : `${run.host.cpu}, ${run.host.cores} cores, ${number(run.host.memoryGiB)} GiB, ${run.host.os}, Node ${run.host.node}`],
];

function whatIs(file: string): string {
  if (file.startsWith("summary")) return "metrics and thresholds, laid out as k6 does";
  if (file.startsWith("result")) return "all that this page was made of";
  if (file.startsWith("latency")) return "HdrHistogram log, a tag per operation";
  return "one row for each second";
}
