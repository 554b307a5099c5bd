/**
 * What runs in the page: draws the plots over time that the page's data describe, in the reader's colours, and draws them again when the
 * width, the colours or the paper change. Cursors go together. Nothing is fetched.
 */
import uPlot from "uplot";
import { clock, ms, number, percent, short, timeOf } from "../words.ts";
import type { PlotData, PlotUnit } from "./plot-data.ts";

const shown: Readonly<Record<PlotUnit, (value: number) => string>> = { perS: (value) => `${short(value)}/s`, ms, part: percent, count: short, plain: number };
const heightPx = 250;
/** Half of an A4 page within its margins: on paper there are two columns, and the layout is not yet that of paper when plots are drawn for it. */
const paperPx = 330;
const widthOf = (clientPx: number) => (document.documentElement.dataset.print === undefined ? Math.max(280, Math.floor(clientPx)) : paperPx);
const data = new Map((JSON.parse(document.getElementById("plots")?.textContent ?? "[]") as PlotData[]).map((plot) => [plot.id, plot]));
const drawn = new Map<HTMLElement, uPlot>();
const sync = uPlot.sync("run");

function draw(holder: HTMLElement, plot: PlotData): void {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis = { stroke: colour("quiet"), grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("line"), width: 1 }, font: "12px system-ui, sans-serif" };
  const text = shown[plot.unit];
  const lastS = plot.atS.at(-1) ?? 0;
  drawn.get(holder)?.destroy();
  drawn.set(holder, new uPlot({
    width: widthOf(holder.clientWidth), height: heightPx,
    cursor: { sync: { key: sync.key }, drag: { x: true, y: false } },
    scales: { x: { time: false }, y: plot.log ? { distr: 3, range: (_, low, high) => [roundBelow((low ?? 1) / 1.05), (high ?? 10) * 1.2] } : { range: (_, low, high) => [Math.min(0, low ?? 0), plot.unit === "part" ? Math.max(1, high ?? 1) : (high ?? 0) > 0 ? (high ?? 0) * 1.06 : 1] } },
    axes: [
      { ...axis, size: 32, values: (_, splits) => splits.map((at) => timeOf(at, lastS)), incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 86_400], space: 55 },
      { ...axis, size: 62, values: (_, splits) => splits.map((value: number | null) => (value === null ? "" : text(value))) },
    ],
    series: [
      { label: "time", value: (_, at: number | null) => (at === null ? "" : clock(at)) },
      ...plot.series.map(({ label, colour: which, dash, width }, n) => ({
        label: `${n + 1} ${label}`, alpha: width > 3 ? 0.45 : 1, stroke: colour(`c${which % 8}`), width, points: { show: false },
        ...(dash.length > 0 ? { dash: [...dash] } : {}),
        value: (_: uPlot, value: number | null) => (value === null || value === undefined ? "" : text(value)),
      })),
    ],
    legend: { markers: { width: 3, dash: (_, n) => ((plot.series[n - 1]?.dash.length ?? 0) > 0 ? "dashed" : "solid") } },
    hooks: { drawClear: [(u) => marks(u, plot, colour, "ground")], draw: [(u) => marks(u, plot, colour, "letters"), (u) => numbers(u, plot, colour)] },
  }, [plot.atS, ...plot.series.map(({ values }) => values)] as unknown as uPlot.AlignedData, holder));
}

/** Each line carries its number of the legend, each at a place of its own: colours are not needed to tell them apart. */
function numbers(u: uPlot, plot: PlotData, colour: (name: string) => string): void {
  const { ctx } = u;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.font = `700 ${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.lineWidth = 4 * ratio;
  ctx.strokeStyle = colour("ground");
  for (const [n, { values, colour: which }] of plot.series.entries()) {
    const wanted = Math.floor(((n + 0.6) / (plot.series.length + 0.2)) * values.length);
    const at = values.findIndex((value, index) => index >= wanted && value !== null);
    const value = values[at];
    if (value === undefined || value === null) continue;
    const [x, y] = [u.valToPos(plot.atS[at] ?? 0, "x", true), u.valToPos(value, "y", true)];
    ctx.fillStyle = colour(`c${which % 8}`);
    ctx.strokeText(String(n + 1), x, y);
    ctx.fillText(String(n + 1), x, y);
  }
  ctx.restore();
}

/** 1, 2 or 5 of a decade, at or below. */
function roundBelow(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  return decade * (value >= 5 * decade ? 5 : value >= 2 * decade ? 2 : 1);
}

/** Phases and faults: an interval is shaded, a moment a line, each with its letter above. */
function marks(u: uPlot, plot: PlotData, colour: (name: string) => string, layer: "ground" | "letters"): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  const right = bbox.left + bbox.width;
  ctx.save();
  for (const { atS, untilS, letter } of plot.marks) {
    const at = Math.max(bbox.left, u.valToPos(atS, "x", true));
    const until = Math.min(right, untilS === undefined ? at : u.valToPos(untilS, "x", true));
    if (at > right || until < bbox.left) continue;
    if (layer === "letters") {
      ctx.fillStyle = colour("text");
      ctx.textAlign = "left";
      ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
      ctx.fillText(letter, at + 3 * ratio, bbox.top + 12 * ratio);
      continue;
    }
    ctx.fillStyle = colour("shade");
    if (until > at) ctx.fillRect(at, bbox.top, until - at, bbox.height);
    ctx.strokeStyle = colour("quiet");
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

const holders = [...document.querySelectorAll<HTMLElement>("[data-plot]")];
function drawAll(): void {
  for (const holder of holders) {
    const plot = data.get(holder.dataset.plot ?? "");
    if (plot !== undefined) draw(holder, plot);
  }
}

drawAll();
const widths = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    const plot = drawn.get(target as HTMLElement);
    const width = widthOf(contentRect.width);
    if (plot !== undefined && Math.abs(plot.width - width) > 1) plot.setSize({ width, height: heightPx });
  }
});
for (const holder of holders) widths.observe(holder);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
addEventListener("beforeprint", () => { document.documentElement.dataset.print = ""; drawAll(); });
addEventListener("afterprint", () => { delete document.documentElement.dataset.print; drawAll(); });
