/**
 * Closed forms of queues, as pure functions. Rates are per second, times in seconds, `offered` is arrivals x service time: the servers that
 * would be busy if there were enough. A queue that cannot keep up has a wait of Infinity. Sources: L. Kleinrock, Queueing Systems I
 * (1975) and II (1976), unless named; the forms that are approximations say so.
 */

/** Wrong input of a formula. */
export class InvalidLoad extends RangeError {
  override readonly name = "InvalidLoad";

  constructor(field: string, value: number, allowed: string) {
    super(`${field} is ${value}; allowed: ${allowed}`);
  }
}

export interface Load {
  readonly arrivalsPerS: number;
  /** Mean of one service. */
  readonly serviceS: number;
  /** 1 unless told. */
  readonly servers?: number;
}

const checked = ({ arrivalsPerS, serviceS, servers = 1 }: Load): { offered: number; rho: number; servers: number; serviceS: number } => {
  if (!(arrivalsPerS >= 0 && arrivalsPerS < Infinity)) throw new InvalidLoad("arrivalsPerS", arrivalsPerS, "a finite rate of at least 0");
  if (!(serviceS > 0 && serviceS < Infinity)) throw new InvalidLoad("serviceS", serviceS, "a finite time above 0");
  if (!Number.isSafeInteger(servers) || servers < 1) throw new InvalidLoad("servers", servers, "a whole number of at least 1");
  const offered = arrivalsPerS * serviceS;
  return { offered, rho: offered / servers, servers, serviceS };
};

export function fraction(field: string, value: number): number {
  if (value > 0 && value < 1) return value;
  throw new InvalidLoad(field, value, "above 0 and below 1");
}

function squared(field: string, value: number): number {
  if (value >= 0 && value < Infinity) return value;
  throw new InvalidLoad(field, value, "a finite squared coefficient of variation of at least 0");
}

/** Share of servers busy; above 1 it cannot keep up. */
export const utilisation = (load: Load): number => checked(load).rho;

/** P(an arrival finds all servers busy) when nobody waits (M/M/c/c), by the recursion that does not overflow. */
export function erlangB(servers: number, offered: number): number {
  let inverse = 1;
  for (let n = 1; n <= servers; n++) inverse = 1 + (inverse * n) / offered;
  return offered === 0 ? 0 : 1 / inverse;
}

/** P(an arrival waits) in M/M/c. 4 servers at 0.7: 0.428654. */
export function erlangC(servers: number, offered: number): number {
  if (offered >= servers) return 1;
  const blocked = erlangB(servers, offered);
  const rho = offered / servers;
  return blocked / (1 - rho * (1 - blocked));
}

/** Mean wait in M/M/c. */
export function mmcMeanWaitS(load: Load): number {
  const { offered, rho, servers, serviceS } = checked(load);
  return rho >= 1 ? Infinity : (erlangC(servers, offered) * serviceS) / (servers * (1 - rho));
}

/** P(wait > t) in M/M/c. */
export function mmcWaitTail(load: Load, seconds: number): number {
  const { offered, rho, servers, serviceS } = checked(load);
  return rho >= 1 ? 1 : erlangC(servers, offered) * Math.exp((-(servers - offered) * seconds) / serviceS);
}

/** The wait that the share `p` of arrivals does not exceed; 0 where that share does not wait. At p = 0.99, rho 0.7, 4 servers: 3.1 services. */
export function mmcWaitQuantileS(load: Load, p: number): number {
  const { offered, rho, servers, serviceS } = checked(load);
  if (rho >= 1) return Infinity;
  return Math.max(0, (Math.log(erlangC(servers, offered) / (1 - fraction("p", p))) * serviceS) / (servers - offered));
}

/** P(wait + service > t) in M/M/c. */
export function mmcSojournTail(load: Load, seconds: number): number {
  const { offered, rho, servers, serviceS } = checked(load);
  if (rho >= 1) return 1;
  const t = seconds / serviceS;
  const spare = servers - 1 - offered;
  // The general form is 0 / 0 where the spare rate is 0.
  const waited = Math.abs(spare) < 1e-9 ? t : -Math.expm1(-t * spare) / spare;
  return Math.exp(-t) * (1 + erlangC(servers, offered) * waited);
}

/** The time in the system that the share `p` does not exceed. M/M/1 at p = 0.99: 4.605 s / (1 - rho). */
export function mmcSojournQuantileS(load: Load, p: number): number {
  if (utilisation(load) >= 1) return Infinity;
  const left = 1 - fraction("p", p);
  let high = load.serviceS;
  while (mmcSojournTail(load, high) > left) high *= 2;
  return bisected(0, high, (seconds) => mmcSojournTail(load, seconds) <= left);
}

