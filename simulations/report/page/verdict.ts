/** The top of the page: whether the run can be believed, whether it held, and what breaks first. */
import type { ResourceResult, RunResult } from "../../run/index.ts";
import { breaking, fullAt } from "../headroom.ts";
import { html, type Html } from "../html.ts";
import { asList, shownAs, worst, type Runs } from "../runs.ts";
import { clock, counted, number, percent } from "../words.ts";
import { behind, okMark, section, table, verdictMark, verdictWords } from "./parts.ts";

export function head(runs: Runs): Html {
  const { main, predicted } = runs;
  const verdict = worst(asList(runs).map((run) => run.verdict));
  const sentence = {
    pass: "The run can be believed and every threshold held.",
    fail: "The run can be believed and a threshold was broken.",
    invalid: main.curve === undefined ? "The generator or the host was the bottleneck: the figures below say nothing of Ensemble." : "The generator or the host was the limit before Ensemble: more load could not be measured here. What is below the curve is of the largest load that was.",
  }[verdict];
  return html`<header><h1>${main.scenario}</h1><p>${main.about}</p></header>
<div class="verdict ${verdict}" role="status"><strong>${{ pass: "✓", fail: "✕", invalid: "!" }[verdict]} ${verdictWords[verdict]}</strong> <span>${sentence}</span>
<ul>${asList(runs).flatMap((run) => run.reasons.map((reason) => html`<li>${predicted !== undefined && `${shownAs[run.backEnd]}: `}${reason}</li>`))}</ul></div>
<dl>${facts(runs).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function facts({ main, predicted }: Runs): (readonly [string, string | Html])[] {
  return [
    ["what was run", predicted === undefined ? `${main.backEnd} (${shownAs[main.backEnd]})` : "live (measured) beside the model (predicted)"],
    ["part of the world", main.scale > 0 && main.scale < 1 ? `1 : ${number(Math.round(1 / main.scale))}` : number(main.scale)],
    ["duration", `${clock(main.durationS)}, of it ${clock(main.warmUpS)} to warm up`],
    ["seed", String(main.seed)],
    ["version", main.version],
    ["begun", main.startedAt === "" ? "at any time: the same each time" : main.startedAt.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC")],
    ...(predicted === undefined ? [] : [["each by itself", html`${verdictMark(main.verdict)} measured, ${verdictMark(predicted.verdict)} predicted`] as const]),
  ];
}

export function thresholds(runs: Runs): Html {
  const { main, predicted } = runs;
  const rules = [...new Set(asList(runs).flatMap((run) => run.thresholds.map(({ rule }) => rule)))];
  return section("thresholds", "Thresholds",
    rules.length === 0 ? html`<p>The scenario sets none.</p>`
      : predicted === undefined ? table("What had to hold after the warm-up", ["threshold", "value", "verdict"], rules.map((rule) => [rule, ...cells(main, rule)]), [2])
      : table("What had to hold after the warm-up", ["threshold", "measured", "verdict", "predicted", "verdict"], rules.map((rule) => [rule, ...cells(main, rule), ...cells(predicted, rule)]), [2, 4]));
}

function cells(run: RunResult, rule: string): (string | Html)[] {
  const found = run.thresholds.find((one) => one.rule === rule);
  return found === undefined ? ["–", "–"] : [number(found.value), okMark(found.ok)];
}

const mostBars = 12;
/** Where a bar ends: beyond, what breaks does so far away. */
const longest = 10;

export function breaksFirst(runs: Runs): Html {
  const { main, predicted } = runs;
  const ranked = breaking(main);
  const [first] = ranked;
  if (first === undefined) return section("first", "What breaks first", html`<p>No resource was observed.</p>`);
  const firstPredicted = predicted === undefined ? undefined : breaking(predicted)[0];
  const agree = firstPredicted === undefined ? "" : firstPredicted.name === first.name ? ` The model agrees: at ${fullAt(firstPredicted)}.` : ` The model says ${firstPredicted.name}, at ${fullAt(firstPredicted)}.`;
  const scale = Math.min(longest, Math.max(2, ...ranked.slice(0, mostBars).map(({ headroom }) => (Number.isFinite(headroom) ? headroom * 1.1 : 2))));
  const bar = (headroom: number, style: string) => html`<div class="track"><div class="fill ${style}" style="width:${((100 * Math.min(scale, headroom)) / scale).toFixed(1)}%"></div><div class="one" style="left:${(100 / scale).toFixed(1)}%"></div></div>`;
  const rows = ranked.slice(0, mostBars).map((resource, n) => {
    const other = resourceOf(predicted, resource.name);
    return html`<div role="listitem"><div${n === 0 && html` class="first"`}>${resource.name}</div><div class="tracks">${bar(resource.headroom, "measured")}${other !== undefined && bar(other.headroom, "predicted")}</div><div${n === 0 && html` class="first"`}>${number(resource.headroom)} ×${other !== undefined && html` <span class="quiet">(${number(other.headroom)} ×)</span>`}</div></div>`;
  });
  return section("first", "What breaks first",
    html`<p><strong>${first.name}</strong> ${first.headroom > 1 ? "would be" : "is"} full at <strong>${fullAt(first)}</strong>.${agree}</p>
<p class="quiet">Each bar ends at the multiple of this load that fills the resource; the upright line is this load.${predicted !== undefined && " Whole bars and first figures are measured, striped bars and figures in brackets are predicted."}</p>
<div class="bars" role="list">${rows}</div>`,
    behind(resourceTable(runs), `All ${counted(main.resources.length, "resource")}: utilisation, queue, headroom`));
}

const resourceOf = (run: RunResult | undefined, name: string) => run?.resources.find((one) => one.name === name);

function resourceTable(runs: Runs): Html {
  const columns = ["mean in use", "most in use", "mean queue", "longest queue", "headroom"];
  const measures = (resource: ResourceResult | undefined) => (resource === undefined ? columns.map(() => "–") : [percent(resource.meanUtilisation), percent(resource.maxUtilisation), number(resource.meanQueue), number(resource.maxQueue), `${number(resource.headroom)} ×`]);
  const { main, predicted } = runs;
  const names = [...new Set(asList(runs).flatMap((run) => run.resources.map(({ name }) => name)))];
  return table("After the warm-up", ["resource", "kind", ...columns, ...(predicted === undefined ? [] : columns.map((column) => `${column}, predicted`))],
    names.map((name) => [name, (resourceOf(main, name) ?? resourceOf(predicted, name))?.kind ?? "", ...measures(resourceOf(main, name)), ...(predicted === undefined ? [] : measures(resourceOf(predicted, name)))]), [1]);
}
