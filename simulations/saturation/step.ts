/**
 * One load, measured: in one or more pieces (runs of their own at that load), each a list of seconds after its warm-up. Neighbouring
 * seconds are alike, so whatever has an interval has it from blocks of seconds: the share of a rule as a ratio of sums, whose error is that
 * of the blocks' remainders (Cochran, Sampling Techniques, 1977, 2.11).
 */
import { quantile, type Buckets } from "../report/index.ts";
import { studentQuantile } from "../statistics/index.ts";
import { brokenIn, type Broken, type Rule, type Seen } from "./rules.ts";

/** By operation. */
export type Second = Readonly<Record<string, Seen>>;

/** A stretch of neighbouring seconds: for each rule, in their order. */
export type Block = readonly Broken[];

export interface Step {
  readonly load: number;
  readonly pieces: readonly (readonly Second[])[];
}

export interface Judged {
  readonly load: number;
  readonly pieces: number;
  readonly offeredPerS: number;
  readonly servedPerS: number;
  readonly rules: readonly RuleFigure[];
  readonly isStable: boolean;
  /** Every rule holds and work does not pile up. */
  readonly ok: boolean;
  /** Nothing would be learnt of this load by measuring it longer: intervals are narrow, or bounds far away. */
  readonly isSettled: boolean;
  readonly blocks: readonly Block[];
}

