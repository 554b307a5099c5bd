/**
 * Plots over time: the data for the page's script, and for each plot a figure with its numbers as a table. Long runs are drawn in
 * coarser steps: rates as means, latencies, queues and utilisation by the worst second of a step. The CSV has every second. A run
 * whose samples are further apart than a second, as a model's day, is drawn in whole samples.
 */
import type { RunResult, Sample } from "../../run/index.ts";
import { html, type Html } from "../html.ts";
import { asList, type Runs } from "../runs.ts";
import { namesIn } from "../timeseries.ts";
import { ms, number, percent, short, timeOf } from "../words.ts";
import { kindsOf } from "./operations.ts";
import { behind, letterOf, table } from "./parts.ts";
import type { PlotData, PlotMark, PlotUnit } from "./plot-data.ts";

const mostPoints = 1_200;
const mostRows = 24;
const mostLines = 8;
const dashed = [7, 5] as const;

export interface TimePlot {
  readonly data: PlotData;
  readonly figure: Html;
}

interface Line {
  readonly label: string;
  readonly run: RunResult;
  readonly of: (sample: Sample) => number | undefined;
  readonly colour: number;
  readonly dash?: readonly number[];
  readonly width?: number;
}

interface Wanted {
  readonly id: string;
  readonly title: string;
  readonly note?: string | undefined;
  readonly unit: PlotUnit;
  readonly log?: boolean;
  readonly by: "mean" | "worst";
  readonly lines: readonly Line[];
}

const texts: Readonly<Record<PlotUnit, (value: number) => string>> = { perS: (value) => `${short(value)}/s`, ms, part: percent, count: short, plain: number };

