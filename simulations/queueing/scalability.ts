/**
 * The universal scalability law (N. J. Gunther, Guerrilla Capacity Planning, 2007): X(n) = lambda n / (1 + sigma (n - 1) + kappa n (n - 1)).
 * lambda is what one node does, sigma the share that waits for the others (contention), kappa the cost of agreeing with each of them
 * (coherency): with kappa above 0 there is a number of nodes beyond which more do less.
 */
import { studentQuantile } from "../statistics/index.ts";

export interface Scalability {
  readonly lambda: number;
  readonly sigma: number;
  readonly kappa: number;
}

export interface ScalabilityPoint {
  /** Nodes, or concurrent calls. */
  readonly size: number;
  readonly perS: number;
}

export type Range = readonly [low: number, high: number];

export type ScalabilityFit =
  | { readonly verdict: "insufficient data"; readonly because: string }
  | {
      readonly verdict: "fitted";
      readonly law: Scalability;
      /** By the curvature at the fit and Student's t with points - 3 degrees; one that holds 0 says that the data do not show the effect. */
      readonly intervals: { readonly lambda: Range; readonly sigma: Range; readonly kappa: Range };
      /** Share of the spread that the law explains. */
      readonly rSquared: number;
      /** The largest size that was measured. */
      readonly measuredTo: number;
    };

/** Fewer points than this fit anything. */
const pointsLeast = 6;
const distinctLeast = 4;
/** A prediction for more than this times the largest size measured is an extrapolation, and says so. */
export const extrapolationFactor = 10;

export const throughputAt = ({ lambda, sigma, kappa }: Scalability, size: number): number => (lambda * size) / (1 + sigma * (size - 1) + kappa * size * (size - 1));

/** Where throughput is greatest, not rounded; undefined where it never falls. */
export function peakSize({ sigma, kappa }: Scalability): number | undefined {
  return kappa > 0 ? Math.sqrt(Math.max(0, 1 - sigma) / kappa) : undefined;
}

export const isExtrapolated = (measuredTo: number, size: number): boolean => size > measuredTo * extrapolationFactor;

/** Least squares in throughput, by Levenberg and Marquardt from the fit of n / X(n), which is a parabola. */
export function fitScalability(points: readonly ScalabilityPoint[], confidence = 0.95): ScalabilityFit {
  for (const { size, perS } of points) if (!(size > 0 && perS > 0 && size < Infinity && perS < Infinity)) throw new RangeError(`a point is (${size}, ${perS}); allowed: finite numbers above 0`);
  if (points.length < pointsLeast) return { verdict: "insufficient data", because: `${points.length} points; at least ${pointsLeast} are needed` };
  const distinct = new Set(points.map(({ size }) => size)).size;
  if (distinct < distinctLeast) return { verdict: "insufficient data", because: `${distinct} different sizes; at least ${distinctLeast} are needed` };
  let parameters = begin(points);
  let error = squaredError(points, parameters);
  let damping = 1e-3;
  for (let step = 0; step < 500 && damping < 1e12; step++) {
    const { matrix, gradient } = normalEquations(points, parameters);
    const damped = matrix.map((row, i) => row.map((value, j) => (i === j ? value * (1 + damping) : value)));
    const change = solve(damped, gradient);
    const next = parameters.map((value, i) => value + (change[i] as number));
    const nextError = squaredError(points, next);
    if (nextError < error) {
      const isSettled = error - nextError < 1e-15 * error;
      [parameters, error, damping] = [next, nextError, damping / 10];
      if (isSettled) break;
    } else damping *= 10;
  }
  const { matrix } = normalEquations(points, parameters);
  const freedom = points.length - 3;
  const t = studentQuantile(confidence, freedom);
  const range = (i: number): Range => {
    const unit = [0, 1, 2].map((j) => (i === j ? 1 : 0));
    const half = t * Math.sqrt(((solve(matrix, unit)[i] as number) * error) / freedom);
    return [(parameters[i] as number) - half, (parameters[i] as number) + half];
  };
  const mean = points.reduce((sum, { perS }) => sum + perS, 0) / points.length;
  const spread = points.reduce((sum, { perS }) => sum + (perS - mean) ** 2, 0);
  return {
    verdict: "fitted",
    law: lawOf(parameters),
    intervals: { lambda: range(0), sigma: range(1), kappa: range(2) },
    rSquared: spread === 0 ? 1 : 1 - error / spread,
    measuredTo: Math.max(...points.map(({ size }) => size)),
  };
}

const lawOf = ([lambda = 0, sigma = 0, kappa = 0]: readonly number[]): Scalability => ({ lambda, sigma, kappa });
const squaredError = (points: readonly ScalabilityPoint[], parameters: readonly number[]) => points.reduce((sum, { size, perS }) => sum + (perS - throughputAt(lawOf(parameters), size)) ** 2, 0);

/** n / X = (1 + sigma (n - 1) + kappa n (n - 1)) / lambda is linear in 1, n - 1 and n (n - 1). */
function begin(points: readonly ScalabilityPoint[]): number[] {
  const rows = points.map(({ size, perS }) => ({ row: [1, size - 1, size * (size - 1)], value: size / perS }));
  const matrix = [0, 1, 2].map((i) => [0, 1, 2].map((j) => rows.reduce((sum, { row }) => sum + (row[i] as number) * (row[j] as number), 0)));
  const [one = 1, sigma = 0, kappa = 0] = solve(matrix, [0, 1, 2].map((i) => rows.reduce((sum, { row, value }) => sum + (row[i] as number) * value, 0)));
  if (one > 0) return [1 / one, sigma / one, kappa / one];
  return [Math.max(...points.map(({ size, perS }) => perS / size)), 0, 0];
}

function normalEquations(points: readonly ScalabilityPoint[], parameters: readonly number[]): { matrix: number[][]; gradient: number[] } {
  const law = lawOf(parameters);
  const matrix = [0, 1, 2].map(() => [0, 0, 0]);
  const gradient = [0, 0, 0];
  for (const { size, perS } of points) {
    const below = 1 + law.sigma * (size - 1) + law.kappa * size * (size - 1);
    const slopes = [size / below, (-law.lambda * size * (size - 1)) / (below * below), (-law.lambda * size * size * (size - 1)) / (below * below)];
    const error = perS - throughputAt(law, size);
    for (const [i, slope] of slopes.entries()) {
      gradient[i] = (gradient[i] as number) + slope * error;
      for (const [j, other] of slopes.entries()) (matrix[i] as number[])[j] = ((matrix[i] as number[])[j] as number) + slope * other;
    }
  }
  return { matrix, gradient };
}

/** A symmetric positive system of three; scaled by its diagonal first, as lambda is a million times kappa. NaN where it is singular. */
function solve(matrix: readonly (readonly number[])[], values: readonly number[]): number[] {
  const scale = matrix.map((row, i) => 1 / Math.sqrt(row[i] as number));
  const rows = matrix.map((row, i) => [...row.map((value, j) => value * (scale[i] as number) * (scale[j] as number)), (values[i] as number) * (scale[i] as number)]);
  for (const [i, pivotRow] of rows.entries()) {
    for (const [j, row] of rows.entries()) {
      if (i === j) continue;
      const by = (row[i] as number) / (pivotRow[i] as number);
      for (let at = i; at < row.length; at++) row[at] = (row[at] as number) - by * (pivotRow[at] as number);
    }
  }
  return rows.map((row, i) => ((row[3] as number) / (row[i] as number)) * (scale[i] as number));
}
