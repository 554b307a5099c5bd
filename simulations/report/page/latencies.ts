/** Latencies whole: the spectrum (all percentiles, on an axis of log 1/(1-p) that gives each further nine the same room) and the heat map over time. */
import type { RunResult } from "../../run/index.ts";
import { html, type Html } from "../html.ts";
import { bucketsOf, heatOf, opened, quantile, spectrum, type Buckets } from "../histograms.ts";
import { asList, shownAs, type Runs } from "../runs.ts";
import { clock, counted, difference, ms, number } from "../words.ts";
import { kindsOf } from "./operations.ts";
import { behind, section, table } from "./parts.ts";
import { across, frame, linear, logarithmic, logTicks, pathOf, timeTicks, up } from "./svg.ts";
import { marksOf } from "./time.ts";

const fractions = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1] as const;
const shadesOfHeat = 8;

/** "99.9 %": 1 - 10^-nines. */
const percentile = (nines: number) => `${nines === 0 ? "0" : (100 - 10 ** (2 - nines)).toFixed(Math.max(0, nines - 2))} %`;

export function spectra(runs: Runs): Html {
  const figures = kindsOf(runs).map((kind) => {
    const lines = asList(runs).flatMap((run) => {
      const buckets = wholeOf(run, kind);
      return buckets === undefined || buckets.total === 0 ? [] : [{ run, buckets, points: spectrum(buckets) }];
    });
    if (lines.length === 0) return undefined;
    const points = lines.flatMap((line) => line.points);
    const low = Math.min(...points.map((point) => point.ms)) / 1.15;
    const high = Math.max(...points.map((point) => point.ms)) * 1.15;
    const nines = Math.max(1, ...points.map((point) => point.nines));
    const [x, y] = [linear(0, nines, across.from, across.to), logarithmic(low, high, up.from, up.to)];
    const drawn = frame(`${kind}: latency by percentile, ${lines.map(({ run, buckets }) => `${shownAs[run.backEnd]} p50 ${ms(quantile(buckets, 0.5))}, p99 ${ms(quantile(buckets, 0.99))}`).join("; ")}`,
      { title: "percentile", scale: x, ticks: Array.from({ length: Math.floor(nines) + 1 }, (_, n) => ({ at: n, text: percentile(n) })) },
      { title: "", scale: y, ticks: logTicks(low, high).map((value) => ({ at: value, text: ms(value) })) },
      html`${lines.map(({ run, points }) => html`<path class="line${run !== runs.main && " predicted"}" d="${pathOf(points.map((point) => [x(point.nines), y(point.ms)]))}"/>`)}`);
    const [one, other] = lines;
    return html`<figure><figcaption><h3>${kind}</h3><p class="quiet">${lines.map(({ run, buckets }) => `${shownAs[run.backEnd]} (${run === runs.main ? "whole line" : "dashed"}): ${counted(buckets.total, "operation")}`).join("; ")}</p></figcaption>${drawn}
${behind(table(`${kind}: latency by percentile`, ["percentile", ...lines.map(({ run }) => shownAs[run.backEnd]), ...(other === undefined ? [] : ["difference"])], fractions.map((fraction) => {
      const values = lines.map(({ buckets }) => quantile(buckets, fraction));
      return [fraction === 1 ? "max" : `${number(Number((fraction * 100).toFixed(2)))} %`, ...values.map(ms), ...(one === undefined || other === undefined ? [] : [difference((values[1] ?? 0) / (values[0] ?? 1) - 1)])];
    })))}</figure>`;
  });
  return section("spectrum", "Latency by percentile", html`<p class="quiet">From the moment at which an operation was meant to begin, after the warm-up. Each step to the right leaves a tenth of the operations.</p><div class="grid">${figures}</div>`);
}

function wholeOf(run: RunResult, kind: string): Buckets | undefined {
  const operation = run.operations[kind];
  return operation === undefined ? undefined : bucketsOf(opened(operation.histogram, `operations.${kind}.histogram`));
}

