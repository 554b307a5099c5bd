/** A search on a terminal: a line for each step, and what it came to. At most 100 columns for names of usual length; text alone. */
import { columnsOf, plain, words } from "../report/index.ts";
import type { LoadCurve } from "../run/index.ts";
import type { Phase, Saturation } from "./find-max.ts";
import type { Judged, RuleFigure } from "./step.ts";

const { clock, counted, ms, number, percent, short } = words;
const phases = { doubling: "doubling", bisection: "halving the distance", edge: "around the edge" } as const satisfies Record<Phase, string>;

/** "step 3, doubling: 1,600 listeners held: play p99 34 ms | at most 6:10 left". */
export function stepLine(step: Judged, n: number, { phase, unit, leftS }: { readonly phase: Phase; readonly unit: string; readonly leftS: number }): string {
  const broken = step.rules.filter(({ ok }) => !ok);
  const said = broken.length > 0 ? `broke ${broken.map(shown).join(", ")}` : step.isStable ? `held, nearest ${shown(nearest(step))}` : "let work pile up";
  return plain(`step ${n}, ${phases[phase]}: ${number(Math.round(step.load))} ${unit} ${said} | at most ${clock(Math.max(0, leftS))} left`);
}

/** The rule of which most is used up. */
const nearest = ({ rules }: Judged): RuleFigure => rules.reduce((most, one) => (used(one) > used(most) ? one : most));
const used = ({ rule, value }: RuleFigure): number => (Number.isFinite(value) ? value / (rule.boundMs ?? rule.allowed) : 0);

function shown({ rule, value }: RuleFigure): string {
  return rule.boundMs === undefined ? `${rule.operation} failed ${percent(value)}` : `${rule.operation} p${Number((100 * (1 - rule.allowed)).toFixed(4))} ${ms(value)}`;
}

export interface SaturationTextOptions {
  /** E.g. "concurrent-streams on 2 nodes and 1 gateway". */
  readonly name: string;
  readonly curve: LoadCurve;
  readonly exitStatus: number;
  /** A load in other words: "scale 4e-5". */
  also(load: number): string;
}

export function saturationText(found: Saturation, { name, curve, exitStatus, also }: SaturationTextOptions): string {
  const { unit, knee, law, filling = [] } = curve;
  const load = (value: number) => `${number(Math.round(value))} ${unit}`;
  const [first, second] = filling;
  const full = first?.fullAt ?? null;
  const lines = [
    `${title(found)} (exit ${exitStatus})  ${name}`,
    ...answer(found, curve, load, also),
    ...(first === undefined ? [] : [`  fullest there: ${first.name}, ${percent(first.utilisation)} in use${full === null ? "" : ` (full at ${load(full)})`}${second === undefined ? "" : `; then ${second.name}, ${percent(second.utilisation)}`}`]),
    ...(law === undefined || found.steps.length === 0 ? [] : [`  ${law}`]),
    ...(found.steps.length === 0 ? [] : ["", ...columnsOf([["", unit, "offered", "served", ...(curve.latencyOf === undefined ? [] : [curve.latencyOf, "95 %"]), "runs"], ...found.steps.toSorted((one, other) => one.load - other.load).map((step) => rowOf(step, curve))], 1)]),
  ];
  return `${lines.map(plain).join("\n")}${knee === undefined ? "" : `\n${counted(found.steps.length, "load")} measured; the interval is of the largest load, by all of them.`}\n`;
}

const title = ({ verdict, ended, steps }: Saturation): string => (verdict === "found" ? "FOUND" : steps.length === 0 ? "NOTHING MEASURED" : verdict === "nothing" ? "NOTHING HOLDS" : ended === "invalid" ? "LIMIT NOT REACHED" : "AT LEAST");

function answer({ verdict, edge, low, high, steps, ended, reasons }: Saturation, { gaveWay }: LoadCurve, load: (value: number) => string, also: (value: number) => string): string[] {
  const why = { invalid: `the search ended there: ${reasons.join("; ")}`, time: "the time was over before more was known", most: "no greater load was to be measured", settled: "no line could be put through what was measured" }[ended];
  if (verdict === "found" && edge !== undefined) {
    return [`  ${load(edge.load)} (${also(edge.load)}) hold every rule; 95 %: ${load(edge.low)} to ${load(edge.high)}`, `  gives way first: ${gaveWay ?? "–"}`, ...(ended === "settled" ? [] : [`  ${why}`])];
  }
  if (low === undefined) return steps.length === 0 ? [`  ${why}`] : [`  not even ${load(Math.min(...steps.map((step) => step.load)))} hold every rule`];
  return [`  at least ${load(low)} (${also(low)}) hold every rule${high === undefined ? "" : `; ${load(high)} do not`}`, `  ${why}${ended === "invalid" ? ". The generator or the machine was the limit, not the service" : ""}`];
}

function rowOf(step: Judged, { points, latencyOf }: LoadCurve): string[] {
  const point = points.find(({ load }) => load === step.load);
  const range = point?.lowMs === undefined ? "–" : `${ms(point.lowMs)} to ${point.highMs === undefined ? "?" : ms(point.highMs)}`;
  return [step.ok ? "held" : step.rules.every(({ ok }) => ok) ? "piled up" : "broke", number(Math.round(step.load)), `${short(step.offeredPerS)}/s`, `${short(step.servedPerS)}/s`, ...(latencyOf === undefined ? [] : [ms(point?.p99Ms), range]), String(step.pieces)];
}
