/** A pool of servers as a target of the search: M/M/c by the engine, whose largest load within a bound on a percentile is known in closed form. */
import { exponential, Simulation, type Done } from "../../engine/index.ts";
import { mmcMaxUtilisation } from "../../queueing/index.ts";
import type { Piece } from "../find-max.ts";
import type { Rule } from "../rules.ts";
import type { Second } from "../step.ts";

export interface Pool {
  readonly servers: number;
  readonly serviceMs: number;
  readonly boundMs: number;
  /** Of one piece, after a warm-up of a quarter as much. */
  readonly pieceS: number;
}

export const poolRule = ({ boundMs }: Pool): Rule => ({ text: `call.p99Ms < ${boundMs}`, operation: "call", boundMs, allowed: 0.01 });

/** Calls per second at which 99 % take `boundMs`. */
export function poolCapacity({ servers, serviceMs, boundMs }: Pool): number {
  return (mmcMaxUtilisation({ servers, serviceS: serviceMs / 1_000, p: 0.99, budgetS: boundMs / 1_000 }) * servers * 1_000) / serviceMs;
}

/** What a run at `perS` calls a second shows each second. */
export function poolPiece({ servers, serviceMs, pieceS }: Pool, perS: number, seed: number, name: string): Piece {
  const simulation = new Simulation({ seed, name });
  const station = simulation.station<number>({ name: "pool", servers, service: exponential(serviceMs / 1_000), latencies: false });
  const warmUpS = Math.ceil(pieceS / 4);
  let [offered, latencies]: [number, number[]] = [0, []];
  const done: Done<number> = (beganS) => latencies.push((simulation.nowS - beganS) * 1_000);
  simulation.source({ name: "calls", gap: exponential(1 / perS), arrive: () => {
    offered++;
    station.enter(simulation.nowS, done);
  } });
  const seconds: Second[] = [];
  for (let atS = 1; atS <= warmUpS + pieceS; atS++) {
    simulation.run({ untilS: atS });
    const valuesMs = Float64Array.from(latencies).toSorted();
    if (atS > warmUpS) seconds.push({ call: { offered, done: valuesMs.length, failed: 0, inFlight: station.inside, latency: { valuesMs, counts: new Float64Array(valuesMs.length).fill(1), total: valuesMs.length } } });
    [offered, latencies] = [0, []];
  }
  return { seconds };
}
