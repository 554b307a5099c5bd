/** Faults of the network: a node cut off from some servers, and the message bus gone for a while. */
import { setTimeout as pause } from "node:timers/promises";
import type { LinkState } from "../net.ts";
import type { Cut, Fault } from "../schedule.ts";
import { victim, type Scene } from "./scene.ts";
import { holdAppend } from "./zombie.ts";

const states: Readonly<Record<Cut["how"], LinkState>> = {
  hold: { kind: "hold", direction: "both" },
  "hold-up": { kind: "hold", direction: "up" },
  "hold-down": { kind: "hold", direction: "down" },
  refuse: { kind: "refuse" },
};

export async function partition(scene: Scene, fault: Fault): Promise<boolean> {
  const { cut, forMs } = fault;
  const node = victim(scene, fault);
  if (node === undefined || cut === undefined) return false;
  if (fault.isMidAppend) return holdAppend(scene, node, fault, false);
  const { links } = node;
  await scene.windows.leaving("partition", node.name, async () => {
    for (const link of cut.links) links[link].set(states[cut.how]);
    try {
      await pause(forMs);
    } finally {
      for (const link of cut.links) links[link].heal();
    }
    await scene.windows.rest();
  });
  return true;
}

export async function nats({ cluster, windows }: Scene, { forMs }: Fault): Promise<boolean> {
  await windows.during("nats", undefined, () => cluster.restartNats(forMs));
  return true;
}
