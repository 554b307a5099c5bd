/**
 * Runs as a real one leaves them, made up from a seed: four kinds of operations, a release that raises the rate, a node that is away
 * for a while. The model's run is a little off, as models are.
 */
import { build, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";
import { Stream } from "../../random/index.ts";
import type { BackEnd, Latency, OperationResult, ResourceResult, RunResult, Sample, SampledOperation } from "../../run/index.ts";

export interface Recipe {
  readonly backEnd?: BackEnd;
  readonly seed?: number;
  readonly durationS?: number;
  readonly warmUpS?: number;
  /** Multiplies each latency, and each rate. */
  readonly slower?: number;
  readonly busier?: number;
  /** Part of the operations that fail without any fault. */
  readonly failing?: number;
  /** Leaves out the histogram of each second. */
  readonly plain?: boolean;
}

/** Median ms, spread of the logarithm, and operations a second. */
const kinds = { play: [24, 0.5, 60], chunk: [4, 0.6, 140], search: [38, 0.45, 25], "playlist edit": [11, 0.7, 18] } as const;

export function madeRun({ backEnd = "live", seed = 1, durationS = 120, warmUpS = 15, slower = 1, busier = 1, failing = 0.0004, plain = false }: Recipe = {}): RunResult {
  const live = backEnd === "live";
  const chance = new Stream(seed, "made run", backEnd);
  const awayS = [Math.round(durationS * 0.55), Math.round(durationS * 0.68)] as const;
  const releaseS = Math.round(durationS * 0.3);
  const whole = new Map<string, { histogram: Histogram; offered: number; done: number; refused: number; failed: number }>();
  const series: Sample[] = [];
  let backlog = 0;
  for (let atS = 0; atS < durationS; atS++) {
    const away = atS >= awayS[0] && atS < awayS[1];
    const load = (atS < releaseS ? 1 : 1.35) * Math.min(1, (atS + 1) / warmUpS) * busier;
    const utilisation = Math.min(0.98, 0.48 * load * (away ? 1.5 : 1) * (1 + 0.04 * normal(chance)));
    const crowd = 1 / (1 - utilisation) / 1.9;
    backlog = Math.max(0, backlog + (away ? 14 : -40) * load + 2 * normal(chance));
    const operations: Record<string, SampledOperation> = {};
    for (const [kind, [medianMs, spread, rate]] of Object.entries(kinds)) {
      const one = histogram();
      const offered = poisson(chance, rate * load);
      let [failed, refused] = [0, 0];
      for (let n = 0; n < offered; n++) {
        if (chance.chance(failing + (away ? 0.004 : 0))) failed++;
        else if (chance.chance(away ? 0.01 : 0)) refused++;
        else one.recordValue(Math.max(1, Math.round(1_000 * medianMs * slower * crowd * (live ? 1 : 0.97) * Math.exp(spread * normal(chance)))));
      }
      const done = offered - failed - refused;
      operations[kind] = { offered, done, failed: failed + refused, inFlight: Math.round((done * medianMs * crowd) / 1_000) + (away ? 8 : 0), p50Ms: at(one, 50), p99Ms: at(one, 99), p999Ms: at(one, 99.9), ...(plain ? {} : { histogram: encoded(one) }) };
      if (atS < warmUpS) continue;
      const sum = whole.get(kind) ?? { histogram: histogram(), offered: 0, done: 0, refused: 0, failed: 0 };
      sum.histogram.add(one);
      whole.set(kind, { histogram: sum.histogram, offered: sum.offered + offered, done: sum.done + done, refused: sum.refused + refused, failed: sum.failed + failed });
    }
    const near = (factor: number) => Math.max(0, Math.min(1, utilisation * factor * (1 + 0.03 * normal(chance))));
    const resources = Object.fromEntries(resourceList.map(([name, , factor]) => [name, { utilisation: near(factor), queue: Math.max(0, (near(factor) ** 2 / (1.02 - near(factor))) * 2) }]));
    series.push({ atS, operations, resources, gauges: { "edge hit ratio": 0.74 + 0.01 * normal(chance) - (atS > releaseS && atS < releaseS + 15 ? 0.1 : 0), "listeners online": Math.round(8_000 * load), "events in backlog": Math.round(backlog) } });
  }
  const operations = Object.fromEntries([...whole].map(([kind, sum]) => [kind, operationOf(sum)]));
  const resources = resourceList.map(([name, kind]) => resourceOf(name, kind, series.filter(({ atS }) => atS >= warmUpS)));
  const p99Ms = operations.play?.latency.p99Ms ?? 0;
  const thresholds = [
    { rule: "play.p99Ms < 200", value: p99Ms, ok: p99Ms < 200 },
    { rule: "search.p50Ms < 20", value: operations.search?.latency.p50Ms ?? 0, ok: (operations.search?.latency.p50Ms ?? 0) < 20 },
    { rule: "play.failed < 0.01", value: (operations.play?.failed ?? 0) / (operations.play?.offered ?? 1), ok: true },
  ];
  const failed = thresholds.filter(({ ok }) => !ok);
  return {
    scenario: "release-spike", about: "A celebrity releases an album: playlist writes triple within a minute, searches go for one term, and a node is lost meanwhile.",
    backEnd, seed, scale: 1e-4, version: "0.1.0 (f63abe1)",
    command: `npm run simulate -- release-spike --target ${backEnd} --scale 1e-4 --seed ${seed}`,
    startedAt: live ? "2026-03-02T09:30:00.000Z" : "", durationS, warmUpS,
    host: live ? { cpu: "Example CPU @ 2.00GHz", cores: 2, memoryGiB: 8, os: "Linux 6.1", node: "v24.0.0" } : null,
    inputs: { arrivals: { play: "nhpp 500K/s", edit: "50K/s to 150K/s in 60 s" }, popularity: "luminate-2023", network: ["3g", "4g", "fibre"], faults: [{ kill: "node-2", atS: awayS[0], forS: awayS[1] - awayS[0] }] },
    operations, series, resources,
    marks: [{ atS: 0, untilS: warmUpS, what: "warm-up" }, { atS: releaseS, what: "release" }, { atS: awayS[0], untilS: awayS[1], what: "node-2 is away" }],
    generator: live ? { processes: 2, sendLag: latencyOf(sendLag(chance)), maxCpu: 0.62, maxHostCpu: 0.88, clockOffsetMs: 0.08 } : null,
    thresholds, verdict: failed.length > 0 ? "fail" : "pass", reasons: failed.map(({ rule, value }) => `${rule}: it was ${value.toFixed(1)}`),
    contradictions: ["500K plays/s of 210 s each are 105M concurrent streams, where the scenario says 80M."],
    costs: { currency: "$", parts: [
      { what: "CDN traffic", perMonth: 20_700_000, low: 16e6, high: 31e6, because: "12.8 Tbps at $0.005 a GB; 4 points less waste saves 0.8M" },
      { what: "nodes", perMonth: 410_000, low: 330_000, high: 560_000, because: "140 cores at 0.6 of their time, and two more" },
      { what: "PostgreSQL", perMonth: 96_000 }, { what: "storage", perMonth: 58_000, because: "100K tracks a day" },
    ] },
    tables: [{ title: "Nodes by kind", columns: ["kind", "low", "mid", "high", "reason"], rows: [["gateway", 1_400, 1_600, 2_100, "connections"], ["actors", 84, 140, 190, "CPU"]], note: "Two of each kind may fail." }],
  };
}

const resourceList = [
  ["gateway, event loop", "gateway", 0.9], ["node-1, event loop", "node", 1.05], ["node-2, event loop", "node", 1.1], ["nats, out", "nats", 0.35],
  ["redis, cpu", "redis", 0.5], ["postgresql, commits", "postgresql", 0.75], ["edge, cpu", "edge", 0.25], ["generator-1, cpu", "generator", 0.6],
] as const satisfies readonly (readonly [string, ResourceResult["kind"], number])[];

export function histogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3, bitBucketSize: 64, useWebAssembly: false });
}

