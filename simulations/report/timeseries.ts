/**
 * `timeseries.csv`: one row for each second of a run, warm-up included, by RFC 4180 (a header, CRLF, quotes doubled). A column is named by
 * what it is of and what it counts: "play: p99_ms", "node-2, event loop: utilisation", "edge hit ratio". What a second does not have is empty.
 */
import type { RunResult } from "../run/index.ts";

const counted = { offered: "offered", done: "done", failed: "failed", inFlight: "in_flight", p50Ms: "p50_ms", p99Ms: "p99_ms", p999Ms: "p999_ms" } as const;
const ofResources = ["utilisation", "queue"] as const;
type Counted = keyof typeof counted;

export function csvOf({ series }: Pick<RunResult, "series">): string {
  const kinds = namesIn(series.map(({ operations }) => operations));
  const resources = namesIn(series.map(({ resources }) => resources));
  const gauges = namesIn(series.map(({ gauges }) => gauges));
  const parts = Object.keys(counted) as Counted[];
  const header = ["at_s", ...kinds.flatMap((kind) => parts.map((part) => `${kind}: ${counted[part]}`)), ...resources.flatMap((name) => ofResources.map((part) => `${name}: ${part}`)), ...gauges];
  const rows = series.map((sample) => [
    sample.atS,
    ...kinds.flatMap((kind) => parts.map((part) => sample.operations[kind]?.[part])),
    ...resources.flatMap((name) => ofResources.map((part) => sample.resources[name]?.[part])),
    ...gauges.map((name) => sample.gauges[name]),
  ]);
  return [header, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

/** In the order in which they first occur: some begin late. */
export function namesIn(records: readonly Readonly<Record<string, unknown>>[]): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))];
}

function field(value: string | number | null | undefined): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = value ?? "";
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
