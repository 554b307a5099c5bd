/**
 * A zombie for sure: an owner is held while an append of its is under way, until the store says that its life is over, and then let go. The
 * append arrives as a former owner's, and only the fence in the store can refuse it.
 */
import { setTimeout as pause } from "node:timers/promises";
import { holdNextAppend } from "../appends.ts";
import type { ChaosNode } from "../cluster.ts";
import type { Fault } from "../schedule.ts";
import { up, type Scene } from "./scene.ts";

/** How long the node that the schedule names may take to write; then it is whoever writes first. A node that was just started has no shards yet. */
const patienceMs = 3_000;
/** How long a life may last beyond the fault: others look for dead owners twice a second. */
const overMs = 10_000;
const pollMs = 50;

/** Holds `wanted`, or else another node, from its next append on. `stalled`: its process as well as its link. Answers whether anybody wrote. */
export async function holdAppend({ cluster, windows }: Scene, wanted: ChaosNode, { nemesis, forMs }: Fault, stalled: boolean): Promise<boolean> {
  const stall = (node: ChaosNode) => void (stalled && node.pause());
  const node = (await holdNextAppend([wanted], patienceMs, stall)) ?? (await holdNextAppend(up(cluster), patienceMs, stall));
  if (node === undefined) return false;
  await windows.leaving(nemesis, node.name, async () => {
    try {
      const life = await cluster.lifeOf(node.name);
      await pause(forMs);
      for (const until = performance.now() + overMs; (await cluster.lifeOf(node.name)) === life && performance.now() < until; ) await pause(pollMs);
    } finally {
      if (stalled) node.resume();
      node.links.postgres.heal();
    }
    await windows.rest();
  });
  return true;
}
