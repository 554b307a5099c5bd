/** What the benches of presence run on: a node, two gateways and light listeners as processes, NATS, PostgreSQL and Redis. */
import type { ChildProcess } from "node:child_process";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import { resourcesOf } from "../../resources.ts";
import { follow, scratchCluster, type Circle, type ScratchCluster } from "../../commands/cluster/servers.ts";
import { tokens } from "./presence-people.ts";
import type { ListenersOrder } from "./presence-listeners.ts";
import { ask } from "./told.ts";

/** What every part has to do with. */
export interface Stage {
  readonly cluster: ScratchCluster;
  readonly broker: ServiceBroker;
  readonly node: ChildProcess;
  readonly gateways: readonly { readonly child: ChildProcess; readonly url: string }[];
  readonly listeners: ChildProcess;
  readonly trackIds: readonly string[];
  say(line: string): void;
  /** Rows and tokens of these, each with a socket of the set `set`, by turns on the first `gateways` of them. */
  come(set: string, circle: Circle, subscribe: object, gateways: number, more?: { /** The rows are there. */ readonly isWritten?: boolean }): Promise<void>;
}

/** `say`: for people. The cluster's `close` ends it all. */
export async function openStage(say: (line: string) => void): Promise<Stage> {
  const cluster = await scratchCluster({ redis: true });
  try {
    const node = await cluster.fork(new URL("./presence-node.ts", import.meta.url), "node");
    const { trackIds } = node.up as { trackIds: readonly string[] };
    const gateways: { child: ChildProcess; url: string }[] = [];
    for (const name of ["gateway-1", "gateway-2"]) {
      const { child, up } = await cluster.fork(new URL("./presence-gateway.ts", import.meta.url), name);
      gateways.push({ child, url: (up as { url: string }).url });
    }
    const { child: listeners } = await cluster.fork(new URL("./presence-listeners.ts", import.meta.url), "listeners");
    const broker = new ServiceBroker(brokerOptions(loadConfig({ ...cluster.env, NODE_ID: "bench" })));
    await broker.start();
    cluster.onClose(() => broker.stop());
    await broker.waitForServices(["presence", "session", "actors"]);
    const come: Stage["come"] = async (set, circle, subscribe, on, { isWritten = false } = {}) => {
      if (!isWritten) await follow(cluster.env["DATABASE_URL"] ?? "", circle);
      const auths = (await tokens(circle.users, resourcesOf(broker).keys.tokens.privateKey)).map((token) => ({ token }));
      await ask(listeners, { do: "connect", set, urls: gateways.slice(0, on).map(({ url }) => url), auths, subscribe } satisfies ListenersOrder);
    };
    return { cluster, broker, node: node.child, gateways, listeners, trackIds, say, come };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}
