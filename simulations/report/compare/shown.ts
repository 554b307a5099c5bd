/** A comparison as text and as a page of its own. As JSON it is itself. */
import { html, type Html } from "../html.ts";
import type { Assets } from "../page/assets.ts";
import { page } from "../page/page.ts";
import { section, table, verdictMark, verdictWords } from "../page/parts.ts";
import { columnsOf, plain } from "../terminal.ts";
import { difference, ms, percent, short } from "../words.ts";
import type { Change, Comparison, Difference, OperationComparison } from "./compare.ts";

const names = { p50Ms: "p50", p99Ms: "p99", servedPerS: "served", errors: "errors" } as const satisfies Record<Difference["measure"], string>;
const texts = { p50Ms: ms, p99Ms: ms, servedPerS: (value: number) => `${short(value)}/s`, errors: percent } as const satisfies Record<Difference["measure"], (value: number) => string>;
const sentences = {
  pass: "No operation has become worse by more than is tolerated.",
  fail: "The second run is worse by more than is tolerated, and not by chance.",
  invalid: "One of the runs measured nothing, so they cannot be compared.",
} as const;
const signs = { worse: "✕", unclear: "?", same: "=", better: "✓" } as const satisfies Record<Change, string>;
const tones = { worse: "fail", unclear: "invalid", same: "pass", better: "pass" } as const satisfies Record<Change, string>;

const change = ({ measure, difference: by }: Difference): string => points(measure, by);
/** Errors differ by percentage points. */
const points = (measure: Difference["measure"], by: number) => (measure === "errors" ? `${by >= 0 ? "+" : "-"}${percent(Math.abs(by)).replace(" %", " points")}` : difference(by));
const interval = ({ measure, low, high }: Difference) => `${points(measure, low)} to ${points(measure, high)}`;
const tolerance = ({ measure, tolerance: by }: Difference) => (measure === "errors" ? percent(by).replace(" %", " points") : percent(by));

const columns = ["operation", "figure", "first", "second", "difference", "95 %", "tolerated", "verdict"] as const;
const cellsOf = (kind: string, one: Difference): string[] => [kind, names[one.measure], texts[one.measure](one.a), texts[one.measure](one.b), change(one), interval(one), tolerance(one)];

export function comparisonText({ scenario, a, b, operations, notes, verdict, exitStatus }: Comparison): string {
  const rows = operations.flatMap(({ kind, differences }) => differences.map((one, n) => [...cellsOf(n === 0 ? kind : "", one), one.change]));
  const lines = [
    `${verdictWords[verdict]} (exit ${exitStatus})  ${scenario}: ${a.version} and ${b.version}`, `  ${sentences[verdict]}`, "",
    ...columnsOf([columns, ...rows]), "",
    ...notes.map((note) => `note: ${note}`), `note: ${howSure(operations)}`,
  ];
  return `${lines.map(plain).join("\n")}\n`;
}

/** Needs no script: all of it is tables. */
export function comparisonPage(comparison: Comparison, { css }: Pick<Assets, "css">): string {
  const { scenario, a, b, operations, notes, verdict } = comparison;
  const body = html`<header><h1>${scenario}: two runs compared</h1></header>
<div class="verdict ${verdict}" role="status"><strong>${verdictWords[verdict]}</strong> <span>${sentences[verdict]}</span></div>
<main>${section("operations", "Operations", table("The second run against the first", columns, operations.flatMap(({ kind, differences }) => differences.map((one) => [...cellsOf(kind, one), mark(one.change)])), [1, 7]),
    html`<p class="quiet">${howSure(operations)} Worse and better are said of what differs by more than is tolerated and not by chance; same, when the whole interval is tolerated; unclear otherwise.</p>`)}
${notes.length > 0 && section("notes", "To bear in mind", html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`)}
${section("runs", "The runs", table("", ["", "first", "second"], [
    ["version", a.version, b.version], ["seed", String(a.seed), String(b.seed)], ["begun", a.startedAt, b.startedAt], ["by itself", verdictMark(a.verdict), verdictMark(b.verdict)],
  ], [1, 2]), html`<pre tabindex="0">${a.command}
${b.command}</pre>`)}</main>`;
  return page(`${verdictWords[verdict]}: ${scenario} compared`, body, { css, script: "" });
}

const mark = (one: Change): Html => html`<span class="mark ${tones[one]}">${signs[one]} ${one}</span>`;

function howSure(operations: readonly OperationComparison[]): string {
  return operations.some(({ method }) => method === "independent")
    ? "Some intervals take operations for independent of each other and are too narrow: the runs are short, or have no histogram for each second."
    : "Intervals of 95 % for all figures at once, by the bootstrap over blocks of seconds, the same blocks in both runs.";
}
