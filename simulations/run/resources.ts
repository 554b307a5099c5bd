/** What the seconds of a run say about its resources, and what a run amounts to. */
import { headroomOf } from "./first-to-break.ts";
import type { ResourceResult, RunResult, Sample, ThresholdResult } from "./result.ts";

/** `series`: the seconds that count. */
export function resourcesOf(series: readonly Sample[], kinds: Readonly<Record<string, ResourceResult["kind"]>>): ResourceResult[] {
  return Object.entries(kinds).map(([name, kind]): ResourceResult => {
    const used = series.map(({ resources }) => resources[name]?.utilisation ?? 0);
    const queues = series.map(({ resources }) => resources[name]?.queue ?? 0);
    const meanUtilisation = mean(used);
    return { name, kind, meanUtilisation, maxUtilisation: Math.max(0, ...used), meanQueue: mean(queues), maxQueue: Math.max(0, ...queues), headroom: headroomOf(meanUtilisation) };
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** `invalid`: why nothing was measured; empty when something was. */
export function verdictOf(thresholds: readonly ThresholdResult[], invalid: readonly string[] = []): Pick<RunResult, "thresholds" | "verdict" | "reasons"> {
  const missed = thresholds.filter(({ ok }) => !ok).map(({ rule, value }) => `${rule}: it is ${Math.round(value * 100) / 100}`);
  return { thresholds, verdict: invalid.length > 0 ? "invalid" : missed.length > 0 ? "fail" : "pass", reasons: [...invalid, ...missed] };
}
