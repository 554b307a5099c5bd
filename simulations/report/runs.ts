/**
 * The runs of a report: one, or a live one and its model. Checks what the rest relies on, and keeps them as `result.json`.
 */
import { readFile, stat } from "node:fs/promises";
import { backEnds, exitStatus, type BackEnd, type RunResult } from "../run/index.ts";
import { ReportError } from "./errors.ts";

/** Of result.json. A file of another number is refused rather than misread. */
const format = 1;
/** What Node holds in one string, nearly: two days of eight resources and four operations at 1 s are 200 MB. */
const maxBytes = 500_000_000;

/** What was measured first, where there is a live run; what was predicted beside it. */
export interface Runs {
  /** The live run, or the only one. */
  readonly main: RunResult;
  /** The model's run beside a live one. */
  readonly predicted: RunResult | undefined;
}

/** Throws ReportError unless it is one run, or one of each back end of the same scenario and scale. */
export function runsOf(runs: readonly RunResult[]): Runs {
  const [one, other] = runs;
  if (one === undefined || runs.length > 2) throw new ReportError("runs", runs.length, "one run, or a live one and one of the model");
  for (const [n, run] of runs.entries()) check(run, `runs[${n}]`);
  if (other === undefined) return { main: one, predicted: undefined };
  for (const field of ["scenario", "scale"] as const) {
    if (one[field] !== other[field]) throw new ReportError(`runs[1].${field}`, other[field], `that of the other run, ${JSON.stringify(one[field])}`);
  }
  if (one.backEnd === other.backEnd) throw new ReportError("runs[1].backEnd", other.backEnd, `another than that of the first; compare() sets two runs of one back end side by side`);
  return one.backEnd === "live" ? { main: one, predicted: other } : { main: other, predicted: one };
}

export const asList = ({ main, predicted }: Runs): RunResult[] => (predicted === undefined ? [main] : [main, predicted]);

/** The worst of all: what cannot be believed, then what failed. */
export function worst(verdicts: readonly RunResult["verdict"][]): RunResult["verdict"] {
  return (["invalid", "fail"] as const).find((verdict) => verdicts.includes(verdict)) ?? "pass";
}

export const statusOf = (runs: readonly RunResult[]): number => exitStatus[worst(runs.map(({ verdict }) => verdict))];

/** How readers know a run in a table: what it was made by. */
export const shownAs: Readonly<Record<BackEnd, string>> = { live: "measured", model: "predicted" };

/** Seconds in which operations counted. */
export const countedS = ({ durationS, warmUpS }: RunResult): number => Math.max(0, durationS - warmUpS);

export const resultJson = (runs: readonly RunResult[]): string => `${JSON.stringify({ format, runs })}\n`;

/** The runs of a result.json, as they were given to writeReport. Throws ReportError when it is none. */
export async function readRuns(path: string): Promise<RunResult[]> {
  const { size } = await stat(path);
  if (size > maxBytes) throw new ReportError(`${path}: size`, size, `at most ${maxBytes} bytes`);
  return runsFrom(await readFile(path, "utf8"), path);
}

export function runsFrom(text: string, name: string): RunResult[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ReportError(name, text.slice(0, 40), `a result.json (${String(error)})`);
  }
  const { format: given, runs } = isObject(value) ? value : {};
  if (given !== format) throw new ReportError(`${name}: format`, given, String(format));
  if (!Array.isArray(runs) || runs.length === 0) throw new ReportError(`${name}: runs`, runs, "a list with a run");
  return runs.map((run: unknown, n) => check(run, `${name}: runs[${n}]`));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** The shape as far as a page could break on it. */
function check(run: unknown, at: string): RunResult {
  if (!isObject(run)) throw new ReportError(at, run, "a run's result");
  const rules: Readonly<Record<string, readonly [(value: unknown) => boolean, string]>> = {
    scenario: [(value) => typeof value === "string" && value !== "", "a name"],
    backEnd: [(value) => (backEnds as readonly unknown[]).includes(value), backEnds.join(", ")],
    verdict: [(value) => typeof value === "string" && Object.hasOwn(exitStatus, value), Object.keys(exitStatus).join(", ")],
    durationS: [(value) => Number.isFinite(value) && Number(value) >= 0, "seconds, 0 or more"],
    warmUpS: [(value) => Number.isFinite(value) && Number(value) >= 0, "seconds, 0 or more"],
    operations: [isObject, "operations by name"],
    series: [Array.isArray, "a list of samples"],
    resources: [Array.isArray, "a list of resources"],
    marks: [Array.isArray, "a list of marks"],
    thresholds: [Array.isArray, "a list of thresholds"],
    reasons: [Array.isArray, "a list of sentences"],
  };
  for (const [field, [holds, allowed]] of Object.entries(rules)) {
    if (!holds(run[field])) throw new ReportError(`${at}.${field}`, run[field], allowed);
  }
  return withHeadrooms(run as unknown as RunResult);
}

/** JSON has no infinity: what never fills comes back from a file as null. */
const withHeadrooms = (run: RunResult): RunResult => ({
  ...run,
  resources: run.resources.map((resource) => ({ ...resource, headroom: (resource.headroom as number | null) ?? Infinity })),
});
