/** Faults of the network: a node cut off from some servers, and the message bus gone for a while. */
import { setTimeout as pause } from "node:timers/promises";
import type { ChaosCluster } from "../cluster.ts";
import type { LinkState } from "../net.ts";
import type { Cut, Fault } from "../schedule.ts";
import { up, victim } from "./nodes.ts";
import { holdAppend } from "./zombie.ts";

const states: Readonly<Record<Cut["how"], LinkState>> = {
  hold: { kind: "hold", direction: "both" },
  "hold-up": { kind: "hold", direction: "up" },
  "hold-down": { kind: "hold", direction: "down" },
  refuse: { kind: "refuse" },
};

export async function partition(cluster: ChaosCluster, fault: Fault): Promise<boolean> {
  const { cut, forMs } = fault;
  const node = victim(cluster, fault);
  if (node === undefined || cut === undefined) return false;
  if (fault.isMidAppend) return holdAppend(cluster, node, up(cluster), forMs, false);
  const { links } = node;
  for (const link of cut.links) links[link].set(states[cut.how]);
  try {
    await pause(forMs);
  } finally {
    for (const link of cut.links) links[link].heal();
  }
  return true;
}

export async function nats(cluster: ChaosCluster, { forMs }: Fault): Promise<boolean> {
  await cluster.restartNats(forMs);
  return true;
}
