/** What a nemesis has to do with. */
import type { ChaosCluster, ChaosNode } from "../cluster.ts";
import type { Fault } from "../schedule.ts";
import type { Windows } from "../windows.ts";

export interface Scene {
  readonly cluster: ChaosCluster;
  readonly windows: Windows;
  /** Shards that callers work on. */
  readonly shards: readonly string[];
  /** Has a node's operator do something (actions of the `actors` service). Rejects with what it was refused. */
  order(node: string, action: string, params: object): Promise<unknown>;
}

/** Does a fault and heals it; resolves with whether it could be done. */
export type Nemesis = (scene: Scene, fault: Fault) => Promise<boolean>;

export const up = ({ nodes }: ChaosCluster): ChaosNode[] => nodes.filter(({ state }) => state === "up");

/** The node a fault is for; the next one when that is down. */
export function victim({ cluster }: Scene, { node }: Fault): ChaosNode | undefined {
  const there = up(cluster);
  // One that is left alone has nobody to take over from it: that tests nothing but waiting.
  return there.length < 2 ? undefined : (there.find((one) => one === cluster.nodes[node]) ?? there[node % there.length]);
}
