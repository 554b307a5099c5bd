/**
 * `npm run bench -- presence [PART,...]`: what it costs to show friends what is played, beside plain socket.io in the same run and in turn.
 *
 *   fan-out   the same event to rooms of 20 sockets: plain socket.io; ours from the presence actor's publication on; and changes in batches
 *   path      2,000 users with 20 friends each, 200 changes/s: from the device to the friends' sockets, over one gateway and over two
 *   popular   everybody else's deliveries while an account that very many follow changes all the time
 *   memory    a connected user who does nothing; a session's actor alone
 *
 * Ours are processes as in a cluster (a node, two gateways, NATS, PostgreSQL, Redis); the sockets are light ones (simulations/live/socket.ts) in one process beside, on the same cores.
 */
import { fanOutCases } from "./presence-fanout.ts";
import { memoryCases } from "./presence-memory.ts";
import { pathCases } from "./presence-path.ts";
import { popularCases } from "./presence-popular.ts";
import { openStage, type Stage } from "./presence-stage.ts";
import { machine, type BenchCase, type BenchResult } from "./result.ts";

const parts: Readonly<Record<string, (stage: Stage) => Promise<BenchCase[]>>> = { "fan-out": fanOutCases, path: pathCases, popular: popularCases, memory: memoryCases };

export async function bench(options: { json: boolean; args: string[] }): Promise<BenchResult> {
  const chosen = options.args.length === 0 ? Object.keys(parts) : options.args.flatMap((arg) => arg.split(","));
  for (const name of chosen) if (parts[name] === undefined) throw new Error(`there is no part ${name}; there are ${Object.keys(parts).join(", ")}`);
  const on = machine();
  const stage = await openStage((line) => void (options.json || console.log(line)));
  try {
    const results: BenchCase[] = [];
    for (const name of chosen) results.push(...((await parts[name]?.(stage)) ?? []));
    return { bench: "presence", machine: on, results };
  } finally {
    await stage.cluster.close();
  }
}
