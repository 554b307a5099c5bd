/** How many servers, and how long a backlog stands. */
import { erlangC, fraction, InvalidLoad } from "./formulas.ts";

/** The fewest servers at which at most the share `waiting` of arrivals waits (M/M/c). */
export function serversFor(offered: number, waiting: number): number {
  if (!(offered >= 0 && offered < 1e9)) throw new InvalidLoad("offered", offered, "at least 0 and below 1e9");
  fraction("waiting", waiting);
  let low = Math.floor(offered);
  let high = Math.max(1, Math.ceil(squareRootServers(offered, 6)));
  while (erlangC(high, offered) > waiting) high *= 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (erlangC(middle, offered) <= waiting) high = middle;
    else low = middle;
  }
  return high;
}

/** Square-root staffing: offered + quality x sqrt(offered), not rounded (Halfin and Whitt 1981). */
export const squareRootServers = (offered: number, quality: number): number => offered + quality * Math.sqrt(offered);

/** The quality for which the share `waiting` waits, of many servers: P = 1 / (1 + q Phi(q) / phi(q)) (Halfin and Whitt 1981). 0.01: 2.375, 0.05: 1.740. */
export function qualityFor(waiting: number): number {
  fraction("waiting", waiting);
  let [low, high] = [0, 10];
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (waitingAt(middle) > waiting) low = middle;
    else high = middle;
  }
  return high;
}

const waitingAt = (quality: number) => 1 / (1 + (quality * normalCdf(quality)) / (Math.exp((-quality * quality) / 2) / Math.sqrt(2 * Math.PI)));

/** By its series, for 0 to 10: Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/15 + ..). */
function normalCdf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 300; n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
  }
  return Math.min(1, 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI));
}

/** A stretch of time in which the rate of arrivals goes straight from one value to another. */
export interface Stretch {
  readonly seconds: number;
  readonly fromPerS: number;
  readonly toPerS: number;
}

/**
 * The backlog that a fluid leaves: Q(t) = integral of (arrivals - capacity), never below 0; after the last stretch its rate goes on. 50K/s
 * to 150K/s in 60 s, held 600 s, against 75K/s: 46.7 M wait at the peak, and 31 min after a return to 50K/s they are gone.
 */
export function fluidBacklog(stretches: readonly Stretch[], capacityPerS: number): { readonly peak: number; readonly peakAtS: number; readonly drainedAtS: number } {
  let [atS, backlog, peak, peakAtS, drainedAtS] = [0, 0, 0, 0, 0];
  /** The excess rate goes straight from one value to the other, without a change of sign. */
  const flow = (seconds: number, from: number, to: number) => {
    const change = ((from + to) / 2) * seconds;
    const before = backlog;
    if (backlog > 0 && backlog + change <= 0) {
      // backlog + from t + (to - from) t^2 / (2 seconds) = 0, by the form that does not cancel.
      const half = (to - from) / (2 * seconds);
      drainedAtS = atS + (2 * backlog) / (-from + Math.sqrt(Math.max(0, from * from - 4 * half * backlog)));
    }
    backlog = Math.max(0, before + change);
    atS += seconds;
    if (backlog > peak) [peak, peakAtS] = [backlog, atS];
  };
  for (const { seconds, fromPerS, toPerS } of stretches) {
    const [from, to] = [fromPerS - capacityPerS, toPerS - capacityPerS];
    if (from * to >= 0) flow(seconds, from, to);
    else {
      const turns = (seconds * from) / (from - to);
      flow(turns, from, 0);
      flow(seconds - turns, 0, to);
    }
  }
  const after = (stretches.at(-1)?.toPerS ?? 0) - capacityPerS;
  if (backlog > 0) drainedAtS = after < 0 ? atS - backlog / after : Infinity;
  return { peak, peakAtS, drainedAtS };
}
