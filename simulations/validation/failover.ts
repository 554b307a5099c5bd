/**
 * When survivors take over the actors of a killed node, by the constants of the runtime (actors/runtime/limits.ts): its lease counts from
 * its last renewal, at a time that nobody chose; each survivor looks every so often, at times of its own, and claims at the first look
 * after the lease has ended.
 */
import type { Stream } from "../random/index.ts";

export interface LeaseTimes {
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly lookMs: number;
}

/** By node, seconds from the beginning of the run; infinity for the killed one. `claimS`: from the look to the moment in which callers are told. */
export function takeoverTimes({ leaseMs, renewMs, lookMs }: LeaseTimes, nodes: number, killed: number, killedAtS: number, claimS: number, stream: Stream): number[] {
  const leaseEndsS = killedAtS + (leaseMs - stream.next() * renewMs) / 1_000;
  return Array.from({ length: nodes }, (_, node) => (node === killed ? Infinity : leaseEndsS + (stream.next() * lookMs) / 1_000 + claimS));
}
