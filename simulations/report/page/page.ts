/**
 * `report.html`: one file that needs nothing else. Its content security policy forbids every address, so that what a scenario says could
 * not load anything even if it came through the escaping.
 */
import { html, jsonFor, raw, type Html } from "../html.ts";
import { asList, worst, type Runs } from "../runs.ts";
import { generatorHealth, inputs, marks, repeat } from "./about.ts";
import type { Assets } from "./assets.ts";
import { loadCurve } from "./curve.ts";
import { heatMaps, spectra } from "./latencies.ts";
import { costs, tables } from "./money.ts";
import { operations } from "./operations.ts";
import { section, verdictWords } from "./parts.ts";
import { gaugePlots, inFlightPlots, latencyPlots, ratePlots, resourcePlots, type TimePlot } from "./time.ts";
import { breaksFirst, head, thresholds } from "./verdict.ts";

/** `files` are the names of those written beside it. */
export function reportPage(runs: Runs, assets: Assets, files: readonly string[]): string {
  const [rates, flights, latencies, utilisation, queues, gauges] = [ratePlots(runs), inFlightPlots(runs), latencyPlots(runs), resourcePlots(runs, "utilisation"), resourcePlots(runs, "queue"), gaugePlots(runs)];
  const listed = marks(runs);
  const main = html`${loadCurve(runs)}${thresholds(runs)}${breaksFirst(runs)}${tables(runs)}${operations(runs)}
${plotSection("rates", "Offered and served", [...rates, ...flights], listed)}
${plotSection("latency", "Latency over time", latencies)}
${spectra(runs)}${heatMaps(runs)}
${plotSection("busy", "Utilisation and queues", [...utilisation, ...queues])}
${plotSection("gauges", "Gauges", gauges)}
${costs(runs)}${generatorHealth(runs)}${inputs(runs)}${repeat(runs, files)}`;
  const body = html`${head(runs)}
${contents(main)}
<main>${main}</main>
<script type="application/json" id="plots">${jsonFor([rates, flights, latencies, utilisation, queues, gauges].flat().map(({ data }) => data))}</script>`;
  return page(`${verdictWords[worst(asList(runs).map(({ verdict }) => verdict))]}: ${runs.main.scenario}`, body, assets);
}

/** Links to the sections that there are. */
function contents({ text }: Html): Html {
  const sections = [...text.matchAll(/<h2 id="([^"]*)">([^<]*)<\/h2>/g)];
  return html`<nav aria-label="Sections">${sections.map(([, id = "", title = ""]) => html`<a href="#${raw(id)}">${raw(title)}</a> `)}</nav>`;
}

const plotSection = (id: string, title: string, plots: readonly TimePlot[], before?: Html): Html | undefined =>
  plots.length === 0 && before === undefined ? undefined : section(id, title, before, html`<div class="grid">${plots.map(({ figure }) => figure)}</div>`);

/** A page with the house's look. The body's script data come before the script. */
export function page(title: string, body: Html, { css, script }: Assets): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="generator" content="Ensemble"><title>${title}</title>
<style>${raw(css)}</style></head>
<body>${body}
${script !== "" && html`<noscript><p>The plots over time need JavaScript; their numbers are in the tables.</p></noscript><script>${raw(script)}</script>`}
</body></html>
`.text;
}
