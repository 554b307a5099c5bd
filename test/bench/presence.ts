/**
 * `npm run bench -- presence [PART,...]`: what it costs to show friends what is played, beside plain socket.io in the same run and in turn.
 *
 *   fan-out   the same event to rooms of 20 sockets: plain socket.io; ours from the presence actor's publication on; and changes in batches
 *   path      2,000 users with 20 friends each, 200 changes/s: from the device to the friends' sockets, over one gateway and over two
 *   popular   everybody else's deliveries while an account that very many follow changes all the time
 *   memory    a connected user who does nothing; a session's actor alone
 *
 * Ours are processes as in a cluster (a node, two gateways, NATS, PostgreSQL, Redis); the sockets are light ones (light-socket.ts) in one process beside, on the same cores.
 */
import type { ChildProcess } from "node:child_process";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import { resourcesOf } from "../../resources.ts";
import { benchCluster, type BenchCluster } from "./cluster.ts";
import { fanOutCases } from "./presence-fanout.ts";
import { memoryCases } from "./presence-memory.ts";
import { pathCases } from "./presence-path.ts";
import { popularCases } from "./presence-popular.ts";
import { follow, tokens, type Circle } from "./presence-people.ts";
import type { ListenersOrder } from "./presence-listeners.ts";
import { machine, type BenchCase, type BenchResult } from "./result.ts";
import { ask } from "./told.ts";

/** What every part has to do with. */
export interface Stage {
  readonly cluster: BenchCluster;
  readonly broker: ServiceBroker;
  readonly node: ChildProcess;
  readonly gateways: readonly { readonly child: ChildProcess; readonly url: string }[];
  readonly listeners: ChildProcess;
  readonly trackIds: readonly string[];
  say(line: string): void;
  /** Rows and tokens of these, each with a socket of the set `set`, by turns on the first `gateways` of them. */
  come(set: string, circle: Circle, subscribe: object, gateways: number, more?: { /** The rows are there. */ readonly isWritten?: boolean }): Promise<void>;
}

const parts: Readonly<Record<string, (stage: Stage) => Promise<BenchCase[]>>> = { "fan-out": fanOutCases, path: pathCases, popular: popularCases, memory: memoryCases };

export async function bench(options: { json: boolean; args: string[] }): Promise<BenchResult> {
  const say = (line: string) => {
    if (!options.json) console.log(line);
  };
  const chosen = options.args.length === 0 ? Object.keys(parts) : options.args.flatMap((arg) => arg.split(","));
  const on = machine();
  const cluster = await benchCluster({ redis: true });
  try {
    const node = await cluster.fork("./presence-node.ts", "node");
    const { trackIds } = node.up as { trackIds: readonly string[] };
    const gateways: { child: ChildProcess; url: string }[] = [];
    for (const name of ["gateway-1", "gateway-2"]) {
      const { child, up } = await cluster.fork("./presence-gateway.ts", name);
      gateways.push({ child, url: (up as { url: string }).url });
    }
    const { child: listeners } = await cluster.fork("./presence-listeners.ts", "listeners");
    const broker = new ServiceBroker(brokerOptions(loadConfig({ ...cluster.env, NODE_ID: "bench" })));
    await broker.start();
    cluster.onClose(() => broker.stop());
    await broker.waitForServices(["presence", "session", "actors"]);
    const come: Stage["come"] = async (set, circle, subscribe, on, { isWritten = false } = {}) => {
      if (!isWritten) await follow(cluster.env["DATABASE_URL"] ?? "", circle);
      const auths = (await tokens(circle.users, resourcesOf(broker).keys.tokens.privateKey)).map((token) => ({ token }));
      await ask(listeners, { do: "connect", set, urls: gateways.slice(0, on).map(({ url }) => url), auths, subscribe } satisfies ListenersOrder);
    };
    const stage: Stage = { cluster, broker, node: node.child, gateways, listeners, trackIds, say, come };
    const results: BenchCase[] = [];
    for (const part of chosen) {
      const measure = parts[part];
      if (measure === undefined) throw new Error(`there is no part ${part}; there are ${Object.keys(parts).join(", ")}`);
      results.push(...(await measure(stage)));
    }
    return { bench: "presence", machine: on, results };
  } finally {
    await cluster.close();
  }
}
