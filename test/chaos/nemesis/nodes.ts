/** Faults of nodes: killed, paused beyond their lease, stopped in order, joined by another. */
import { setTimeout as pause } from "node:timers/promises";
import { leaseMs, type Fault } from "../schedule.ts";
import { victim, type Scene } from "./scene.ts";
import { holdAppend } from "./zombie.ts";

/** kill -9, and a new start of the same name: at once, or after others took over. */
export async function kill(scene: Scene, fault: Fault): Promise<boolean> {
  const { windows } = scene;
  const node = victim(scene, fault);
  if (node === undefined) return false;
  const isTakenOver = fault.forMs > leaseMs;
  await windows.leaving("kill", node.name, async () => {
    await node.kill();
    await pause(fault.forMs);
    // Others have its shards by now, or its next life takes them: then they wait for that.
    if (!isTakenOver) await node.start();
    await windows.rest();
  });
  if (isTakenOver) await windows.coming("join", node.name, () => node.start());
  return true;
}

/** SIGSTOP and SIGCONT: the node wakes up believing what it believed. */
export async function stall(scene: Scene, fault: Fault): Promise<boolean> {
  const node = victim(scene, fault);
  if (node === undefined) return false;
  if (fault.isMidAppend) return holdAppend(scene, node, fault, true);
  await scene.windows.leaving("pause", node.name, async () => {
    node.pause();
    try {
      await pause(fault.forMs);
    } finally {
      node.resume();
    }
    await scene.windows.rest();
  });
  return true;
}

/** SIGTERM, as in a rolling restart. Throws when it did not end with 0. */
export async function stop(scene: Scene, fault: Fault): Promise<boolean> {
  const { windows } = scene;
  const node = victim(scene, fault);
  if (node === undefined) return false;
  const status = await windows.leaving("stop", node.name, () => node.stop());
  await pause(fault.forMs);
  await windows.coming("join", node.name, () => node.start());
  if (status !== 0) throw new Error(`${node.name} ended with ${status} when it was asked to stop`);
  return true;
}

/** Another node comes, takes its share and leaves in order. */
export async function join({ cluster, windows }: Scene, fault: Fault): Promise<boolean> {
  const node = cluster.nodes.find(({ state, name }) => state === "down" && cluster.isSpare(name)) ?? (await cluster.spare());
  await windows.coming("join", node.name, () => node.start());
  await pause(fault.forMs);
  const status = await windows.leaving("stop", node.name, () => node.stop());
  if (status !== 0) throw new Error(`${node.name} ended with ${status} when it was asked to stop`);
  return true;
}
