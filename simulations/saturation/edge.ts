/**
 * Where the largest load lies that holds every rule, from all that was measured around it. The logarithm of the share beyond a bound grows
 * about linearly with load (exactly so in M/M/1: P(T > t) = exp(-(mu - lambda) t)), so a line through the logits of the shares, weighted by
 * their errors, crosses the logit of the share allowed at the edge: points on both sides say where, and one that chance put on the wrong
 * side does little harm. The interval is of the bootstrap over blocks of seconds (Künsch 1989). On M/M/c queues of known edge it was nearer
 * than the bracket of a bisection and than an isotonic fit (`npm run bench -- find-max`).
 */
import type { Stream } from "../random/index.ts";
import type { Rule } from "./rules.ts";
import { ratioError, summed, type Block, type Judged } from "./step.ts";

export interface Edge {
  readonly load: number;
  readonly low: number;
  readonly high: number;
  /** What gives way first: a rule as written, or undefined where work piles up before one does. */
  readonly rule: string | undefined;
}

export interface EdgeOptions {
  readonly chance: Stream;
  readonly confidence?: number;
  readonly resamples?: number;
}

interface Point {
  readonly load: number;
  /** Logit of the share less that of the share allowed: above 0 the rule is broken. */
  readonly margin: number;
  readonly error: number;
}

/**
 * The line is a local one (Cleveland 1979, whose weights these are): below the edge the tail of the service itself is a plateau, above it is
 * transient. Loads within this factor of the middle, and shares from a twelfth to twelve times of what is allowed.
 */
const around = 1.15;
const widest = 2.5;
const weightLeast = 0.1;
const mostCorrected = 0.5;
/** Blocks are not quite independent, and a step ends when it is clear: intervals so much wider hold a known edge in 56 of 60 searches, as 95 % would. */
const widening = 1.35;
/** How far a line is from the curve, in logits: no step is worth more than this, however long it was, and resamples differ by it. */
const lineError = 0.3;
const logit = (share: number): number => Math.log(share / (1 - share));

/** Undefined unless some step held everything and a higher one did not. */
export function edgeOf(steps: readonly Judged[], rules: readonly Rule[], { chance, confidence = 0.95, resamples = 300 }: EdgeOptions): Edge | undefined {
  const ordered = steps.toSorted((one, other) => one.load - other.load);
  if (!ordered.some(({ ok }) => ok) || ordered.every(({ ok }) => ok)) return undefined;
  const piled = piledFrom(ordered);
  const steady = ordered.filter((step) => !piles(step) || (piled !== undefined && step.load < piled.high));
  const found = crossing(rules, steady.map(({ load, blocks }) => ({ load, blocks })));
  if (found === undefined || (piled !== undefined && found.load > piled.high)) return { ...(piled ?? bracketOf(ordered)), rule: undefined };
  const drawn: number[] = [];
  for (let n = 0; n < resamples; n++) {
    const again = crossing(rules, steady.map(({ load, blocks }) => ({ load, blocks: blocks.map(() => blocks[chance.index(blocks.length)] as Block), off: lineError * normal(chance) })));
    if (again !== undefined) drawn.push(again.load);
  }
  drawn.sort((one, other) => one - other);
  const at = (fraction: number) => drawn[Math.min(drawn.length - 1, Math.max(0, Math.round(fraction * (drawn.length - 1))))] ?? found.load;
  const beyond = (1 - confidence) / 2;
  const wide = (to: number) => found.load + widening * (to - found.load);
  const [low, high] = unseen(ordered, found, rules);
  return { load: found.load, low: Math.min(low, wide(at(beyond))), high: Math.max(high, wide(at(1 - beyond))), rule: found.rule };
}

/** Where a share jumps past what is allowed, nothing was seen between the neighbours of the edge, and it may lie anywhere there. */
function unseen(ordered: readonly Judged[], { load, rule }: { readonly load: number; readonly rule: string }, rules: readonly Rule[]): [low: number, high: number] {
  const n = rules.findIndex(({ text }) => text === rule);
  const points = ordered.map((step) => pointOf(step, n, rules[n] as Rule));
  const [below, above] = [points.filter((point) => point.load <= load).at(-1), points.find((point) => point.load >= load)];
  return [isFar(below) ? below.load : load, isFar(above) ? above.load : load];
}

const isFar = (point: Point | undefined): point is Point => point !== undefined && Math.abs(point.margin) > widest;

const piles = ({ isStable, rules }: Judged): boolean => !isStable && rules.every(({ ok }) => ok);

/** Where work piles up though every rule holds: between the lowest load at which it does, a higher one not being borne either, and the highest below. */
function piledFrom(ordered: readonly Judged[]): Omit<Edge, "rule"> | undefined {
  const first = ordered.find((step, n) => piles(step) && !ordered.slice(n + 1).some(({ ok }) => ok));
  const low = first === undefined ? undefined : ordered.filter(({ ok, load }) => ok && load < first.load).at(-1)?.load;
  return first === undefined || low === undefined ? undefined : between(low, first.load);
}

