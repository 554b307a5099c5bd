/**
 * What a run measured, in plain data that crosses threads and merges exactly, and the figures a report shows of it. Merging is in the
 * order of the list: the same replications in the same order give the same bytes, wherever each of them ran.
 */
import { lagOne, meanLatency, mergeLatencies, quantileLatency, wholeOf, type Estimate, type LatencyFigures, type LevelFigures } from "../statistics/index.ts";

export interface Measurement {
  /** Events by kind: arrived, served, refused, lost .. */
  readonly counts: Readonly<Record<string, number>>;
  /** Levels over time: busy, waiting .. */
  readonly levels: Readonly<Record<string, LevelFigures>>;
  readonly latencies: Readonly<Record<string, LatencyFigures>>;
  /** One row per window; of replications one after the other. */
  readonly windows: readonly Window[];
}

export interface Window {
  readonly fromS: number;
  readonly arrived: number;
  readonly served: number;
  /** Refused and lost. */
  readonly failed: number;
  readonly busyMean: number;
  readonly waitingMean: number;
  /** Of what was served in the window; NaN of nothing. */
  readonly meanS: number;
  readonly p50S: number;
  readonly p99S: number;
}

export interface Measured {
  readonly runs: number;
  readonly seed: number;
  readonly events: number;
  /** Of all events in their order; of replications, of their hashes. */
  readonly hash: string;
  /** Measured time, summed over replications. */
  readonly spanS: number;
  readonly warmUpS: number;
  readonly stations: Readonly<Record<string, Measurement>>;
}

export interface LatencySummary {
  readonly count: number;
  readonly mean: Estimate;
  readonly p50: Estimate;
  readonly p90: Estimate;
  readonly p99: Estimate;
  readonly p999: Estimate;
  readonly greatestS: number;
  /** Correlation of neighbouring batches: large means that the intervals are too narrow. */
  readonly lagOne: number;
}

export interface StationSummary {
  readonly counts: Readonly<Record<string, number>>;
  /** Means over time. */
  readonly levels: Readonly<Record<string, { readonly mean: number; readonly greatest: number }>>;
  readonly latencies: Readonly<Record<string, LatencySummary>>;
  readonly windows: readonly Window[];
}

/** Replications of one model, in the order of the list. Throws RangeError without one, or when they measured different stations. */
export function merge(all: readonly Measured[]): Measured {
  const [first] = all;
  if (first === undefined) throw new RangeError("there is no replication to merge");
  if (all.length === 1) return first;
  const names = Object.keys(first.stations);
  if (all.some((one) => Object.keys(one.stations).join() !== names.join())) throw new RangeError("the replications measured different stations");
  const total = (of: (one: Measured) => number) => all.reduce((sum, one) => sum + of(one), 0);
  return {
    runs: total(({ runs }) => runs),
    seed: first.seed,
    events: total(({ events }) => events),
    hash: hashOf(all.map(({ hash }) => hash).join()),
    spanS: total(({ spanS }) => spanS),
    warmUpS: first.warmUpS,
    stations: Object.fromEntries(names.map((name) => [name, mergeStations(all.map(({ stations }) => stations[name] as Measurement))])),
  };
}

function mergeStations(all: readonly Measurement[]): Measurement {
  return {
    counts: byKey(all.map(({ counts }) => counts), (values) => values.reduce((sum, value) => sum + value, 0)),
    levels: byKey(all.map(({ levels }) => levels), (values) => ({ area: values.reduce((sum, { area }) => sum + area, 0), greatest: Math.max(...values.map(({ greatest }) => greatest)) })),
    latencies: byKey(all.map(({ latencies }) => latencies), mergeLatencies),
    windows: all.flatMap(({ windows }) => windows),
  };
}

function byKey<V>(all: readonly Readonly<Record<string, V>>[], merged: (values: readonly V[]) => V): Record<string, V> {
  const keys = new Set(all.flatMap((one) => Object.keys(one)));
  return Object.fromEntries([...keys].map((key) => [key, merged(all.flatMap((one) => (Object.hasOwn(one, key) ? [one[key] as V] : [])))]));
}

/** The figures of one station, with intervals of this confidence. */
export function summaryOf(measured: Measured, name: string, confidence = 0.99): StationSummary {
  const station = measured.stations[name];
  if (station === undefined) throw new RangeError(`there is no station ${name}; there are ${Object.keys(measured.stations).join(", ")}`);
  return {
    counts: station.counts,
    levels: mapped(station.levels, ({ area, greatest }) => ({ mean: area / measured.spanS, greatest })),
    latencies: mapped(station.latencies, (figures) => latencySummary(figures, confidence)),
    windows: station.windows,
  };
}

const mapped = <V, W>(of: Readonly<Record<string, V>>, map: (value: V) => W): Record<string, W> => Object.fromEntries(Object.entries(of).map(([key, value]) => [key, map(value)]));

function latencySummary(figures: LatencyFigures, confidence: number): LatencySummary {
  const whole = wholeOf(figures);
  const at = (fraction: number) => quantileLatency(figures, fraction, confidence, whole);
  return {
    count: whole.count,
    mean: meanLatency(figures, confidence),
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    greatestS: figures.greatestS,
    lagOne: lagOne(figures.batches.map(({ sum, count }) => sum / count)),
  };
}

/** FNV-1a of a text. */
function hashOf(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
}
