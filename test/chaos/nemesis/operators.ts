/** What operators do to a cluster that works: a node is drained and taken back, shards are moved to another node and let go. */
import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "../schedule.ts";
import { up, victim, type Scene } from "./scene.ts";

/** Shards that are moved, one after the other. */
const moves = 3;

export async function drain(scene: Scene, fault: Fault): Promise<boolean> {
  const { windows, order } = scene;
  const node = victim(scene, fault);
  if (node === undefined) return false;
  try {
    await windows.leaving("drain", node.name, () => order(node.name, "drain", {}));
    await pause(fault.forMs);
  } finally {
    await windows.coming("undrain", node.name, () => order(node.name, "undrain", {}));
  }
  return true;
}

export async function pin(scene: Scene, fault: Fault): Promise<boolean> {
  const { cluster, windows, order, shards } = scene;
  const to = victim(scene, fault);
  const by = up(cluster).find((node) => node !== to);
  if (to === undefined || by === undefined) return false;
  const owned = await cluster.shardsOf(to.name);
  const chosen = shards.filter((shard) => !owned.has(shard)).slice(0, moves);
  const moved: string[] = [];
  try {
    for (const shard of chosen) {
      moved.push(shard);
      await windows.during("pin", new Set([shard]), () => order(by.name, "moveShard", { shard, node: to.name }));
    }
    await pause(fault.forMs);
  } finally {
    for (const shard of moved) await windows.during("unpin", new Set([shard]), () => order(by.name, "unpinShard", { shard }));
  }
  return chosen.length > 0;
}
