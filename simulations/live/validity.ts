/** Whether a live run measured the service, or itself and its machine. */
import type { Latency } from "../run/index.ts";

export interface Health {
  readonly sendLag: Latency;
  /** Each second after the warm-up: the busiest generator, in parts of a core; part of all cores in use; cores used by processes that are not of the run. */
  readonly seconds: readonly { readonly generatorCpu: number; readonly hostShare: number; readonly othersCores: number }[];
}

export const validityLimits = {
  /** Goal G9: what leaves later than this was not offered when the scenario says. Ms, 99 % of all. */
  sendLagP99Ms: 10,
  /** A generator is one thread: beyond this it queues by itself (artillery's users were warned at 0.8). */
  generatorCpu: 0.85,
  /** Beyond this part of all cores everybody waits for a core, and latencies are the machine's. */
  hostShare: 0.97,
  /** Cores that others may use: more than the system's own small work. */
  othersCores: 0.35,
  /** Seconds that may be beyond a limit, as a part of the run. */
  part: 0.1,
} as const;

/** Why the run is invalid; empty when it is not. */
export function whyInvalid({ sendLag, seconds }: Health): string[] {
  const reasons: string[] = [];
  if (sendLag.p99Ms > validityLimits.sendLagP99Ms) reasons.push(`operations left late: send lag p99 ${sendLag.p99Ms.toFixed(1)} ms, at most ${validityLimits.sendLagP99Ms}`);
  const beyond = (name: "generatorCpu" | "hostShare" | "othersCores") => seconds.filter((second) => second[name] > validityLimits[name]).length / Math.max(1, seconds.length);
  const tell = { generatorCpu: "a generator was at its limit", hostShare: "the machine was full", othersCores: "other programs used the machine" } as const;
  for (const name of ["generatorCpu", "hostShare", "othersCores"] as const) {
    if (beyond(name) > validityLimits.part) reasons.push(`${tell[name]} in ${Math.round(beyond(name) * 100)} % of the seconds (${name} above ${validityLimits[name]})`);
  }
  return reasons;
}