export const encoded = (one: Histogram): string => encodeIntoCompressedBase64(one);
const at = (one: Histogram, percentile: number) => (one.totalCount === 0 ? 0 : one.getValueAtPercentile(percentile) / 1_000);

export function latencyOf(one: Histogram): Latency {
  return { count: one.totalCount, meanMs: one.mean / 1_000, p50Ms: at(one, 50), p90Ms: at(one, 90), p99Ms: at(one, 99), p999Ms: at(one, 99.9), maxMs: one.maxValue / 1_000 };
}

function operationOf({ histogram: one, offered, done, refused, failed }: { histogram: Histogram; offered: number; done: number; refused: number; failed: number }): OperationResult {
  return { offered, done, refused, failed, codes: { "200": done, "503": refused, timeout: failed }, latency: latencyOf(one), histogram: encoded(one) };
}

function resourceOf(name: string, kind: ResourceResult["kind"], counted: readonly Sample[]): ResourceResult {
  const seen = counted.map(({ resources }) => resources[name] ?? { utilisation: 0, queue: 0 });
  const meanUtilisation = mean(seen.map(({ utilisation }) => utilisation));
  return { name, kind, meanUtilisation, maxUtilisation: Math.max(0, ...seen.map(({ utilisation }) => utilisation)), meanQueue: mean(seen.map(({ queue }) => queue)), maxQueue: Math.max(0, ...seen.map(({ queue }) => queue)), headroom: 1 / meanUtilisation };
}

function sendLag(chance: Stream): Histogram {
  const lag = histogram();
  for (let n = 0; n < 5_000; n++) lag.recordValue(Math.ceil(chance.exponential(260)));
  return lag;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const normal = (chance: Stream) => Math.sqrt(-2 * Math.log(chance.positive())) * Math.cos(2 * Math.PI * chance.next());
/** Near enough for a rate of some tens. */
const poisson = (chance: Stream, mean: number) => Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(chance)));
