/**
 * Two runs side by side: has the second become worse? A figure is worse when it is so by more than its tolerance and chance does not
 * explain it (the interval of the difference leaves out none at all); better likewise. It is the same when the whole interval lies within
 * the tolerance, and unclear otherwise: longer runs would tell. Intervals are of 95 % for all figures of the comparison at once (Bonferroni):
 * of sixteen figures at 95 % each, one would differ by chance in every other pair of runs.
 */
import { Stream } from "../../random/index.ts";
import { exitStatus, type RunResult } from "../../run/index.ts";
import { ReportError } from "../errors.ts";
import { countedS, readRuns } from "../runs.ts";
import { figuresOf, resamples, type Figures, type Method, type Resamples } from "./resample.ts";

/** As parts of the first run's figure; errors as a part of what was offered, added. */
export type Tolerance = Readonly<Record<keyof Figures, number>>;

export const tolerances: Tolerance = { p50Ms: 0.05, p99Ms: 0.1, servedPerS: 0.05, errors: 0.001 };

export type Change = "worse" | "unclear" | "same" | "better";

export interface Difference {
  readonly measure: keyof Figures;
  readonly a: number;
  readonly b: number;
  /** (b - a) / a; of errors, b - a. */
  readonly difference: number;
  /** Of 95 % with all other figures. */
  readonly low: number;
  readonly high: number;
  readonly tolerance: number;
  readonly change: Change;
}

export interface OperationComparison {
  readonly kind: string;
  readonly method: Method;
  readonly differences: readonly Difference[];
  /** Worse when any figure is; otherwise unclear when any is, then better when any is. */
  readonly change: Change;
}

export interface Comparison {
  readonly scenario: string;
  readonly a: Ran;
  readonly b: Ran;
  readonly operations: readonly OperationComparison[];
  /** What to bear in mind: other inputs, other hosts, operations of one run alone. */
  readonly notes: readonly string[];
  /** `fail`: b is worse. `invalid`: one of the runs measured nothing. */
  readonly verdict: RunResult["verdict"];
  readonly exitStatus: number;
}

type Ran = Pick<RunResult, "scenario" | "backEnd" | "seed" | "scale" | "version" | "command" | "startedAt" | "durationS" | "verdict">;

export interface CompareOptions {
  readonly tolerance?: Partial<Tolerance>;
  readonly seed?: number;
  /** More give steadier intervals. */
  readonly resamples?: number;
}

/** Of these, less is worse. */
const goods: ReadonlySet<keyof Figures> = new Set(["servedPerS"]);
const mostResamples = 100_000;

/** Throws ReportError for a tolerance below 0 and for runs of unlike back ends. */
export function compare(a: RunResult, b: RunResult, { tolerance = {}, seed = 1, resamples: count = 400 }: CompareOptions = {}): Comparison {
  const allowed: Tolerance = { ...tolerances, ...tolerance };
  for (const [measure, value] of Object.entries(allowed)) if (!(value >= 0)) throw new ReportError(`tolerance.${measure}`, value, "0 or more");
  if (!Number.isInteger(count) || count < 40 || count > mostResamples) throw new ReportError("resamples", count, `a whole number from 40 to ${mostResamples}`);
  if (a.backEnd !== b.backEnd) throw new ReportError("b.backEnd", b.backEnd, `that of a, ${a.backEnd}; a report sets a live run beside its model`);
  const kinds = Object.keys(a.operations).filter((kind) => b.operations[kind] !== undefined);
  const lost = Object.keys(a.operations).filter((kind) => b.operations[kind] === undefined);
  const deviations = deviationsAt(0.05 / Math.max(1, kinds.length * Object.keys(tolerances).length));
  const operations = kinds.map((kind) => operation(a, b, kind, allowed, deviations, resamples(a, b, kind, count, new Stream(seed, "compare", kind))));
  const verdict = [a, b].some((run) => run.verdict === "invalid") ? "invalid" : lost.length > 0 || operations.some(({ change }) => change === "worse") ? "fail" : "pass";
  return { scenario: b.scenario, a: ran(a), b: ran(b), operations, notes: notesOf(a, b, lost), verdict, exitStatus: exitStatus[verdict] };
}

