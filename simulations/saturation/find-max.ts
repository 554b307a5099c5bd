/**
 * The largest load that holds every rule:
 *
 *   doubling: twice the load until one is not borne --> bisection: between the two, until they are 5 % apart
 *     (half the load, where already the first is not)     --> edge: on both sides of where the crossing seems to be, until its interval is narrow
 *
 * A load is measured in pieces until that would say no more of it, or `piecesMost` are there. What measures is given: real nodes, a model.
 * A piece that says nothing of what is searched (invalid: the generator or the machine was the limit) ends the search, as does the end of
 * its time; what is known by then is the answer. Pure: the same pieces and seed give the same answer.
 */
import type { Stream } from "../random/index.ts";
import { edgeOf, type Edge } from "./edge.ts";
import type { Rule } from "./rules.ts";
import { judge, type Judged, type Second, type Step } from "./step.ts";

export type Piece = { readonly seconds: readonly Second[] } | { readonly invalid: readonly string[] };
export type Phase = "doubling" | "bisection" | "edge";

export interface SearchOptions {
  readonly rules: readonly Rule[];
  /** The first load, and the greatest that there may be. */
  readonly begin: number;
  readonly most: number;
  readonly chance: Stream;
  /** One run at this load; `piece` counts those of the same load from 0. */
  measure(load: number, piece: number): Promise<Piece> | Piece;
  /** Asked before each piece. */
  mayGoOn?(): boolean;
  /** For people. `edge`: as it is known by then. */
  told?(step: Judged, phase: Phase, edge: Edge | undefined): void;
  /** 3 unless told. */
  readonly piecesMost?: number;
  /** Steps around the edge, at most; 8 unless told. */
  readonly edgeSteps?: number;
  readonly confidence?: number;
}

export interface Saturation {
  /**
   * `found`; `at least`: everything measured was borne, up to `most` or to where the search had to end; `nothing`: the least load measured
   * was not borne.
   */
  readonly verdict: "found" | "at least" | "nothing";
  /** Of what was found; of `at least`, the greatest load that was borne is `low`. */
  readonly edge: Edge | undefined;
  readonly low: number | undefined;
  /** The least load above it that was not borne. */
  readonly high: number | undefined;
  /** In the order in which they were measured. */
  readonly steps: readonly Judged[];
  readonly ended: "settled" | "most" | "time" | "invalid";
  /** Why the last piece was invalid. */
  readonly reasons: readonly string[];
}

/** Loads of the bracket are at most this much apart (goal G13). */
export const tolerance = 0.05;
/** Halving ends here: the load is a thousandth of the first. */
const halvingsMost = 10;
/** Loads around the edge lie so far from it, about as far as it is uncertain: near enough for a straight line, far enough for its slope. */
const aside = { least: 0.015, most: 0.04 } as const;
const edgeLeast = 2;

class Ended extends Error {
  readonly why: "time" | "invalid";
  readonly reasons: readonly string[];

  constructor(why: "time" | "invalid", reasons: readonly string[] = []) {
    super(why);
    this.why = why;
    this.reasons = reasons;
  }
}

export async function findMax(options: SearchOptions): Promise<Saturation> {
  const { rules, begin, most, chance, edgeSteps = 8 } = options;
  if (!(begin > 0 && begin < Infinity)) throw new RangeError(`begin is ${begin}; allowed: above 0`);
  if (!(most >= begin)) throw new RangeError(`most is ${most}; allowed: from begin (${begin}) on`);
  if (rules.length === 0) throw new RangeError("there is no rule");
  const steps: Judged[] = [];
  const edge = () => edgeOf(steps, rules, { chance: chance.fork(steps.length), ...(options.confidence === undefined ? {} : { confidence: options.confidence }) });
  const at = async (load: number, phase: Phase): Promise<Judged> => {
    const step = await measured(load, options);
    steps.push(step);
    options.told?.(step, phase, phase === "edge" ? edge() : undefined);
    return step;
  };
  const answer = (ended: Saturation["ended"], reasons: readonly string[] = []): Saturation => answered(steps, edge(), ended, reasons);
  try {
    const bracket = await bracketed(begin, most, at);
    if (bracket === undefined) return answer("most");
    let [low, high] = bracket;
    while (high > low * (1 + tolerance)) {
      const middle = Math.sqrt(low * high);
      if ((await at(middle, "bisection")).ok) low = middle;
      else high = middle;
    }
    for (let n = 0; n < edgeSteps; n++) {
      const known = edge();
      if (known === undefined || (n >= edgeLeast && (known.high - known.low) / 2 <= (tolerance / 2) * known.load)) break;
      const by = Math.min(aside.most, Math.max(aside.least, (known.high - known.low) / 2 / known.load));
      await at(Math.min(most, known.load * (n % 2 === 0 ? 1 - by : 1 + by)), "edge");
    }
    return answer("settled");
  } catch (error) {
    if (error instanceof Ended) return answer(error.why, error.reasons);
    throw error;
  }
}

/** A load that is borne and one that is not, by doubling; undefined where all are, or none. */
async function bracketed(begin: number, most: number, at: (load: number, phase: Phase) => Promise<Judged>): Promise<[number, number] | undefined> {
  let load = begin;
  if ((await at(load, "doubling")).ok) {
    while (load < most) {
      const next = Math.min(most, load * 2);
      if (!(await at(next, "doubling")).ok) return [load, next];
      load = next;
    }
    return undefined;
  }
  for (let n = 0; n < halvingsMost; n++) {
    load /= 2;
    if ((await at(load, "doubling")).ok) return [load, load * 2];
  }
  return undefined;
}

async function measured(load: number, { rules, measure, mayGoOn, piecesMost = 3, confidence }: SearchOptions): Promise<Judged> {
  let step: Step = { load, pieces: [] };
  let judged: Judged | undefined;
  for (let piece = 0; piece < piecesMost && judged?.isSettled !== true; piece++) {
    if (mayGoOn?.() === false) {
      // What was measured of this load counts.
      if (judged !== undefined) return judged;
      throw new Ended("time");
    }
    const seen = await measure(load, piece);
    if ("invalid" in seen) throw new Ended("invalid", seen.invalid);
    step = { load, pieces: [...step.pieces, seen.seconds] };
    judged = judge(step, rules, confidence);
  }
  if (judged === undefined) throw new RangeError("piecesMost is 0; allowed: 1 and more");
  return judged;
}

function answered(steps: readonly Judged[], edge: Edge | undefined, ended: Saturation["ended"], reasons: readonly string[]): Saturation {
  const borne = steps.filter(({ ok }) => ok).map(({ load }) => load);
  const not = steps.filter(({ ok }) => !ok).map(({ load }) => load);
  const low = borne.length === 0 ? undefined : Math.max(...borne);
  const above = not.filter((load) => low === undefined || load > low);
  const high = above.length === 0 ? undefined : Math.min(...above);
  // Without its bisection a bracket of a factor of two is no answer, though a line can be put through it.
  const isClose = edge !== undefined && borne.some((load) => not.some((other) => other > load && other <= load * (1 + 2 * tolerance)));
  const verdict = low === undefined ? "nothing" : isClose || (ended === "settled" && edge !== undefined) ? "found" : "at least";
  return { verdict, edge, low, high, steps, ended, reasons };
}