/** The highest utilisation at which the share `p` of jobs is through M/M/c in `budgetS`; 0 when even an idle one is too slow. */
export function mmcMaxUtilisation({ servers, serviceS, p, budgetS }: { readonly servers: number; readonly serviceS: number; readonly p: number; readonly budgetS: number }): number {
  const isOver = (rho: number) => mmcSojournTail({ arrivalsPerS: (rho * servers) / serviceS, serviceS, servers }, budgetS) > 1 - fraction("p", p);
  return isOver(1e-12) ? 0 : bisected(0, 1, isOver);
}

/** Mean wait in M/G/1 (Pollaczek 1930, Khinchine 1932); `cs2` is the squared coefficient of variation of service: 0 in M/D/1, 1 in M/M/1. */
export function mg1MeanWaitS(load: Load, cs2: number): number {
  const { rho, servers, serviceS } = checked(load);
  if (servers !== 1) throw new InvalidLoad("servers", servers, "1; ggcMeanWaitS is for several");
  return rho >= 1 ? Infinity : (rho * serviceS * (1 + squared("cs2", cs2))) / (2 * (1 - rho));
}

/** Mean wait in G/G/c, an approximation (Allen 1978 after Cunneen): that of M/M/c times the mean variability. Exact for M/G/1. */
export function ggcMeanWaitS(load: Load, ca2: number, cs2: number): number {
  return (mmcMeanWaitS(load) * (squared("ca2", ca2) + squared("cs2", cs2))) / 2;
}

/** Mean time in M/G/1 with processor sharing: of any distribution of service (Sakata, Noguchi and Oizumi 1971). */
export function sharedMeanSojournS(load: Load): number {
  const { rho, serviceS } = checked({ ...load, servers: 1 });
  return rho >= 1 ? Infinity : serviceS / (1 - rho);
}

/** M/M/1 with room for `capacity` jobs; those that find it full are refused. The rates and times are of those that are let in. */
export function mm1k(load: Load, capacity: number): { readonly blocked: number; readonly throughputPerS: number; readonly meanInside: number; readonly meanSojournS: number; readonly meanWaitS: number } {
  const { rho, serviceS } = checked({ ...load, servers: 1 });
  if (!Number.isSafeInteger(capacity) || capacity < 1) throw new InvalidLoad("capacity", capacity, "a whole number of at least 1");
  // By sums: the closed form is 0 / 0 at rho = 1. From the greater end, so that nothing overflows.
  const ratio = rho <= 1 ? rho : 1 / rho;
  let [weight, total, weighted] = [1, 0, 0];
  for (let n = 0; n <= capacity; n++) {
    total += weight;
    weighted += weight * (rho <= 1 ? n : capacity - n);
    if (n < capacity) weight *= ratio;
  }
  const blocked = (rho <= 1 ? weight : 1) / total;
  const throughputPerS = load.arrivalsPerS * (1 - blocked);
  const meanInside = weighted / total;
  const meanSojournS = throughputPerS === 0 ? serviceS : meanInside / throughputPerS;
  return { blocked, throughputPerS, meanInside, meanSojournS, meanWaitS: meanSojournS - serviceS };
}

/** Mean wait by class, the first goes first, in M/G/1 whose services are not interrupted (Cobham 1954). */
export function priorityMeanWaitsS(classes: readonly (Load & { readonly cs2: number })[]): number[] {
  const residual = classes.reduce((sum, { arrivalsPerS, serviceS, cs2 }) => sum + (arrivalsPerS * serviceS * serviceS * (1 + squared("cs2", cs2))) / 2, 0);
  let above = 0;
  return classes.map((load) => {
    const with_ = above + checked({ ...load, servers: 1 }).rho;
    const wait = with_ >= 1 ? Infinity : residual / ((1 - above) * (1 - with_));
    above = with_;
    return wait;
  });
}

/**
 * Mean time until the last of n equal M/M/1 queues is done that each get a part of every job. Exact for two (Flatto and Hahn 1984);
 * for more an approximation that was held against simulations up to 32 within 5 % (Nelson and Tantawi 1988).
 */
export function forkJoinMeanS(load: Load, branches: number): number {
  const { rho, serviceS } = checked({ ...load, servers: 1 });
  if (!Number.isSafeInteger(branches) || branches < 1) throw new InvalidLoad("branches", branches, "a whole number of at least 1");
  if (rho >= 1) return Infinity;
  const one = serviceS / (1 - rho);
  if (branches === 1) return one;
  let harmonic = 0;
  for (let n = 1; n <= branches; n++) harmonic += 1 / n;
  const ofTwo = harmonic / 1.5;
  return (ofTwo + (4 / 11) * (1 - ofTwo) * rho) * ((12 - rho) / 8) * one;
}

/** A value above which `isOver` holds and below which it does not, between the two. */
function bisected(low: number, high: number, isOver: (value: number) => boolean): number {
  for (let step = 0; step < 200 && high - low > 1e-13 * high; step++) {
    const middle = (low + high) / 2;
    if (isOver(middle)) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}
