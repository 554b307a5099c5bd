/**
 * Cells of the validation (goal G15): one figure of one run, predicted and measured, with the error that the goal allows. An error is
 * signed: above 0 the model said more than there was.
 */
import type { Prediction } from "./figures.ts";

export interface Cell {
  /** E.g. "2 nodes at 0.7". */
  readonly of: string;
  /** E.g. "p99, ms". */
  readonly figure: string;
  readonly measured: number;
  readonly predicted: Prediction;
  /** Part of the measured figure by which the prediction may be off. */
  readonly allowed: number;
}

export interface Verdict {
  /** (predicted - measured) / measured. */
  readonly error: number;
  readonly isMet: boolean;
  /** Whether the model's 95 % interval has what was measured. */
  readonly isCovered: boolean;
}

export function verdictOf({ measured, predicted, allowed }: Cell): Verdict {
  const error = (predicted.value - measured) / measured;
  return { error, isMet: Math.abs(error) <= allowed, isCovered: measured >= predicted.low && measured <= predicted.high };
}

export interface Tally {
  readonly cells: number;
  readonly met: number;
  readonly covered: number;
  /** Mean of the signed errors, and of their sizes. */
  readonly bias: number;
  readonly meanError: number;
  /** The largest in size, with its sign. */
  readonly worst: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** NaN where there are none. */
export function tallyOf(cells: readonly Cell[]): Tally {
  const verdicts = cells.map(verdictOf);
  const errors = verdicts.map(({ error }) => error);
  return {
    cells: cells.length,
    met: verdicts.filter(({ isMet }) => isMet).length,
    covered: verdicts.filter(({ isCovered }) => isCovered).length,
    bias: mean(errors),
    meanError: mean(errors.map(Math.abs)),
    worst: errors.toSorted((one, other) => Math.abs(other) - Math.abs(one))[0] ?? Number.NaN,
  };
}

/** Cells by figure, in the order in which each comes first. */
export const byFigure = (cells: readonly Cell[]): ReadonlyMap<string, readonly Cell[]> => Map.groupBy(cells, ({ figure }) => figure);
