/** From runs to what a search looks at, and from a search to the curve of a report. */
import { bucketsOf, opened, type Buckets } from "../report/index.ts";
import type { LoadCurve, RunResult } from "../run/index.ts";
import type { Saturation } from "./find-max.ts";
import { lawOf, lawSentence } from "./law.ts";
import { fillings, type Use } from "./resources.ts";
import type { Seen } from "./rules.ts";
import type { Judged, Second } from "./step.ts";

const nothing: Buckets = { valuesMs: new Float64Array(), counts: new Float64Array(), total: 0 };

/** The seconds of a run after its warm-up. What nobody had answered at its end failed in its last second. */
export function secondsOf({ series, warmUpS, durationS, operations }: RunResult): Second[] {
  const seconds = series.filter(({ atS }) => atS > warmUpS && atS <= durationS).map(({ atS, operations: kinds }) => Object.fromEntries(Object.entries(kinds).map(([kind, { offered, done, failed, inFlight, histogram }]): [string, Seen] =>
    [kind, { offered, done, failed, inFlight, latency: histogram === undefined ? nothing : bucketsOf(opened(histogram, `series at ${atS} s, ${kind}`)) }])));
  const last = seconds.at(-1);
  if (last === undefined) return seconds;
  for (const [kind, { codes }] of Object.entries(operations)) {
    const seen = last[kind];
    if (seen !== undefined) last[kind] = { ...seen, failed: seen.failed + (codes["unanswered"] ?? 0) };
  }
  return seconds;
}

export interface CurveOptions {
  readonly unit: string;
  /** What was in use at the loads measured. */
  readonly uses: readonly Use[];
  /** How a load is named in a sentence. */
  shown(load: number): string;
}

/** Latencies are those of the rule that gave way, or of the first about a percentile. */
export function curveOf({ edge, steps, low, verdict }: Saturation, { unit, uses, shown }: CurveOptions): LoadCurve {
  const about = steps[0]?.rules.find(({ rule }) => rule.text === edge?.rule && rule.boundMs !== undefined)?.rule ?? steps[0]?.rules.find(({ rule }) => rule.boundMs !== undefined)?.rule;
  const fit = lawOf(steps.map(({ load, servedPerS }) => ({ size: load, perS: servedPerS })));
  const at = verdict === "found" ? edge?.load : low;
  return {
    unit,
    points: steps.toSorted((one, other) => one.load - other.load).map((step) => ({ load: step.load, servedPerS: step.servedPerS, ok: step.ok, ...latency(step, about?.text) })),
    ...(about === undefined ? {} : { latencyOf: `${about.operation}, ${percentileOf(about.allowed)}`, boundMs: about.boundMs }),
    ...(fit.verdict === "fitted" ? { fit: fit.law } : {}),
    ...(verdict === "found" && edge !== undefined ? { knee: { load: edge.load, low: edge.low, high: edge.high } } : low === undefined ? {} : { atLeast: low }),
    law: lawSentence(fit, shown),
    ...(verdict === "found" ? { gaveWay: edge?.rule ?? "work piled up" } : {}),
    ...(at === undefined ? {} : { filling: fillings(uses, at) }),
  };
}

const percentileOf = (allowed: number): string => `p${Number((100 * (1 - allowed)).toFixed(4))}`;

function latency({ rules }: Judged, text: string | undefined): { readonly p99Ms: number; readonly lowMs?: number; readonly highMs?: number } {
  const found = rules.find(({ rule }) => rule.text === text);
  return found === undefined ? { p99Ms: Number.NaN } : { p99Ms: found.value, lowMs: found.low, ...(Number.isFinite(found.high) ? { highMs: found.high } : {}) };
}