/** Of two result.json: their live runs where both have one, otherwise their models'. Throws ReportError when they have none in common. */
export async function compareFiles(pathA: string, pathB: string, options: CompareOptions = {}): Promise<Comparison> {
  const [a, b] = await Promise.all([readRuns(pathA), readRuns(pathB)]);
  for (const backEnd of ["live", "model"] as const) {
    const [one, other] = [a, b].map((runs) => runs.find((run) => run.backEnd === backEnd));
    if (one !== undefined && other !== undefined) return compare(one, other, options);
  }
  throw new ReportError(pathB, b.map(({ backEnd }) => backEnd), `a run of a back end that ${pathA} has`);
}

function operation(a: RunResult, b: RunResult, kind: string, tolerance: Tolerance, deviations: number, { method, pairs }: Resamples): OperationComparison {
  const [one, other] = [figuresOf(a, kind), figuresOf(b, kind)];
  const differences = (Object.keys(tolerances) as (keyof Figures)[]).map((measure): Difference => {
    const drawn = pairs.map(([x, y]) => apart(measure, x, y)).filter((value) => Number.isFinite(value));
    const middle = apart(measure, one, other);
    const around = deviations * deviationOf(drawn);
    const [difference = Number.NaN, low = Number.NaN, high = Number.NaN] = [middle, middle - around, middle + around].map((value) => (measure === "errors" ? value : Math.expm1(value)));
    return { measure, a: one[measure], b: other[measure], difference, low, high, tolerance: tolerance[measure], change: changeOf(measure, difference, low, high, tolerance[measure]) };
  });
  const has = (change: Change) => differences.some((one) => one.change === change);
  return { kind, method, differences, change: has("worse") ? "worse" : has("unclear") ? "unclear" : has("better") ? "better" : "same" };
}

/** Ratios by their logarithm, in which chance is about as likely to double as to halve. */
function apart(measure: keyof Figures, { [measure]: a }: Figures, { [measure]: b }: Figures): number {
  if (measure === "errors") return b - a;
  return a === b ? 0 : Math.log(b / a);
}

function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Standard deviations beyond which, on both sides, lies a part `level` of a normal distribution (Abramowitz and Stegun 26.2.23, to 4.5e-4). */
function deviationsAt(level: number): number {
  const t = Math.sqrt(-2 * Math.log(level / 2));
  return t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
}

function changeOf(measure: keyof Figures, difference: number, low: number, high: number, tolerance: number): Change {
  const sign = goods.has(measure) ? -1 : 1;
  const [worseBy, least, most] = [sign * difference, Math.min(sign * low, sign * high), Math.max(sign * low, sign * high)];
  if (worseBy > tolerance && least > 0) return "worse";
  if (worseBy < -tolerance && most < 0) return "better";
  return least >= -tolerance && most <= tolerance ? "same" : "unclear";
}

function notesOf(a: RunResult, b: RunResult, lost: readonly string[]): string[] {
  const notes = lost.map((kind) => `The second run has no ${kind}.`);
  for (const kind of Object.keys(b.operations)) {
    const [one, other] = [a.operations[kind], b.operations[kind]];
    if (one === undefined || other === undefined) {
      if (one === undefined) notes.push(`The first run has no ${kind}.`);
      continue;
    }
    const by = other.offered / (countedS(b) || 1) / (one.offered / (countedS(a) || 1)) - 1;
    if (Math.abs(by) > 0.02) notes.push(`${kind}: the second run was offered ${Math.abs(100 * by).toFixed(1)} % ${by > 0 ? "more" : "less"}.`);
  }
  for (const field of ["scenario", "scale", "seed", "durationS"] as const) if (a[field] !== b[field]) notes.push(`${field}: ${a[field]} and ${b[field]}.`);
  if (JSON.stringify(a.inputs) !== JSON.stringify(b.inputs)) notes.push("The inputs are not the same.");
  if (JSON.stringify(a.host) !== JSON.stringify(b.host)) notes.push("The hosts are not the same.");
  for (const [name, run] of [["first", a], ["second", b]] as const) if (run.verdict === "invalid") notes.push(`The ${name} run is invalid: ${run.reasons.join("; ")}`);
  return notes;
}

const ran = ({ scenario, backEnd, seed, scale, version, command, startedAt, durationS, verdict }: RunResult): Ran => ({ scenario, backEnd, seed, scale, version, command, startedAt, durationS, verdict });
