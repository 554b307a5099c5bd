/**
 * The operations service: the operations port (/live, /ready, /metrics) of a node that has no gateway, which has its own.
 * A node hosts it when SERVICES names it.
 */
import type { Server } from "node:http";
import type { ActionSchema, Service, ServiceBroker, ServiceSchema } from "moleculer";
import type { Declared } from "../../actors/index.ts";
import { measuresOf, resourcesOf } from "../../resources.ts";
import { reachable } from "./gateway.ts";
import { EventLoopLag, ProcessMetrics } from "./metrics.ts";
import { Health, opsListener, type Readiness } from "./ops.ts";
import { boundedServer, closeServer, listen } from "./server.ts";

interface State {
  readonly server: Server;
  readonly lag: EventLoopLag;
  phase: Readiness["state"];
  url: string;
}

const opened = new WeakMap<Service, State>();

const address: ActionSchema & Declared = {
  access: "internal",
  summary: "Where the operations port of this node listens.",
  returns: { type: "object", required: ["opsUrl"], properties: { opsUrl: { type: "string" } } },
  params: { $$strict: true },
  handler(this: Service) {
    return { opsUrl: opened.get(this)?.url };
  },
};

/** Throws unless the other nodes can be reached. */
function requireBus(broker: ServiceBroker): void {
  const { transit } = broker as ServiceBroker & { transit?: { connected: boolean } | null };
  if (transit?.connected === false) throw new Error("the message bus does not answer");
}

const service: ServiceSchema = {
  name: "operations",

  actions: { address },

  created(this: Service) {
    // From the first moment of the stop on, nobody should send this node anything.
    const stopping = async () => {
      const state = opened.get(this);
      if (state !== undefined) state.phase = "stopping";
    };
    this.broker.middlewares.add({ name: "operations-drain", stopping });
  },

  async started(this: Service) {
    // moleculer-runner loads every service of a folder: beside a gateway, the port is taken by the gateway's own.
    if (this.broker.getLocalService("gateway") !== undefined) return;
    const { config, ports } = resourcesOf(this.broker);
    const lag = new EventLoopLag();
    const health = new Health(ports, () => lag.worstMs, () => opened.get(this)?.phase ?? "starting", { bus: { required: true, check: () => requireBus(this.broker) } });
    const server = boundedServer(opsListener(health, new ProcessMetrics(() => lag.worstMs, () => measuresOf(this.broker))));
    try {
      const port = await listen(server, config.OPS_PORT, config.OPS_HOST);
      opened.set(this, { server, lag, phase: "up", url: `http://${reachable(config.OPS_HOST)}:${port}` });
    } catch (error) {
      lag.close();
      throw error;
    }
  },

  async stopped(this: Service) {
    const state = opened.get(this);
    opened.delete(this);
    state?.lag.close();
    if (state !== undefined) await closeServer(state.server, 1_000);
  },
};

export default service;
