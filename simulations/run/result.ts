/**
 * What a run leaves, of either back end: the same shape for what was measured on real nodes (`live`) and what was computed
 * (`model`), so that one can be set beside the other. It is plain data: `result.json` holds it whole.
 */

export const backEnds = ["live", "model"] as const;
export type BackEnd = (typeof backEnds)[number];

/** Latencies in ms, from the moment at which an operation was meant to begin. */
export interface Latency {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export interface OperationResult {
  /** Meant to begin, after the warm-up. */
  readonly offered: number;
  readonly done: number;
  /** Turned away (429, 503), and failed in another way, by code. */
  readonly refused: number;
  readonly failed: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly latency: Latency;
  /** The histogram whole: hdr-histogram's compressed form, base64, values in microseconds. Histograms of several runs or generators add up exactly. */
  readonly histogram: string;
}

export interface SampledOperation {
  readonly offered: number;
  readonly done: number;
  readonly failed: number;
  readonly inFlight: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Of those that were done in this second, as in `OperationResult`: for the heat map, the interval log and the comparison of runs. */
  readonly histogram?: string;
}

/** One second of a run. */
export interface Sample {
  /** Since the run began, warm-up included. */
  readonly atS: number;
  readonly operations: Readonly<Record<string, SampledOperation>>;
  /** By name of the resource. */
  readonly resources: Readonly<Record<string, { readonly utilisation: number; readonly queue: number }>>;
  /** Anything else that is counted each second: hit ratio of a cache, listeners, backlog. */
  readonly gauges: Readonly<Record<string, number>>;
}

export const resourceKinds = ["gateway", "node", "nats", "redis", "postgresql", "edge", "link", "generator", "host"] as const;

export interface ResourceResult {
  /** E.g. "node-2, event loop". */
  readonly name: string;
  readonly kind: (typeof resourceKinds)[number];
  /** Part of its time or of its capacity in use, after the warm-up. */
  readonly meanUtilisation: number;
  readonly maxUtilisation: number;
  readonly meanQueue: number;
  readonly maxQueue: number;
  /** At what multiple of this load it would be full: 1 / meanUtilisation when it grows with the load. */
  readonly headroom: number;
}

export interface ThresholdResult {
  /** As written: "play.p99Ms < 200". */
  readonly rule: string;
  readonly value: number;
  readonly ok: boolean;
}

/** What one part of the world costs a month. */
export interface Cost {
  readonly what: string;
  readonly perMonth: number;
  readonly low?: number;
  readonly high?: number;
  /** What it follows from, and what would lower it. */
  readonly because?: string;
}

/** Throughput and latency at rising load, with the scalability law fitted to it: X(n) = lambda n / (1 + sigma (n - 1) + kappa n (n - 1)). */
export interface LoadCurve {
  /** What `load` counts: "plays/s", "nodes". */
  readonly unit: string;
  /** `p99Ms`: the percentile that `latencyOf` names, with its interval. */
  readonly points: readonly { readonly load: number; readonly servedPerS: number; readonly p99Ms: number; readonly lowMs?: number; readonly highMs?: number; readonly ok: boolean }[];
  /** "play, p99" unless it is of all, and the bound on it. */
  readonly latencyOf?: string;
  readonly boundMs?: number | undefined;
  readonly fit?: { readonly lambda: number; readonly sigma: number; readonly kappa: number };
  /** What the law says, or why there is none. */
  readonly law?: string;
  /** The largest load that met the thresholds, with its interval. */
  readonly knee?: { readonly load: number; readonly low: number; readonly high: number };
  /** Where no knee was found: the largest load that was borne. */
  readonly atLeast?: number;
  /** The threshold that is broken first beyond the knee, or what else happens there. */
  readonly gaveWay?: string;
  /** Resources, the fullest at the knee first; `fullAt` is null where it does not grow with load. */
  readonly filling?: readonly { readonly name: string; readonly utilisation: number; readonly fullAt: number | null }[];
}

/** Anything else for the reader, as it is to be shown: nodes by kind with low, mid and high; the adaptive-bitrate panel; a validation. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  readonly note?: string;
}

export interface RunResult {
  readonly scenario: string;
  readonly about: string;
  readonly backEnd: BackEnd;
  readonly seed: number;
  /** Part of the whole world that was run. */
  readonly scale: number;
  /** Of Ensemble, with the commit where it is known. */
  readonly version: string;
  /** What repeats this run. */
  readonly command: string;
  /** ISO 8601; empty for the model, whose results are the same whenever it runs. */
  readonly startedAt: string;
  readonly durationS: number;
  readonly warmUpS: number;
  readonly host: { readonly cpu: string; readonly cores: number; readonly memoryGiB: number; readonly os: string; readonly node: string } | null;
  /** What the scenario said, for the reader. */
  readonly inputs: unknown;
  /** By kind: play, chunk, search, edit, ... */
  readonly operations: Readonly<Record<string, OperationResult>>;
  readonly series: readonly Sample[];
  readonly resources: readonly ResourceResult[];
  /** Faults and phases, to mark in plots. */
  readonly marks: readonly { readonly atS: number; readonly untilS?: number; readonly what: string }[];
  /** Of a live run: what the generators did. `maxCpu` and `maxHostCpu` are parts of one; the clock offset is the largest between two generators. */
  readonly generator: { readonly processes: number; readonly sendLag: Latency; readonly maxCpu: number; readonly maxHostCpu: number; readonly clockOffsetMs?: number } | null;
  readonly thresholds: readonly ThresholdResult[];
  /** `invalid`: the generator or the host was the bottleneck, so nothing was measured. */
  readonly verdict: "pass" | "fail" | "invalid";
  readonly reasons: readonly string[];
  /** Inputs that contradict each other, each a sentence. */
  readonly contradictions?: readonly string[];
  readonly costs?: { readonly currency: string; readonly parts: readonly Cost[] };
  readonly curve?: LoadCurve;
  readonly tables?: readonly Table[];
}

/** Exit status of a run. */
export const exitStatus = { pass: 0, fail: 99, invalid: 97 } as const satisfies Record<RunResult["verdict"], number>;
