/** Every fault by its name, and the one that does them in turn. */
import { setTimeout as pause } from "node:timers/promises";
import { described, type Fault, type NemesisName } from "../schedule.ts";
import { nats, partition } from "./network.ts";
import { join, kill, stall, stop } from "./nodes.ts";
import { drain, pin } from "./operators.ts";
import type { Nemesis, Scene } from "./scene.ts";
import { postgres, redis } from "./stores.ts";

const byName: Readonly<Record<NemesisName, Nemesis>> = { kill, pause: stall, stop, join, drain, pin, nats, partition, postgres, redis };

export interface Struck {
  /** Faults that were done, by name. */
  readonly done: Readonly<Record<string, number>>;
  /** What a fault met that it should not have: a node that did not stop in order, a server that did not come back. */
  readonly failures: readonly string[];
}

/** Does the faults one after the other, each at its time or when the one before is healed, and whoever sees to that is done. */
export async function strike(scene: Scene, faults: readonly Fault[], tell: (line: string) => void, around: { readonly struck?: () => void; readonly healed?: () => Promise<void> } = {}): Promise<Struck> {
  const since = performance.now();
  const done: Record<string, number> = {};
  const failures: string[] = [];
  for (const fault of faults) {
    await pause(Math.max(0, fault.atMs - (performance.now() - since)));
    tell(described(fault));
    around.struck?.();
    try {
      if (await byName[fault.nemesis](scene, fault)) done[fault.nemesis] = (done[fault.nemesis] ?? 0) + 1;
    } catch (error) {
      failures.push(`${described(fault)}: ${error instanceof Error ? error.message : String(error)}`);
    }
    await around.healed?.();
  }
  return { done, failures };
}
