/** The broker middleware that makes actors location transparent: `broker.call` of an actor's action reaches its owner, wherever that is. */
import type { CallingOptions, Middleware, ServiceBroker } from "moleculer";
import { limits } from "./limits.ts";
import type { ShardOwner } from "./ports.ts";
import { shellOf } from "./shell.ts";

type BrokerCall = (action: string, params: unknown, options?: CallingOptions) => Promise<unknown>;

/** One for each broker. */
export function actorMiddleware(): Middleware {
  return {
    name: "actors",
    created: interceptCalls,
    async starting(broker: ServiceBroker) {
      broker.createService({ name: "actor-router", events: { "actors.moved": { handler: (ctx: { params: { owners: readonly ShardOwner[] } }) => shellOf(broker).heard(ctx.params.owners) } } });
    },
    started: (broker: ServiceBroker) => shellOf(broker).start(),
    // For whoever stops the broker without `leaveActors`.
    stopping: (broker: ServiceBroker) => shellOf(broker).stop(),
  };
}

/**
 * Not by the hook `call`: Moleculer gives the promise of a call that does not go on to it the context of an earlier call
 * (`interceptCallMiddleware` in its service-broker.js), and `ctx.call` then merges that one's meta, the identity too, into its caller's.
 */
function interceptCalls(broker: ServiceBroker): void {
  const next = broker.call.bind(broker) as BrokerCall;
  const call: BrokerCall = (action, params, options = {}) => {
    if (options.nodeID !== undefined) return next(action, params, options);
    const shell = shellOf(broker);
    const target = shell.targetOf(action);
    const key = target === undefined ? undefined : (params as Record<string, unknown> | undefined)?.[target.key];
    // Without a key nobody is the owner: any node refuses the parameters.
    if (target === undefined || typeof key !== "string") return next(action, params, options);
    const meta = { ...options.parentCtx?.meta, ...options.meta };
    return shell.route(target, key, params, meta, options.timeout ?? limits.callMs);
  };
  broker.call = call as ServiceBroker["call"];
}

/** Hands this node's actors over to others while the bus still answers for it. Before the broker stops. */
export const leaveActors = (broker: ServiceBroker): Promise<void> => shellOf(broker).stop();
