/** A comparison as text and as a page of its own. As JSON it is itself. */
import { html, type Html } from "../html.ts";
import type { Assets } from "../page/assets.ts";
import { page } from "../page/page.ts";
import { section, table, verdictMark, verdictWords } from "../page/parts.ts";
import { columnsOf, plain } from "../terminal.ts";
import { difference, ms, number, percent, short } from "../words.ts";
import type { Change, Comparison, Difference, OperationComparison } from "./compare.ts";

const names = { p50Ms: "p50", p99Ms: "p99", servedPerS: "served", errors: "errors" } as const satisfies Record<Difference["measure"], string>;
const texts = { p50Ms: ms, p99Ms: ms, servedPerS: (value: number) => `${short(value)}/s`, errors: percent } as const satisfies Record<Difference["measure"], (value: number) => string>;
const sentences = {
  pass: "No operation has become worse by more than is tolerated.",
  fail: "The second run is worse by more than is tolerated, and not by chance.",
  invalid: "One of the runs measured nothing, so they cannot be compared.",
} as const;
const said = { worse: "worse", unclear: "unclear", same: "no difference", better: "better" } as const satisfies Record<Change, string>;
const signs = { worse: "✕", unclear: "?", same: "=", better: "✓" } as const satisfies Record<Change, string>;
const tones = { worse: "fail", unclear: "invalid", same: "pass", better: "pass" } as const satisfies Record<Change, string>;

const change = ({ measure, difference: by }: Difference): string => points(measure, by);
/** Errors differ by percentage points. */
const points = (measure: Difference["measure"], by: number) => (measure === "errors" ? `${by >= 0 ? "+" : "-"}${percent(Math.abs(by)).replace(" %", " points")}` : difference(by));
/** The unit once: "-4.4 to +8.9 %". */
const interval = ({ measure, low, high }: Difference) => {
  const [from, to] = [points(measure, low), points(measure, high)];
  const unit = / (?:%|points)$/.exec(to)?.[0];
  return `${unit !== undefined && from.endsWith(unit) ? from.slice(0, -unit.length) : from} to ${to}`;
};
const tolerance = ({ measure, tolerance: by }: Pick<Difference, "measure" | "tolerance">) => (measure === "errors" ? percent(by).replace(" %", " points") : percent(by));

const columns = ["operation", "figure", "first", "second", "difference", "95 %", "tolerated", "verdict"] as const;
const cellsOf = (kind: string, one: Difference): string[] => [kind, names[one.measure], texts[one.measure](one.a), texts[one.measure](one.b), change(one), interval(one), tolerance(one)];
/** What a terminal of this width shows without breaking a line; the table is narrower unless operations have very long names. */
const terminalColumns = 100;

/** The answer in words first, then figures. */
export function comparisonText(comparison: Comparison): string {
  const { scenario, a, b, operations, notes, verdict, exitStatus } = comparison;
  const shown = columns.filter((column) => column !== "tolerated");
  const rows = operations.flatMap(({ kind, differences }) => differences.map((one, n) => [...cellsOf(n === 0 ? kind : "", one).slice(0, -1), said[one.change]]));
  const tolerated = new Map(operations.flatMap(({ differences }) => differences.map((one) => [one.measure, tolerance(one)])));
  const lines = [
    `${verdictWords[verdict]} (exit ${exitStatus})  ${scenario}: ${sentences[verdict]}`,
    `  first   ${whichRun(a)}`, `  second  ${whichRun(b)}`, "",
    ...inWords(operations), "",
    ...columnsOf([shown, ...rows]), "",
    ...notes.flatMap((note) => folded("note: ", note)),
    ...folded("note: ", `Tolerated: ${[...tolerated].map(([measure, by]) => `${names[measure]} ${by}`).join(", ")}. ${howSure(operations)}`),
  ];
  return `${lines.map(plain).join("\n")}\n`;
}

const whichRun = ({ version, seed, scale, startedAt, verdict }: Comparison["a"]): string => [version, `scale ${number(scale)}`, `seed ${seed}`, ...(startedAt === "" ? [] : [startedAt.slice(0, 16).replace("T", " ")]), `by itself ${verdictWords[verdict]}`].join(", ");

/** What became of the figures, a list for each answer: by how much where they differ, otherwise by operation. */
function inWords(operations: readonly OperationComparison[]): string[] {
  return (["worse", "better", "same", "unclear"] as const).flatMap((answer) => {
    const isBy = answer === "worse" || answer === "better";
    const found = operations.flatMap(({ kind, differences }) => {
      const these = differences.filter((one) => one.change === answer);
      if (isBy) return these.map((one) => `${kind} ${names[one.measure]} ${change(one)}`);
      return these.length === 0 ? [] : [`${kind} (${these.map(({ measure }) => names[measure]).join(", ")})`];
    });
    if (found.length === 0 && answer !== "worse") return [];
    return folded(`${said[answer]}:`.padEnd(15), `${found.length === 0 ? "nothing" : found.join(", ")}${answer === "unclear" ? ": chance could hide more than is tolerated, longer runs would tell" : ""}`);
  });
}

/** At words, the lines after the first below its beginning. */
function folded(begin: string, text: string): string[] {
  const lines: string[] = [];
  let line = begin;
  for (const word of text.split(" ")) {
    if (line.length + word.length > terminalColumns && line.trim() !== "") {
      lines.push(line.trimEnd());
      line = " ".repeat(begin.length);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}

/** Needs no script: all of it is tables. */
export function comparisonPage(comparison: Comparison, { css }: Pick<Assets, "css">): string {
  const { scenario, a, b, operations, notes, verdict } = comparison;
  const body = html`<header><h1>${scenario}: two runs compared</h1></header>
<div class="verdict ${verdict}" role="status"><strong>${verdictWords[verdict]}</strong> <span>${sentences[verdict]}</span></div>
<main>${section("operations", "Operations", table("The second run against the first", columns, operations.flatMap(({ kind, differences }) => differences.map((one) => [...cellsOf(kind, one), mark(one.change)])), [1, 7]),
    html`<p class="quiet">${howSure(operations)} Worse and better are said of what differs by more than is tolerated and not by chance; no difference, when the whole interval is tolerated; unclear otherwise.</p>`)}
${notes.length > 0 && section("notes", "To bear in mind", html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`)}
${section("runs", "The runs", table("", ["", "first", "second"], [
    ["version", a.version, b.version], ["seed", String(a.seed), String(b.seed)], ["begun", a.startedAt, b.startedAt], ["by itself", verdictMark(a.verdict), verdictMark(b.verdict)],
  ], [1, 2]), html`<pre tabindex="0">${a.command}
${b.command}</pre>`)}</main>`;
  return page(`${verdictWords[verdict]}: ${scenario} compared`, body, { css, script: "" });
}

const mark = (one: Change): Html => html`<span class="mark ${tones[one]}">${signs[one]} ${said[one]}</span>`;

function howSure(operations: readonly OperationComparison[]): string {
  return operations.some(({ method }) => method === "independent")
    ? "Some intervals take operations for independent of each other and are too narrow: the runs are short, or have no histogram for each second."
    : "Intervals of 95 % for all figures at once, by the bootstrap over blocks of seconds, the same blocks in both runs.";
}
