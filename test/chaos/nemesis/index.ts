/** Every fault by its name, and the one that does them in turn. */
import { setTimeout as pause } from "node:timers/promises";
import type { ChaosCluster } from "../cluster.ts";
import { described, type Fault, type NemesisName } from "../schedule.ts";
import { nats, partition } from "./network.ts";
import { join, kill, stall, stop } from "./nodes.ts";
import { postgres, redis } from "./stores.ts";

/** Does a fault and heals it; resolves with whether it could be done. */
type Nemesis = (cluster: ChaosCluster, fault: Fault) => Promise<boolean>;

const byName: Readonly<Record<NemesisName, Nemesis>> = { kill, pause: stall, stop, join, nats, partition, postgres, redis };

export interface Struck {
  /** Faults that were done, by name. */
  readonly done: Readonly<Record<string, number>>;
  /** What a fault met that it should not have: a node that did not stop in order, a server that did not come back. */
  readonly failures: readonly string[];
}

/** Does the faults one after the other, each at its time or when the one before is healed. */
export async function strike(cluster: ChaosCluster, faults: readonly Fault[], tell: (line: string) => void): Promise<Struck> {
  const since = performance.now();
  const done: Record<string, number> = {};
  const failures: string[] = [];
  for (const fault of faults) {
    await pause(Math.max(0, fault.atMs - (performance.now() - since)));
    tell(described(fault));
    try {
      if (await byName[fault.nemesis](cluster, fault)) done[fault.nemesis] = (done[fault.nemesis] ?? 0) + 1;
    } catch (error) {
      failures.push(`${described(fault)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { done, failures };
}
