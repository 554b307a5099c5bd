/** What the world costs a month, dearest first, and how far load can grow before it no longer pays: both only where a run has them. */
import type { LoadCurve, RunResult, Table } from "../../run/index.ts";
import { html, type Html } from "../html.ts";
import { asList, type Runs } from "../runs.ts";
import { money, ms, number, percent, short } from "../words.ts";
import { behind, section, table } from "./parts.ts";
import { across, frame, linear, linearTicks, pathOf, up } from "./svg.ts";

/** Of the first run that has it: a plan belongs to a scenario, not to a back end. */
const given = <T>(runs: Runs, member: (run: RunResult) => T | undefined): T | undefined => asList(runs).map(member).find((one) => one !== undefined);

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

/** Served over offered load, the fitted law dashed, the knee as an upright line. */
export function loadCurve(runs: Runs): Html | undefined {
  const curve = given(runs, ({ curve }) => curve);
  if (curve === undefined || curve.points.length === 0) return undefined;
  const { unit, points, fit, knee } = curve;
  const farthest = Math.max(...points.map(({ load }) => load), knee?.high ?? 0) * 1.08;
  const fitted = fit === undefined ? [] : Array.from({ length: 61 }, (_, n) => (farthest * n) / 60).map((load): readonly [number, number] => [load, served(fit, load)]);
  const highest = Math.max(...points.map(({ servedPerS }) => servedPerS), ...fitted.map(([, value]) => value)) * 1.08;
  const [x, y] = [linear(0, farthest, across.from, across.to), linear(0, highest, up.from, up.to)];
  const drawn = frame(`Served by load in ${unit}`,
    { title: `load, ${unit}`, scale: x, ticks: linearTicks(0, farthest).map((at) => ({ at, text: short(at) })) },
    { title: "", scale: y, ticks: linearTicks(0, highest).map((at) => ({ at, text: `${short(at)}/s` })) },
    html`${knee !== undefined && html`<rect class="shade" x="${x(knee.low).toFixed(1)}" y="${up.to}" width="${(x(knee.high) - x(knee.low)).toFixed(1)}" height="${up.from - up.to}"/><path class="edge" d="M${x(knee.load).toFixed(1)} ${up.to}V${up.from}"/>`}
${fitted.length > 0 && html`<path class="line predicted" d="${pathOf(fitted.map(([load, value]) => [x(load), y(value)]))}"/>`}
${points.map(({ load, servedPerS, ok }) => (ok ? html`<circle class="dot" cx="${x(load).toFixed(1)}" cy="${y(servedPerS).toFixed(1)}" r="4"/>` : html`<path class="line" d="M${(x(load) - 4).toFixed(1)} ${(y(servedPerS) - 4).toFixed(1)}l8 8m0 -8l-8 8"/>`))}`);
  return section("curve", "Throughput by load", html`<p>${knee === undefined ? "No load was found that breaks a threshold." : html`The largest load that holds every threshold is <strong>${short(knee.load)} ${unit}</strong> (95 %: ${short(knee.low)} to ${short(knee.high)}).`}</p>
<p class="quiet">Rings: thresholds held. Crosses: one was broken.${fit !== undefined && ` Dashed: the fitted law, sigma ${number(fit.sigma)}, kappa ${number(fit.kappa)}.`}</p>${drawn}`,
    behind(table("Throughput by load", [unit, "served", "p99", "thresholds"], points.map(({ load, servedPerS, p99Ms, ok }) => [number(load), `${short(servedPerS)}/s`, ms(p99Ms), ok ? "held" : "broken"]), [3])));
}

/** The universal scalability law (Gunther). */
const served = ({ lambda, sigma, kappa }: NonNullable<LoadCurve["fit"]>, load: number): number => (lambda * load) / (1 + sigma * (load - 1) + kappa * load * (load - 1));

export function tables(runs: Runs): Html[] {
  // Both runs may carry the plan of their scenario: once is enough.
  const each = new Map(asList(runs).flatMap((run) => run.tables ?? []).map((one) => [JSON.stringify(one), one]));
  return [...each.values()].map((one, n) => section(`table-${n}`, one.title, table(one.note ?? "", one.columns, one.rows.map((row) => row.map((cell) => (typeof cell === "string" ? cell : number(cell)))), wordsIn(one))));
}

const wordsIn = ({ columns, rows }: Table): number[] => columns.map((_, n) => n).filter((n) => rows.some((row) => typeof row[n] === "string"));
