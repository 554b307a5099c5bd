/** Pieces that every section uses: verdicts in words and signs (never by colour alone), tables that scroll on a phone, figures with the numbers behind them. */
import type { RunResult } from "../../run/index.ts";
import { html, type Html } from "../html.ts";

export const verdictWords = { pass: "PASS", fail: "FAIL", invalid: "INVALID" } as const satisfies Record<RunResult["verdict"], string>;
const signs = { pass: "✓", fail: "✕", invalid: "!" } as const;

export const verdictMark = (verdict: RunResult["verdict"]): Html => html`<span class="mark ${verdict}">${signs[verdict]} ${verdictWords[verdict]}</span>`;
export const okMark = (ok: boolean): Html => html`<span class="mark ${ok ? "pass" : "fail"}">${ok ? "✓ holds" : "✕ broken"}</span>`;

type Cell = string | Html;

/** The first column names the row. Those in `words` are text, the others numbers. */
export function table(caption: string, columns: readonly string[], rows: readonly (readonly Cell[])[], words: readonly number[] = []): Html {
  const isWords = (n: number) => words.includes(n);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption === "" ? (columns[0] ?? "") : caption}"><table>${caption !== "" && html`<caption>${caption}</caption>`}<thead><tr>${columns.map((column, n) => html`<th scope="col"${isWords(n) && html` class="words"`}>${column}</th>`)}</tr></thead><tbody>
${rows.map((row) => html`<tr>${row.map((cell, n) => (n === 0 ? html`<th scope="row">${cell}</th>` : html`<td${isWords(n) && html` class="words"`}>${cell}</td>`))}</tr>
`)}</tbody></table></div>`;
}

export const behind = (content: Html, label = "The numbers as a table"): Html => html`<details><summary>${label}</summary>${content}</details>`;

export const section = (id: string, title: string, ...content: readonly (Html | false | undefined)[]): Html => html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${content}
</section>
`;

/** Letters for marks: A to Z, then A1 and on. */
export const letterOf = (n: number): string => `${String.fromCharCode(65 + (n % 26))}${n < 26 ? "" : Math.floor(n / 26)}`;
