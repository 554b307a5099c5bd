/** What a run must hold: a figure of an operation, and a bound. A figure that no operation has is an error, not a pass. */
import { z } from "zod";
import { DescriptionError, read, type Described } from "../description/index.ts";
import type { OperationResult, ThresholdResult } from "../run/index.ts";

const figures = {
  meanMs: ({ latency }) => latency.meanMs,
  p50Ms: ({ latency }) => latency.p50Ms,
  p90Ms: ({ latency }) => latency.p90Ms,
  p99Ms: ({ latency }) => latency.p99Ms,
  p999Ms: ({ latency }) => latency.p999Ms,
  maxMs: ({ latency }) => latency.maxMs,
  /** Of what was meant to begin, in percent. */
  failedPercent: ({ failed, refused, offered }) => (offered === 0 ? 0 : ((failed + refused) / offered) * 100),
} as const satisfies Record<string, (result: OperationResult) => number>;
type Figure = keyof typeof figures;

const names = Object.keys(figures);
const form = new RegExp(`^([a-z][a-zA-Z]*)\\.(${names.join("|")}) ?([<>]) ?(\\d+(?:\\.\\d+)?)$`);
const error = `"operation.figure < bound" with one of the figures ${names.join(", ")}`;

export const thresholdSchema = z.string({ error }).max(100, { error }).regex(form, { error })
  .meta({ description: "What must hold: a figure of an operation, and a bound. Times in ms, failures in percent of what was meant to begin.", examples: ["play.p99Ms < 200", "chunk.failedPercent < 0.1"] })
  .transform((text) => {
    const [, operation = "", figure = "", sign, bound] = form.exec(text) ?? [];
    return { operation, figure: figure as Figure, isBelow: sign === "<", bound: Number(bound) };
  });

export type Threshold = Described<typeof thresholdSchema>;

/** "play.p99Ms < 200". Throws DescriptionError. */
export const readThreshold = (path: string, value: unknown): Threshold => read(thresholdSchema, path, value);

/** Throws DescriptionError when the run has no such operation. */
export function judge(thresholds: readonly Threshold[], operations: Readonly<Record<string, OperationResult>>): ThresholdResult[] {
  return thresholds.map(({ operation, figure, isBelow, bound }) => {
    const result = operations[operation];
    const rule = `${operation}.${figure} ${isBelow ? "<" : ">"} ${bound}`;
    if (result === undefined) throw new DescriptionError("thresholds", rule, `an operation of this run: ${Object.keys(operations).join(", ")}`);
    const value = figures[figure](result);
    return { rule, value, ok: result.latency.count > 0 && (isBelow ? value < bound : value > bound) };
  });
}
