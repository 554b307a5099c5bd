/** A rate over time in straight lines, with its integral and the inverse of that, both exact. Rates per ms here. */
import { unheardOf } from "../description/index.ts";
import { dayMs, defaultHours, type CurveDescription, type DiurnalDescription } from "./description.ts";

interface Line {
  readonly fromMs: number;
  readonly toMs: number;
  readonly rate: number;
  readonly slope: number;
  /** Arrivals expected from the first line's start to this one's. */
  readonly before: number;
}

interface Knot {
  readonly atMs: number;
  readonly rate: number;
}

export class RateCurve {
  readonly #lines: readonly Line[];
  /** The lines come again after this; Infinity when they do not. */
  readonly #periodMs: number;
  readonly #perPeriod: number;

  constructor(knots: readonly Knot[], periodMs = Infinity) {
    this.#periodMs = periodMs;
    this.#lines = linesThrough(knots, periodMs);
    const last = this.#lines.at(-1);
    this.#perPeriod = periodMs === Infinity || last === undefined ? Infinity : last.before + area(last, last.toMs);
  }

  at(atMs: number): number {
    const { line, inMs } = this.#find(atMs);
    return line.rate + line.slope * (inMs - line.fromMs);
  }

  integral(fromMs: number, untilMs: number): number {
    return this.#to(untilMs) - this.#to(fromMs);
  }

  /** When `expected` more arrivals are expected since `fromMs`; Infinity when so many never are. */
  after(fromMs: number, expected: number): number {
    let { line, inMs, n, originMs } = this.#find(fromMs);
    let left = expected;
    if (this.#perPeriod === 0) return Infinity;
    if (this.#perPeriod !== Infinity && left > this.#perPeriod) {
      const periods = Math.floor(left / this.#perPeriod);
      originMs += periods * this.#periodMs;
      left -= periods * this.#perPeriod;
    }
    for (;;) {
      const rate = line.rate + line.slope * (inMs - line.fromMs);
      const room = area(line, line.toMs) - area(line, inMs);
      if (left <= room && (rate > 0 || line.slope > 0)) {
        // Of the two forms of the root this one does not cancel, and holds for a slope of 0.
        return originMs + Math.min(line.toMs, inMs + (2 * left) / (rate + Math.sqrt(Math.max(0, rate * rate + 2 * line.slope * left))));
      }
      if (line.toMs === Infinity) return Infinity;
      left -= room;
      n++;
      if (n === this.#lines.length) {
        n = 0;
        originMs += this.#periodMs;
      }
      line = this.#lines[n] ?? line;
      inMs = line.fromMs;
    }
  }

  /** Times from `fromMs` to `untilMs` at which the rate bends; both ends included. */
  bends(fromMs: number, untilMs: number): number[] {
    const bends = [fromMs];
    let { n, originMs } = this.#find(fromMs);
    for (;;) {
      const next = originMs + (this.#lines[n]?.toMs ?? Infinity);
      if (next >= untilMs) return [...bends, untilMs];
      if (next > fromMs) bends.push(next);
      n++;
      if (n === this.#lines.length) {
        n = 0;
        originMs += this.#periodMs;
      }
    }
  }

  #to(atMs: number): number {
    const { line, inMs, originMs } = this.#find(atMs);
    const periods = this.#periodMs === Infinity ? 0 : (originMs / this.#periodMs) * this.#perPeriod;
    return periods + line.before + area(line, inMs);
  }

  #find(atMs: number): { line: Line; inMs: number; n: number; originMs: number } {
    const originMs = this.#periodMs === Infinity ? 0 : Math.floor(atMs / this.#periodMs) * this.#periodMs;
    const inMs = atMs - originMs;
    let [low, high] = [0, this.#lines.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (inMs < (this.#lines[middle]?.toMs ?? Infinity)) high = middle;
      else low = middle + 1;
    }
    return { line: this.#lines[low] ?? nothing, inMs, n: low, originMs };
  }
}

const nothing: Line = { fromMs: 0, toMs: Infinity, rate: 0, slope: 0, before: 0 };
const area = ({ fromMs, rate, slope }: Line, toMs: number): number => (toMs === Infinity ? (rate > 0 ? Infinity : 0) : (toMs - fromMs) * (rate + (slope * (toMs - fromMs)) / 2));

/** Lines from time 0 on; in a period the last knot leads to the first of the next one. */
function linesThrough(knots: readonly Knot[], periodMs: number): readonly Line[] {
  const [first, last] = [knots[0], knots.at(-1)];
  if (first === undefined || last === undefined) return [nothing];
  const wrapMs = first.atMs + periodMs - last.atMs;
  const endRate = periodMs === Infinity || wrapMs === 0 ? last.rate : last.rate + ((first.rate - last.rate) * (periodMs - last.atMs)) / wrapMs;
  const all = [{ atMs: 0, rate: periodMs === Infinity ? first.rate : endRate }, ...knots, { atMs: periodMs, rate: endRate }];
  const lines: Line[] = [];
  let before = 0;
  for (const [n, to] of all.entries()) {
    const from = all[n - 1];
    if (from === undefined || to.atMs <= from.atMs) continue;
    const line: Line = { fromMs: from.atMs, toMs: to.atMs, rate: from.rate, slope: to.atMs === Infinity ? 0 : (to.rate - from.rate) / (to.atMs - from.atMs), before };
    lines.push(line);
    before += to.atMs === Infinity ? 0 : area(line, to.atMs);
  }
  return lines;
}

/** Made once for a description, which does not change: rates are asked for one time after the other. */
export function curveOf(description: CurveDescription): RateCurve {
  const known = curves.get(description);
  if (known !== undefined) return known;
  const curve = newCurve(description);
  curves.set(description, curve);
  return curve;
}

const curves = new WeakMap<CurveDescription, RateCurve>();

function newCurve(description: CurveDescription): RateCurve {
  switch (description.type) {
    case "poisson":
      return new RateCurve([{ atMs: 0, rate: description.ratePerS / 1_000 }]);
    case "piecewise":
      return new RateCurve(description.points.map(({ atMs, ratePerS }) => ({ atMs, rate: ratePerS / 1_000 })), description.repeatMs);
    case "diurnal":
      return diurnalCurve(description);
    default:
      return unheardOf("arrivals.type", description);
  }
}

/** The sum of straight lines bends where one of them does. */
function diurnalCurve({ ratePerS, startHour, regions, hours = defaultHours }: DiurnalDescription): RateCurve {
  const day = new RateCurve(hours.map(({ hour, factor }) => ({ atMs: (hour / 24) * dayMs, rate: factor })), dayMs);
  const scale = ratePerS / 1_000 / (day.integral(0, dayMs) / dayMs);
  const shiftMs = (offsetHours: number): number => ((startHour + offsetHours) / 24) * dayMs;
  const bends = regions.flatMap(({ offsetHours }) => hours.map(({ hour }) => timeOfDay((hour / 24) * dayMs - shiftMs(offsetHours))));
  const times = [...new Set(bends)].toSorted((one, other) => one - other);
  return new RateCurve(times.map((atMs) => ({ atMs, rate: scale * regions.reduce((sum, { share, offsetHours }) => sum + share * day.at(atMs + shiftMs(offsetHours)), 0) })), dayMs);
}

const timeOfDay = (atMs: number): number => ((atMs % dayMs) + dayMs) % dayMs;
