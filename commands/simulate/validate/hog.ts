/** The part of `npm run simulate -- validate` for goal G18: a short ordinary run, alone and beside programs that use every core. Only the second may be called invalid, and must be. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import type { validation } from "../../../simulations/index.ts";
import type { ScratchCluster } from "../../cluster/servers.ts";
import { cellKind } from "./cells.ts";
import { Fleet } from "./system.ts";
import { Watch } from "./watch.ts";

const load = 0.5;
const startInMs = 500;

export async function hog(cluster: ScratchCluster, seed: number, forMs: number, say: (line: string) => void): Promise<validation.HogFound> {
  const fleet = await Fleet.start(cluster, "hog", [{ ...cellKind, nodes: 1, name: "hog1", seed }], { drivers: 1 });
  const run = async (name: string): Promise<validation.Watched> => {
    const watch = new Watch(fleet.pids);
    const calls = { arrivals: { type: "poisson" as const, ratePerS: (load * cellKind.slots * 1_000) / cellKind.meanMs }, seed, name, untilMs: forMs };
    const { recorded } = await fleet.open(0, { calls, warmUpMs: 0, startAt: Date.now() + startInMs, probesPerS: 0 });
    return watch.stop([recorded]);
  };
  say(`A run of ${forMs / 1_000} s, alone...`);
  const alone = await run("alone");
  say("The same, beside programs that use every core...");
  // They end by themselves, however this command ends.
  const hogs = cpus().map(() => spawn(process.execPath, ["-e", `const end = Date.now() + ${forMs + 15_000}; while (Date.now() < end);`], { stdio: "ignore" }));
  try {
    return { alone, beside: await run("beside") };
  } finally {
    for (const child of hogs) {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    await fleet.close();
  }
}
