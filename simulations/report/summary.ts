/**
 * `summary.json` in k6's layout, as its handleSummary() gives it: tools that read k6 read this. For each operation a trend of its
 * latencies, rates of what failed and was refused, counters of what was offered and done. A threshold has `ok: true` when it holds
 * (k6's older --summary-export had it the other way round).
 */
import type { RunResult, ThresholdResult } from "../run/index.ts";
import { bucketsOf, opened, quantile } from "./histograms.ts";
import { countedS } from "./runs.ts";

interface Metric {
  readonly type: "trend" | "rate" | "counter" | "gauge";
  readonly contains: "time" | "default";
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Record<string, { readonly ok: boolean }>;
}

export interface Summary {
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly state: { readonly isStdOutTTY: false; readonly isStdErrTTY: false; readonly testRunDurationMs: number };
  /** Of Ensemble; k6's readers pass it by. */
  readonly ensemble: Pick<RunResult, "scenario" | "backEnd" | "seed" | "scale" | "version" | "command" | "verdict" | "reasons">;
}

export function summaryOf(run: RunResult): Summary {
  const seconds = countedS(run);
  const metrics: Record<string, Metric> = {};
  for (const [kind, { offered, done, refused, failed, latency, histogram }] of Object.entries(run.operations)) {
    const buckets = bucketsOf(opened(histogram, `operations.${kind}.histogram`));
    const name = metricName(kind);
    const perS = (count: number) => (seconds > 0 ? count / seconds : 0);
    const rate = (count: number): Metric => ({ type: "rate", contains: "default", values: { rate: offered > 0 ? count / offered : 0, passes: count, fails: offered - count } });
    const values = { count: latency.count, avg: latency.meanMs, min: buckets.valuesMs[0] ?? 0, med: latency.p50Ms, max: latency.maxMs, "p(90)": latency.p90Ms, "p(95)": latency.count > 0 ? quantile(buckets, 0.95) : 0, "p(99)": latency.p99Ms, "p(99.9)": latency.p999Ms };
    metrics[`${name}_duration`] = { type: "trend", contains: "time", values };
    metrics[`${name}_failed`] = rate(failed);
    metrics[`${name}_refused`] = rate(refused);
    metrics[`${name}_offered`] = { type: "counter", contains: "default", values: { count: offered, rate: perS(offered) } };
    metrics[`${name}_done`] = { type: "counter", contains: "default", values: { count: done, rate: perS(done) } };
  }
  for (const threshold of run.thresholds) {
    const name = metricOf(threshold, run);
    const { thresholds, ...metric } = metrics[name] ?? { type: "gauge", contains: "default", values: { value: threshold.value } };
    metrics[name] = { ...metric, thresholds: { ...thresholds, [threshold.rule]: { ok: threshold.ok } } };
  }
  const { scenario, backEnd, seed, scale, version, command, verdict, reasons } = run;
  return { metrics, state: { isStdOutTTY: false, isStdErrTTY: false, testRunDurationMs: run.durationS * 1_000 }, ensemble: { scenario, backEnd, seed, scale, version, command, verdict, reasons } };
}

/** What a threshold is about: "play.p99Ms < 200" is about the latencies of play; what is about no operation has a metric of its own. */
function metricOf({ rule }: ThresholdResult, run: RunResult): string {
  const kind = Object.keys(run.operations).filter((one) => rule.startsWith(`${one}.`)).toSorted((one, other) => other.length - one.length)[0];
  if (kind === undefined) return metricName(/^[^<>=!]*/.exec(rule)?.[0].trim() ?? rule);
  const what = rule.slice(kind.length + 1);
  const part = /^\w*ms\b/i.test(what) ? "duration" : /^refus/i.test(what) ? "refused" : /^(fail|error)/i.test(what) ? "failed" : /^offered/i.test(what) ? "offered" : "done";
  return `${metricName(kind)}_${part}`;
}

/** k6 allows letters, digits and underscores. */
const metricName = (text: string): string => text.replaceAll(/\W+/g, "_").replace(/^(?=\d|$)/, "_").slice(0, 100);