/** Of the main run. A model's is drawn where there is nothing else. */
export function heatMaps(runs: Runs): Html {
  const { main } = runs;
  const figures = kindsOf(runs).map((kind) => heatMap(runs, main, kind)).filter((figure) => figure !== undefined);
  return section("heat", "Latency over time, all of it",
    figures.length > 0 ? html`<p class="quiet">The darker a field, the more operations took that long then; each of ${shadesOfHeat} shades is the same factor more than the last.</p><div class="grid">${figures}</div>` : html`<p>This run kept no histogram for each second, so there is no heat map; the percentiles over time are above.</p>`);
}

function heatMap(runs: Runs, run: RunResult, kind: string): Html | undefined {
  const seconds = run.series.flatMap(({ atS, operations }) => {
    const text = operations[kind]?.histogram;
    return text === undefined ? [] : [{ atS, buckets: bucketsOf(opened(text, `series at ${atS} s, ${kind}`)) }];
  });
  const heat = heatOf(seconds);
  if (heat === undefined) return undefined;
  const { edgesS, edgesMs, counts } = heat;
  const [firstS = 0, lastS = 1] = [edgesS[0], edgesS.at(-1)];
  const [lowMs = 1, highMs = 10] = [edgesMs[0], edgesMs.at(-1)];
  const [x, y] = [linear(firstS, lastS, across.from, across.to), logarithmic(lowMs, highMs, up.from, up.to)];
  const most = Math.max(...counts.flat());
  const shadeOf = (count: number) => Math.min(shadesOfHeat - 1, Math.floor((shadesOfHeat * Math.log(count)) / Math.log(most + 1)));
  // One path for each shade: a drawing of a hundred columns stays small.
  const paths = Array.from({ length: shadesOfHeat }, () => "");
  for (const [column, rows] of counts.entries()) {
    for (const [row, count] of rows.entries()) {
      if (count === 0) continue;
      const [left, right] = [x(edgesS[column] ?? 0), x(edgesS[column + 1] ?? 0)];
      const [bottom, top] = [y(edgesMs[row] ?? 0), y(edgesMs[row + 1] ?? 0)];
      paths[shadeOf(count)] += `M${left.toFixed(1)} ${top.toFixed(1)}H${right.toFixed(1)}V${bottom.toFixed(1)}H${left.toFixed(1)}z`;
    }
  }
  const marks = marksOf(runs).filter(({ atS }) => atS >= firstS && atS < lastS).map(({ atS, letter }) => html`<path class="edge" d="M${x(atS).toFixed(1)} ${up.to}V${up.from}"/><text x="${(x(atS) + 3).toFixed(1)}" y="${up.to + 11}" font-weight="600">${letter}</text>`);
  const drawn = frame(`${kind}: latency over time as a heat map`,
    { title: "time", scale: x, ticks: timeTicks(firstS, lastS).map((at) => ({ at, text: clock(at) })) },
    { title: "", scale: y, ticks: logTicks(lowMs, highMs).map((at) => ({ at, text: ms(at) })) },
    html`${paths.map((path, n) => path !== "" && html`<path class="heat" fill-opacity="${((n + 1) / shadesOfHeat).toFixed(2)}" d="${path}"/>`)}${marks}`);
  const coarse = heatOf(seconds, 16, 6);
  return html`<figure><figcaption><h3>${kind}</h3><p class="quiet">${shownAs[run.backEnd]}; at most ${counted(most, "operation")} in a field</p></figcaption>${drawn}${coarse !== undefined && behind(table(`${kind}: operations by time and latency`, ["from", ...coarse.edgesMs.slice(1).map((edge) => `to ${ms(edge)}`)], coarse.counts.map((rows, n) => [clock(coarse.edgesS[n] ?? 0), ...rows.map(number)])))}</figure>`;
}
