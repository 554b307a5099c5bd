/** The broker middleware that makes actors location transparent: `broker.call` of an actor's action reaches its owner, wherever that is. */
import type { Middleware, ServiceBroker } from "moleculer";
import { aroundCalls, type BrokerCall } from "./around-calls.ts";
import { corked } from "./cork.ts";
import { limits } from "./limits.ts";
import { PendingMap } from "./pending-map.ts";
import type { Moved } from "./ports.ts";
import { shellOf } from "./shell.ts";
import { keyOf } from "./target.ts";

/** One for each broker. */
export function actorMiddleware(): Middleware {
  return {
    name: "actors",
    created(broker: ServiceBroker) {
      // Moleculer's own is a Map (0.15.2, src/transit.js): each call that leaves this process is in it until its answer comes.
      if (broker.transit !== undefined) Object.assign(broker.transit, { pendingRequests: new PendingMap() });
      aroundCalls(broker, (next) => toOwner(broker, next));
    },
    // Moleculer declares what the function that it makes returns, not the function.
    transporterSend: corked as unknown as NonNullable<Middleware["transporterSend"]>,
    async starting(broker: ServiceBroker) {
      broker.createService({ name: "actor-router", events: { "actors.moved": { handler: (ctx: { params: { owners: readonly Moved[] } }) => shellOf(broker).heard(ctx.params.owners) } } });
    },
    async started(broker: ServiceBroker) {
      // Left alone, the bus tells others what this node hosts a second from now: until then nobody would reach the shards that it takes.
      await broker.registry.discoverer.sendLocalNodeInfo();
      await shellOf(broker).start();
    },
    // For whoever stops the broker without `leaveActors`.
    stopping: (broker: ServiceBroker) => shellOf(broker).stop(),
  };
}

/** Takes a call of an actor's action to its owner. */
function toOwner(broker: ServiceBroker, next: BrokerCall): BrokerCall {
  return (action, params, options = {}) => {
    if (options.nodeID !== undefined) return next(action, params, options);
    const shell = shellOf(broker);
    const target = shell.targetOf(action);
    if (target === undefined) return next(action, params, options);
    const meta = { ...options.parentCtx?.meta, ...options.meta };
    const key = keyOf(target, params, meta);
    // Nobody is the owner: any node refuses the caller or the parameters.
    if (key === undefined) return next(action, params, options);
    const timeout = options.timeout ?? limits.callMs;
    return shell.route(target, key, params, meta, timeout, () => next(action, params, { ...options, nodeID: broker.nodeID, timeout }));
  };
}

/** Hands this node's actors over to others while the bus still answers for it. Before the broker stops. */
export const leaveActors = (broker: ServiceBroker): Promise<void> => shellOf(broker).stop();
