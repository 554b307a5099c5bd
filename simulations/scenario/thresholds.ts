/** What a run must hold: a figure of an operation, and a bound. A figure that no operation has is an error, not a pass. */
import { DescriptionError, textOf } from "../description/index.ts";
import type { OperationResult, ThresholdResult } from "../run/index.ts";

export interface Threshold {
  readonly operation: string;
  readonly figure: Figure;
  readonly isBelow: boolean;
  readonly bound: number;
}

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

const form = /^([a-z][a-zA-Z]*)\.([a-zA-Z0-9]+) ?([<>]) ?(\d+(?:\.\d+)?)$/;
const isFigure = (name: string): name is Figure => Object.hasOwn(figures, name);

/** "play.p99Ms < 200". Throws DescriptionError. */
export function readThreshold(path: string, value: unknown): Threshold {
  const [, operation, figure, sign, bound] = form.exec(textOf(path, value, 100)) ?? [];
  if (operation === undefined || figure === undefined || !isFigure(figure)) throw new DescriptionError(path, value, `"operation.figure < bound" with one of the figures ${Object.keys(figures).join(", ")}`);
  return { operation, figure, isBelow: sign === "<", bound: Number(bound) };
}

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