export interface RuleFigure {
  readonly rule: Rule;
  readonly share: number;
  readonly ok: boolean;
  /** The percentile that the rule is about, ms; the share that failed. NaN of nothing. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Blocks in one piece: enough to tell how they differ, and as long as they can be. */
const blocksOfPiece = 10;
/** Of an interval of a percentile: half its width, as a part of it (goal G13). */
export const precision = 0.1;
/** An interval so far from its bound decides; nearer, a step that ended as soon as it was lucky would draw the edge towards itself. */
const clearly = 1.25;
/** Work piles up when this part of what is offered, or more, stays in flight: less is the ups and downs of a queue. */
const pilingLeast = 0.01;

export function judge({ load, pieces }: Step, rules: readonly Rule[], confidence = 0.95): Judged {
  const seconds = pieces.flat();
  const perPiece = pieces.map((piece) => grouped(piece, blocksOfPiece));
  const blocks = perPiece.flat().map((block) => rules.map((rule) => summed(block.map((second) => brokenIn(rule, second[rule.operation])))));
  const figures = rules.map((rule, n) => figureOf(rule, blocks.map((block) => block[n] as Broken), seconds, confidence));
  const perS = (of: (seen: Seen) => number) => seconds.reduce((sum, second) => sum + Object.values(second).reduce((all, seen) => all + of(seen), 0), 0) / Math.max(1, seconds.length);
  const offeredPerS = perS(({ offered }) => offered);
  const isStable = !(risePerS(perPiece.map((piece) => piece.map(flightOf)), Math.max(1, seconds.length / Math.max(1, blocks.length)), confidence) > pilingLeast * offeredPerS);
  const holds = figures.every(({ ok }) => ok);
  return {
    load, pieces: pieces.length, offeredPerS, servedPerS: perS(({ done }) => done),
    rules: figures, isStable, ok: holds && isStable, blocks,
    // Rules and work in flight that disagree are looked at twice: one of the two is chance.
    isSettled: (isStable || !holds || pieces.length > 1) && (figures.some(isFarBeyond) || figures.every((figure, n) => isSettled(figure, blocks.map((block) => block[n] as Broken)))),
  };
}

const isFarBeyond = ({ rule, low, ok }: RuleFigure): boolean => !ok && low > (rule.boundMs ?? rule.allowed) * clearly;

function isSettled({ rule, value, low, high }: RuleFigure, blocks: readonly Broken[]): boolean {
  if (blocks.every(({ near }) => near === 0)) return true;
  const bound = rule.boundMs ?? rule.allowed;
  return low > bound * clearly || high < bound / clearly || (high - low) / 2 <= precision * value;
}

function figureOf(rule: Rule, blocks: readonly Broken[], seconds: readonly Second[], confidence: number): RuleFigure {
  const { beyond, of } = summed(blocks);
  const share = of === 0 ? 0 : beyond / of;
  // A rule that has nothing to be about does not hold: a search would go on for ever.
  const ok = of > 0 && share <= rule.allowed;
  if (rule.boundMs === undefined) {
    const half = studentQuantile(confidence, Math.max(1, blocks.length - 1)) * ratioError(blocks.map(({ beyond: part, of: all }) => [part, all]));
    return { rule, share, ok, value: share, low: Math.max(0, share - half), high: Math.min(1, share + half) };
  }
  const parts = seconds.map((second) => second[rule.operation]?.latency);
  const whole = pooled(parts);
  const value = whole.total === 0 ? Number.NaN : quantile(whole, 1 - rule.allowed);
  // The share at or below the percentile differs from block to block; its interval is read back through the whole.
  const perSecond = parts.map((part): [number, number] => (part === undefined ? [0, 0] : [countTo(part, value), part.total]));
  const half = studentQuantile(confidence, Math.max(1, blocks.length - 1)) * ratioError(inBlocks(perSecond, blocks.length));
  const at = (fraction: number) => (whole.total === 0 ? Number.NaN : quantile(whole, Math.min(1, Math.max(0, fraction))));
  // Fewer than the rule is about can say nothing of it from above.
  const high = whole.total * rule.allowed < 1 ? Infinity : at(1 - rule.allowed + half);
  return { rule, share, ok, value, low: at(1 - rule.allowed - half), high };
}

/** Standard error of a ratio of sums. */
export function ratioError(parts: readonly (readonly [part: number, all: number])[]): number {
  const [sum, of] = parts.reduce(([one, other], [part, all]) => [one + part, other + all], [0, 0]);
  if (of === 0 || parts.length < 2) return Infinity;
  const squares = parts.reduce((total, [part, all]) => total + (part - (sum / of) * all) ** 2, 0);
  return Math.sqrt((squares * parts.length) / (parts.length - 1)) / of;
}

export function summed(parts: readonly Broken[]): Broken {
  return parts.reduce((sum, { beyond, of, near }) => ({ beyond: sum.beyond + beyond, of: sum.of + of, near: sum.near + near }), { beyond: 0, of: 0, near: 0 });
}

const flightOf = (block: readonly Second[]): number => block.reduce((sum, second) => sum + Object.values(second).reduce((all, { inFlight }) => all + inFlight, 0), 0) / block.length;

/** How much more is in flight each second, when it grows within pieces and not by chance; otherwise 0. One line for all, each from a level of its own; one-sided, by Student's t. */
export function risePerS(pieces: readonly (readonly number[])[], blockS: number, confidence: number): number {
  const usable = pieces.filter((piece) => piece.length >= 3);
  let [cross, spread, count] = [0, 0, 0];
  const centred = usable.flatMap((piece) => {
    const mean = piece.reduce((sum, value) => sum + value, 0) / piece.length;
    return piece.map((value, n): readonly [number, number] => [n - (piece.length - 1) / 2, value - mean]);
  });
  for (const [at, value] of centred) {
    cross += at * value;
    spread += at * at;
    count++;
  }
  const freedom = count - usable.length - 1;
  if (freedom < 2 || cross <= 0) return 0;
  const slope = cross / spread;
  const left = centred.reduce((sum, [at, value]) => sum + (value - slope * at) ** 2, 0);
  const error = Math.sqrt(left / freedom / spread);
  return slope > studentQuantile(2 * confidence - 1, freedom) * error ? slope / blockS : 0;
}

/** Neighbours together, in at most so many groups of like length. */
function grouped<T>(all: readonly T[], groups: number): T[][] {
  const count = Math.min(groups, all.length);
  return Array.from({ length: count }, (_, n) => all.slice(Math.floor((n * all.length) / count), Math.floor(((n + 1) * all.length) / count)));
}

const inBlocks = (seconds: readonly (readonly [number, number])[], count: number): [number, number][] =>
  grouped(seconds, count).map((block) => block.reduce<[number, number]>(([one, other], [part, all]) => [one + part, other + all], [0, 0]));

function countTo({ valuesMs, counts }: Buckets, boundMs: number): number {
  let count = 0;
  for (let n = 0; n < valuesMs.length && (valuesMs[n] as number) <= boundMs; n++) count += counts[n] as number;
  return count;
}

/** All as one. */
export function pooled(parts: readonly (Buckets | undefined)[]): Buckets {
  const found = parts.filter((part) => part !== undefined);
  const length = found.reduce((sum, { valuesMs }) => sum + valuesMs.length, 0);
  const [values, counts] = [new Float64Array(length), new Float64Array(length)];
  let at = 0;
  for (const { valuesMs, counts: times } of found) {
    values.set(valuesMs, at);
    counts.set(times, at);
    at += valuesMs.length;
  }
  const order = Uint32Array.from(values, (_, n) => n).toSorted((one, other) => (values[one] as number) - (values[other] as number));
  return { valuesMs: Float64Array.from(order, (n) => values[n] as number), counts: Float64Array.from(order, (n) => counts[n] as number), total: found.reduce((sum, { total }) => sum + total, 0) };
}
