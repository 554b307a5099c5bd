/** What the world costs a month, dearest first, and further tables: both only where a run has them. */
import type { RunResult, Table } from "../../run/index.ts";
import { html, type Html } from "../html.ts";
import { asList, type Runs } from "../runs.ts";
import { money, number, percent } from "../words.ts";
import { behind, section, table } from "./parts.ts";

/** Of the first run that has it: a plan belongs to a scenario, not to a back end. */
export const given = <T>(runs: Runs, member: (run: RunResult) => T | undefined): T | undefined => asList(runs).map(member).find((one) => one !== undefined);

export function costs(runs: Runs): Html | undefined {
  const found = given(runs, ({ costs }) => costs);
  if (found === undefined || found.parts.length === 0) return undefined;
  const { currency } = found;
  const parts = found.parts.toSorted((one, other) => other.perMonth - one.perMonth);
  const total = parts.reduce((sum, { perMonth }) => sum + perMonth, 0);
  const most = Math.max(...parts.map(({ perMonth }) => perMonth), 1e-9);
  const bars = parts.map(({ what, perMonth }) => html`<div role="listitem"><div>${what}</div><div class="tracks"><div class="track"><div class="fill" style="width:${((100 * perMonth) / most).toFixed(1)}%"></div></div></div><div>${money(perMonth, currency)} <span class="quiet">${percent(total > 0 ? perMonth / total : 0)}</span></div></div>`);
  const range = (low: number | undefined, high: number | undefined) => (low === undefined || high === undefined ? "–" : `${money(low, currency)} to ${money(high, currency)}`);
  return section("costs", "Cost a month", html`<p><strong>${money(total, currency)}</strong> a month in all.</p><div class="bars" role="list">${bars}</div>`,
    behind(table("Cost a month", ["what", "a month", "share", "from low to high", "because"], parts.map(({ what, perMonth, low, high, because }) => [what, money(perMonth, currency), percent(total > 0 ? perMonth / total : 0), range(low, high), because ?? ""]), [4]), "The amounts with their ranges and reasons"));
}

export function tables(runs: Runs): Html[] {
  // Both runs may carry the plan of their scenario: once is enough.
  const each = new Map(asList(runs).flatMap((run) => run.tables ?? []).map((one) => [JSON.stringify(one), one]));
  return [...each.values()].map((one, n) => section(`table-${n}`, one.title, table(one.note ?? "", one.columns, one.rows.map((row) => row.map((cell) => (typeof cell === "string" ? cell : number(cell)))), wordsIn(one))));
}

const wordsIn = ({ columns, rows }: Table): number[] => columns.map((_, n) => n).filter((n) => rows.some((row) => typeof row[n] === "string"));
