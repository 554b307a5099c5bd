/**
 * A falling curve of weights over ranks, made of pieces scale * (rank + q)^-alpha, with its integral and the inverse of that in closed form.
 * All popularity of this folder is such a curve: memory does not grow with the number of tracks.
 */
import { DescriptionError } from "../description/index.ts";
import type { CountPoint, PopularityDescription } from "./description.ts";

export interface Piece {
  /** From this rank (of the piece before, to it) in real numbers; the first begins at 0. */
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly alpha: number;
  readonly q: number;
}

/** With |1 - alpha| below this the power is a logarithm for all that doubles can tell. */
const nearlyOne = 1e-9;
const bisections = 200;

/** Integral of (x + q)^-alpha from `low` to `high`. expm1 keeps its digits where alpha is close to 1. */
export function powerIntegral(low: number, high: number, alpha: number, q: number): number {
  const exponent = 1 - alpha;
  const steps = Math.log((high + q) / (low + q));
  if (Math.abs(exponent) < nearlyOne) return steps;
  return ((low + q) ** exponent * Math.expm1(exponent * steps)) / exponent;
}

/** The x at which the integral from `low` is `area`. */
export function powerIntegralInverse(low: number, area: number, alpha: number, q: number): number {
  const exponent = 1 - alpha;
  if (Math.abs(exponent) < nearlyOne) return (low + q) * Math.exp(area) - q;
  return (low + q) * Math.exp(Math.log1p((area * exponent) / (low + q) ** exponent) / exponent) - q;
}

export function piecesOf(description: PopularityDescription): readonly Piece[] {
  if (description.type === "counts") return countPieces(description.points, description.totalPlays, description.headQ);
  const { tracks, alpha } = description;
  return [{ from: 0, to: tracks + 0.5, scale: 1, alpha, q: description.type === "zipf" ? 0 : description.q }];
}

function countPieces(points: readonly CountPoint[], totalPlays: number, headQ: number): readonly Piece[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) throw new DescriptionError("popularity.points", points, "a list of 1 to 100");
  const tail = points.slice(1).map((point, n): Piece => {
    const before = points[n] ?? point;
    const alpha = Math.log(before.plays / point.plays) / Math.log(point.rank / before.rank);
    return { from: before.rank, to: point === last ? point.rank + 0.5 : point.rank, scale: before.plays * before.rank ** alpha, alpha, q: 0 };
  });
  const tailPlays = tail.reduce((sum, { from, to, scale, alpha }) => sum + scale * powerIntegral(from, to, alpha, 0), 0);
  const headTo = points.length === 1 ? first.rank + 0.5 : first.rank;
  const head = (alpha: number): Piece => ({ from: 0, to: headTo, scale: first.plays * (first.rank + headQ) ** alpha, alpha, q: headQ });
  const headPlays = (alpha: number): number => head(alpha).scale * powerIntegral(0.5, headTo, alpha, headQ);
  let [low, high] = [0, 10];
  if (headPlays(low) + tailPlays > totalPlays || headPlays(high) + tailPlays < totalPlays) {
    throw new DescriptionError("popularity.totalPlays", totalPlays, `from ${headPlays(low) + tailPlays} up to ${headPlays(high) + tailPlays}, which is what these points leave room for`);
  }
  for (let n = 0; n < bisections && high - low > 1e-15; n++) {
    const middle = (low + high) / 2;
    if (headPlays(middle) + tailPlays < totalPlays) low = middle;
    else high = middle;
  }
  return [head((low + high) / 2), ...tail];
}
