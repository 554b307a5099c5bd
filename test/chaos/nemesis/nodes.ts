/** Faults of nodes: killed, paused beyond their lease, stopped in order, joined by another. */
import { setTimeout as pause } from "node:timers/promises";
import type { ChaosCluster, ChaosNode } from "../cluster.ts";
import type { Fault } from "../schedule.ts";
import { holdAppend } from "./zombie.ts";

export const up = ({ nodes }: ChaosCluster): ChaosNode[] => nodes.filter(({ state }) => state === "up");

/** The node a fault is for; the next one when that is down. */
export function victim(cluster: ChaosCluster, { node }: Fault): ChaosNode | undefined {
  const there = up(cluster);
  // One that is left alone has nobody to take over from it: that tests nothing but waiting.
  return there.length < 2 ? undefined : (there.find((one) => one === cluster.nodes[node]) ?? there[node % there.length]);
}

/** kill -9, and a new start of the same name. */
export async function kill(cluster: ChaosCluster, fault: Fault): Promise<boolean> {
  const node = victim(cluster, fault);
  if (node === undefined) return false;
  await node.kill();
  await pause(fault.forMs);
  await node.start();
  return true;
}

/** SIGSTOP and SIGCONT: the node wakes up believing what it believed. */
export async function stall(cluster: ChaosCluster, fault: Fault): Promise<boolean> {
  const node = victim(cluster, fault);
  if (node === undefined) return false;
  if (fault.isMidAppend) return holdAppend(cluster, node, up(cluster), fault.forMs, true);
  node.pause();
  try {
    await pause(fault.forMs);
  } finally {
    node.resume();
  }
  return true;
}

/** SIGTERM, as in a rolling restart. Throws when it did not end with 0. */
export async function stop(cluster: ChaosCluster, fault: Fault): Promise<boolean> {
  const node = victim(cluster, fault);
  if (node === undefined) return false;
  const status = await node.stop();
  await pause(fault.forMs);
  await node.start();
  if (status !== 0) throw new Error(`${node.name} ended with ${status} when it was asked to stop`);
  return true;
}

/** Another node comes, takes its share and leaves in order. */
export async function join(cluster: ChaosCluster, fault: Fault): Promise<boolean> {
  const spare = cluster.nodes.find(({ state, name }) => state === "down" && cluster.isSpare(name));
  if (spare === undefined) await cluster.join();
  else await spare.start();
  const joined = spare ?? cluster.nodes.at(-1);
  await pause(fault.forMs);
  await joined?.stop();
  return true;
}
