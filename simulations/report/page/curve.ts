/** How far load can grow: what is served and how long it takes at rising load, where a threshold gives way, and what is full there. */
import type { LoadCurve } from "../../run/index.ts";
import { html, type Html } from "../html.ts";
import type { Runs } from "../runs.ts";
import { ms, number, percent, short } from "../words.ts";
import { given } from "./money.ts";
import { behind, section, table } from "./parts.ts";
import { across, frame, linear, linearTicks, logarithmic, logTicks, pathOf, up, type Scale } from "./svg.ts";

export function loadCurve(runs: Runs): Html | undefined {
  const curve = given(runs, (run) => run.curve);
  if (curve === undefined || curve.points.length === 0) return undefined;
  const { points, fit, knee, law, filling = [] } = curve;
  const farthest = Math.max(...points.map(({ load }) => load), knee?.high ?? 0) * 1.08;
  const x = linear(0, farthest, across.from, across.to);
  return section("curve", "Throughput by load", html`<p>${answer(curve)}</p>
${law !== undefined && html`<p>${law}</p>`}${fullest(curve)}
<p class="quiet">Rings: thresholds held. Crosses: one was broken, or work piled up.${knee !== undefined && " Upright: the largest load, its interval shaded."}${fit !== undefined && ` Dashed: the fitted law, sigma ${number(fit.sigma)}, kappa ${number(fit.kappa)}.`}</p>
<div class="grid">${served(curve, x, farthest)}${latencies(curve, x, farthest)}</div>`,
  behind(table("Throughput by load", [curve.unit, "served", curve.latencyOf ?? "p99", "95 %", "thresholds"], points.map(({ load, servedPerS, p99Ms, lowMs, highMs, ok }) => [number(load), `${short(servedPerS)}/s`, ms(p99Ms), lowMs === undefined ? "–" : `${ms(lowMs)} to ${highMs === undefined ? "?" : ms(highMs)}`, ok ? "held" : "broken"]), [4])),
  filling.length > 0 && behind(table("In use at that load", ["resource", "in use", `full at, ${curve.unit}`], filling.map(({ name, utilisation, fullAt }) => [name, percent(utilisation), fullAt === null ? "–" : number(fullAt)])), "What is in use there"));
}

function answer({ unit, knee, atLeast, gaveWay }: LoadCurve): Html {
  if (knee !== undefined) return html`The largest load that holds every threshold is <strong>${short(knee.load)} ${unit}</strong> (95 %: ${short(knee.low)} to ${short(knee.high)}).${gaveWay !== undefined && ` What gives way first: ${gaveWay}.`}`;
  if (atLeast !== undefined) return html`<strong>At least ${short(atLeast)} ${unit}</strong> hold every threshold; no greater load was measured that breaks one for sure.`;
  return html`No load was found that holds every threshold.`;
}

function fullest({ filling: [first, second] = [], unit }: LoadCurve): Html | undefined {
  if (first === undefined) return undefined;
  const full = first.fullAt === null ? "" : `, and would be full at ${short(first.fullAt)} ${unit}`;
  return html`<p>Fullest there: <strong>${first.name}</strong>, ${percent(first.utilisation)} in use${full}${second !== undefined && `; then ${second.name}, ${percent(second.utilisation)}`}.</p>`;
}

const mark = (at: number, high: number, ok: boolean): Html => (ok ? html`<circle class="dot" cx="${at.toFixed(1)}" cy="${high.toFixed(1)}" r="4"/>` : html`<path class="line" d="M${(at - 4).toFixed(1)} ${(high - 4).toFixed(1)}l8 8m0 -8l-8 8"/>`);

function kneeOf({ knee }: LoadCurve, x: Scale): Html | undefined {
  return knee && html`<rect class="shade" x="${x(knee.low).toFixed(1)}" y="${up.to}" width="${(x(knee.high) - x(knee.low)).toFixed(1)}" height="${up.from - up.to}"/><path class="edge" d="M${x(knee.load).toFixed(1)} ${up.to}V${up.from}"/>`;
}

const loadAxis = (unit: string, scale: Scale, farthest: number) => ({ title: `load, ${unit}`, scale, ticks: linearTicks(0, farthest).map((at) => ({ at, text: short(at) })) });

function served(curve: LoadCurve, x: Scale, farthest: number): Html {
  const { unit, points, fit } = curve;
  const fitted = fit === undefined ? [] : Array.from({ length: 61 }, (_, n) => (farthest * n) / 60).map((load): readonly [number, number] => [load, servedBy(fit, load)]);
  const highest = Math.max(...points.map(({ servedPerS }) => servedPerS), ...fitted.map(([, value]) => value)) * 1.08;
  const y = linear(0, highest, up.from, up.to);
  const drawn = frame(`Served by load in ${unit}`, loadAxis(unit, x, farthest),
    { title: "", scale: y, ticks: linearTicks(0, highest).map((at) => ({ at, text: `${short(at)}/s` })) },
    html`${kneeOf(curve, x)}
${fitted.length > 0 && html`<path class="line predicted" d="${pathOf(fitted.map(([load, value]) => [x(load), y(value)]))}"/>`}
${points.map(({ load, servedPerS, ok }) => mark(x(load), y(servedPerS), ok))}`);
  return html`<figure><figcaption><h3>Served</h3></figcaption>${drawn}</figure>`;
}

function latencies(curve: LoadCurve, x: Scale, farthest: number): Html | undefined {
  const { unit, points, boundMs, latencyOf = "p99" } = curve;
  const shown = points.filter(({ p99Ms }) => p99Ms > 0);
  if (shown.length === 0) return undefined;
  const all = shown.flatMap(({ p99Ms, lowMs = p99Ms, highMs = p99Ms }) => [lowMs, highMs]).concat(boundMs ?? []).filter((value) => value > 0);
  const [low, high] = [Math.min(...all) / 1.3, Math.max(...all) * 1.3];
  const y = logarithmic(low, high, up.from, up.to);
  const whisker = ({ load, p99Ms, lowMs = p99Ms, highMs = p99Ms }: (typeof shown)[number]) => html`<path class="whisker" d="M${x(load).toFixed(1)} ${y(lowMs).toFixed(1)}V${y(highMs).toFixed(1)}"/>`;
  const drawn = frame(`${latencyOf} by load in ${unit}`, loadAxis(unit, x, farthest),
    { title: "", scale: y, ticks: logTicks(low, high).map((value) => ({ at: value, text: ms(value) })) },
    html`${kneeOf(curve, x)}${boundMs !== undefined && html`<path class="edge" d="M${across.from} ${y(boundMs).toFixed(1)}H${across.to}"/><text x="${across.from + 4}" y="${(y(boundMs) - 4).toFixed(1)}">${ms(boundMs)} allowed</text>`}
${shown.map(whisker)}${shown.map(({ load, p99Ms, ok }) => mark(x(load), y(p99Ms), ok))}`);
  return html`<figure><figcaption><h3>${latencyOf}</h3></figcaption>${drawn}</figure>`;
}

/** The universal scalability law (Gunther). */
const servedBy = ({ lambda, sigma, kappa }: NonNullable<LoadCurve["fit"]>, load: number): number => (lambda * load) / (1 + sigma * (load - 1) + kappa * load * (load - 1));