const between = (low: number, high: number): Omit<Edge, "rule"> => ({ load: Math.sqrt(low * high), low, high });

/** Of all that is known: the highest load that was borne, and the lowest that was not. */
function bracketOf(ordered: readonly Judged[]): Omit<Edge, "rule"> {
  const [borne, not] = [ordered.filter(({ ok }) => ok), ordered.filter(({ ok }) => !ok)].map((some) => some.map(({ load }) => load));
  const [one, other] = [Math.max(...(borne ?? [])), Math.min(...(not ?? []))];
  return between(Math.min(one, other), Math.max(one, other));
}

interface Measured {
  readonly load: number;
  readonly blocks: readonly Block[];
  /** Of a resample: so many logits to the side. */
  readonly off?: number;
}

/** Box and Muller 1958. */
const normal = (chance: Stream): number => Math.sqrt(-2 * Math.log(chance.positive())) * Math.cos(2 * Math.PI * chance.next());

/** The lowest of the rules' crossings. */
function crossing(rules: readonly Rule[], steps: readonly Measured[]): { readonly load: number; readonly rule: string } | undefined {
  let lowest: { load: number; rule: string } | undefined;
  for (const [n, rule] of rules.entries()) {
    const load = crossingOf(steps.map((step) => pointOf(step, n, rule)));
    if (load !== undefined && (lowest === undefined || load < lowest.load)) lowest = { load, rule: rule.text };
  }
  return lowest;
}

/** Half an operation more on each side: a share of nothing has a logit, and a wide error. */
function pointOf({ load, blocks, off = 0 }: Measured, n: number, rule: Rule): Point {
  const parts = blocks.map((block) => block[n] ?? { beyond: 0, of: 0, near: 0 });
  const { beyond, of } = summed(parts);
  const share = (beyond + 0.5) / (of + 1);
  const error = Math.max(ratioError(parts.map(({ beyond: part, of: all }) => [part, all])), Math.sqrt((beyond + 0.5) * (1 - share)) / (of + 1));
  const deviation = Number.isFinite(error) ? error / (share * (1 - share)) : widest;
  // A burst that did not come makes a share small, and its logarithm smaller still: on average too small by half its variance.
  return { load, margin: logit(share) + Math.min(mostCorrected, (deviation * deviation) / 2) - logit(rule.allowed) + off, error: deviation };
}

/** `points` by load. Undefined where the rule is never broken. */
function crossingOf(points: readonly Point[]): number | undefined {
  const side = sideOf(points);
  const [last, first] = [points[side - 1], points[side]];
  if (first === undefined) return undefined;
  if (last === undefined) return first.load;
  const middle = Math.sqrt(last.load * first.load);
  const near = points.filter(({ load, margin }) => load > middle / around && load < middle * around && Math.abs(margin) <= widest);
  const used = [...new Set([...near, last, first])];
  const line = fitted(used, middle);
  const loads = used.map(({ load }) => load);
  return line === undefined ? middle : Math.min(Math.max(...loads), Math.max(Math.min(...loads), line));
}

/**
 * How many of the points lie below the edge: where the fewest speak against it, by how far they lie on the wrong side and how sure they are. One that has hardly seen
 * anything, as the first and least loads have of rare operations, is on no side.
 */
function sideOf(points: readonly Point[]): number {
  const against = ({ margin, error }: Point): number => Math.abs(margin) / (error * error + lineError * lineError);
  let wrong = points.reduce((sum, point) => sum + (point.margin <= 0 ? against(point) : 0), 0);
  let [side, least] = [0, wrong];
  for (const [n, point] of points.entries()) {
    wrong += point.margin > 0 ? against(point) : -against(point);
    // Of places that are as good the highest: what is not known to be broken was borne.
    if (wrong <= least + 1e-12) [side, least] = [n + 1, wrong];
  }
  return side;
}

/** Where the line is 0, weighted by the points' errors and by how near to `middle` they lie; undefined where it does not rise. */
function fitted(points: readonly Point[], middle: number): number | undefined {
  const weights = points.map(({ error, load }) => Math.max(weightLeast, 1 - Math.abs(Math.log(load / middle) / Math.log(around)) ** 3) ** 3 / (error * error + lineError * lineError));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: (point: Point) => number) => points.reduce((sum, point, n) => sum + (weights[n] as number) * of(point), 0) / all;
  const [load, margin] = [mean((point) => point.load), mean((point) => point.margin)];
  const spread = mean((point) => (point.load - load) ** 2);
  const slope = mean((point) => (point.load - load) * (point.margin - margin)) / spread;
  return spread > 0 && slope > 0 ? load - margin / slope : undefined;
}