/** Values of each line by step, for the steps in which any run has a sample. */
function stepped(lines: readonly Line[], by: "mean" | "worst", log: boolean, most: number): { readonly atS: number[]; readonly stepS: number; readonly apartS: number; readonly values: (number | null)[][] } {
  const series = [...new Set(lines.map(({ run }) => run.series))];
  const lastS = series.reduce((last, samples) => Math.max(last, samples.at(-1)?.atS ?? 0), 0);
  const apartS = apart(series);
  const stepS = stepOfAll(lastS, most, apartS);
  const stepOf = (sample: Sample) => Math.floor(sample.atS / stepS);
  const steps = [...new Set(series.flatMap((samples) => samples.map(stepOf)))].toSorted((one, other) => one - other);
  const place = new Map(steps.map((step, n) => [step, n]));
  const values = lines.map(({ run, of }) => {
    const sums = steps.map(() => 0);
    const counts = steps.map(() => 0);
    for (const sample of run.series) {
      const value = of(sample);
      const at = place.get(stepOf(sample));
      if (value === undefined || at === undefined || !Number.isFinite(value) || (log && value <= 0)) continue;
      sums[at] = by === "mean" ? (sums[at] ?? 0) + value : (counts[at] ?? 0) === 0 ? value : Math.max(sums[at] ?? 0, value);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    // Six digits: what cannot be seen need not be carried.
    return sums.map((sum, n) => (counts[n] === 0 || counts[n] === undefined ? null : Number((by === "mean" ? sum / counts[n] : sum).toPrecision(6))));
  });
  return { atS: steps.map((step) => step * stepS), stepS, apartS, values };
}

/** Between two samples, in s: the least of any run. */
function apart(series: readonly (readonly Sample[])[]): number {
  const leastS = series.reduce((least, [one, other]) => (one === undefined || other === undefined ? least : Math.min(least, other.atS - one.atS)), Infinity);
  return leastS === Infinity ? 1 : Math.max(1, leastS);
}

const clockSteps = [10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 86_400] as const;
/** Rather a few more points than twice as long steps. */
const overMost = 1.25;

function stepOfAll(lastS: number, most: number, apartS: number): number {
  if (apartS === 1) return Math.max(1, Math.ceil((lastS + 1) / most));
  const leastS = Math.max(apartS, lastS / (most * overMost));
  return clockSteps.find((stepS) => stepS >= leastS && stepS % apartS === 0) ?? Math.ceil(leastS / apartS) * apartS;
}

function plotOf({ id, title, note, unit, log = false, by, lines }: Wanted, marks: readonly PlotMark[]): TimePlot | undefined {
  const { atS, stepS, apartS, values } = stepped(lines, by, log, mostPoints);
  const each = by === "mean" ? "mean" : apartS === 1 ? "worst second" : "worst sample";
  if (atS.length === 0 || values.every((line) => line.every((value) => value === null))) return undefined;
  const rows = stepped(lines, by, log, mostRows);
  const tableBehind = table(`${title}, ${each} of each ${number(rows.stepS)} s`, ["from", ...lines.map(({ label }) => label)],
    rows.atS.map((at, n) => [timeOf(at, atS.at(-1) ?? 0), ...rows.values.map((line) => (line[n] === null || line[n] === undefined ? "–" : texts[unit](line[n])))]));
  return {
    data: { id, unit, log, atS, marks, series: lines.map(({ label, colour, dash = [], width = 1.6 }, n) => ({ label, colour, dash, width, values: values[n] ?? [] })) },
    figure: html`<figure><figcaption><h3>${title}</h3>${note !== undefined && html`<p class="quiet">${note}</p>`}${stepS > apartS && html`<p class="quiet">Each point is the ${each} of ${number(stepS)} s.</p>`}</figcaption><div class="plot" data-plot="${id}" role="img" aria-label="${title}: a plot over time, its numbers in the table below"></div>${behind(tableBehind)}</figure>`,
  };
}

export function marksOf({ main }: Runs): (PlotMark & { readonly what: string })[] {
  return main.marks.map(({ atS, untilS, what }, n) => ({ atS, untilS, what, letter: letterOf(n) }));
}

/** Offered and served, by operation. */
export const ratePlots = (runs: Runs): TimePlot[] => plots(runs, kindsOf(runs).map((kind, n) => ({
  id: `rate-${n}`, title: `${kind}: offered and served`, unit: "perS", by: "mean",
  lines: eachRun(runs, (run, suffix, dash) => [
    { label: `offered${suffix}`, run, of: ({ operations }) => operations[kind]?.offered, colour: 6, dash, width: 3.5 },
    { label: `served${suffix}`, run, of: ({ operations }) => operations[kind]?.done, colour: 0, dash, width: 1.6 },
    ...(run.series.some(({ operations }) => (operations[kind]?.failed ?? 0) > 0) ? [{ label: `failed${suffix}`, run, of: ({ operations }: Sample) => operations[kind]?.failed, colour: 1, dash }] : []),
  ]),
})));

export const inFlightPlots = (runs: Runs): TimePlot[] => plots(runs, [{
  id: "in-flight", title: "Operations in flight", note: "Work that grows without end is load that is not served.", unit: "count", by: "worst",
  lines: eachRun(runs, (run, suffix, dash) => kindsOf(runs).slice(0, mostLines).map((kind, n) => ({ label: `${kind}${suffix}`, run, of: ({ operations }) => operations[kind]?.inFlight, colour: n, dash }))),
}]);

export const latencyPlots = (runs: Runs): TimePlot[] => plots(runs, kindsOf(runs).map((kind, n) => ({
  id: `latency-${n}`, title: `${kind}: latency`, unit: "ms", log: true, by: "worst",
  lines: eachRun(runs, (run, suffix, dash) => [
    { label: `p50${suffix}`, run, of: ({ operations }) => operations[kind]?.p50Ms, colour: 0, dash },
    { label: `p99${suffix}`, run, of: ({ operations }) => operations[kind]?.p99Ms, colour: 1, dash, width: 2 },
    { label: `p99.9${suffix}`, run, of: ({ operations }) => operations[kind]?.p999Ms, colour: 3, dash, width: 1.2 },
  ]),
})));

/** The busiest: more lines than eight cannot be told apart. */
export function resourcePlots(runs: Runs, what: "utilisation" | "queue"): TimePlot[] {
  const most = (name: string) => Math.max(...asList(runs).map((run) => { const found = run.resources.find((one) => one.name === name); return (what === "queue" ? found?.maxQueue : found?.meanUtilisation) ?? 0; }));
  const all = namesIn(asList(runs).flatMap(({ series }) => series.map(({ resources }) => resources)));
  const busiest = all.map((name) => ({ name, most: most(name) })).toSorted((one, other) => other.most - one.most).slice(0, mostLines / 2).map(({ name }) => name);
  const note = all.length > busiest.length ? `The ${busiest.length} ${what === "queue" ? "longest" : "busiest"} of ${all.length}; all are in the table under "What breaks first" and in the CSV.` : undefined;
  const title = what === "queue" ? "Queue lengths" : "Utilisation";
  return plots(runs, [{
    id: what, title, note, unit: what === "queue" ? "count" : "part", by: "worst",
    lines: eachRun(runs, (run, suffix, dash) => busiest.map((name, n) => ({ label: `${name}${suffix}`, run, of: ({ resources }) => resources[name]?.[what], colour: n, dash }))),
  }]);
}

/** Each by itself: gauges have units of their own. */
export function gaugePlots(runs: Runs): TimePlot[] {
  const names = namesIn(asList(runs).flatMap(({ series }) => series.map(({ gauges }) => gauges)));
  return plots(runs, names.map((name, n) => {
    const isPart = /ratio|share|hit/i.test(name) && asList(runs).every(({ series }) => series.every(({ gauges }) => (gauges[name] ?? 0) >= 0 && (gauges[name] ?? 0) <= 1));
    return { id: `gauge-${n}`, title: name, unit: isPart ? "part" : "count", by: "mean", lines: eachRun(runs, (run, suffix, dash) => [{ label: `${name}${suffix}`, run, of: ({ gauges }) => gauges[name], colour: 7, dash, width: 2 }]) };
  }));
}

function plots(runs: Runs, wanted: readonly Wanted[]): TimePlot[] {
  const marks = marksOf(runs).map(({ atS, untilS, letter }) => ({ atS, untilS, letter }));
  return wanted.map((one) => plotOf(one, marks)).filter((plot) => plot !== undefined);
}

function eachRun(runs: Runs, lines: (run: RunResult, suffix: string, dash: readonly number[]) => Line[]): Line[] {
  const { main, predicted } = runs;
  return [...lines(main, "", []), ...(predicted === undefined ? [] : lines(predicted, ", predicted", dashed))];
}
