/** The broker middleware that makes actors location transparent: `broker.call` of an actor's action reaches its owner, wherever that is. */
import type { CallingOptions, Middleware, ServiceBroker } from "moleculer";
import { limits } from "./limits.ts";
import type { ShardOwner } from "./ports.ts";
import { shellOf } from "./shell.ts";

type BrokerCall = (action: string, params: unknown, options?: CallingOptions) => Promise<unknown>;

/** One for each broker. */
export function actorMiddleware(): Middleware {
  let broker: ServiceBroker | undefined;
  return {
    name: "actors",
    created(created: ServiceBroker) {
      broker = created;
    },
    async starting(starting: ServiceBroker) {
      starting.createService({ name: "actor-router", events: { "actors.moved": { handler: (ctx: { params: { owners: readonly ShardOwner[] } }) => shellOf(starting).heard(ctx.params.owners) } } });
    },
    started: (started: ServiceBroker) => shellOf(started).start(),
    // For whoever stops the broker without `leaveActors`.
    stopping: (stopping: ServiceBroker) => shellOf(stopping).stop(),
    // Moleculer's type leaves out that the hook answers a function.
    call: ((next: BrokerCall): BrokerCall => (action, params, options = {}) => {
      if (broker === undefined || options.nodeID !== undefined) return next(action, params, options);
      const shell = shellOf(broker);
      const target = shell.targetOf(action);
      const key = target === undefined ? undefined : (params as Record<string, unknown> | undefined)?.[target.key];
      // Without a key nobody is the owner: any node refuses the parameters.
      if (target === undefined || typeof key !== "string") return next(action, params, options);
      const meta = { ...options.parentCtx?.meta, ...options.meta };
      return shell.route(target, key, params, meta, options.timeout ?? limits.callMs);
    }) as unknown as NonNullable<Middleware["call"]>,
  };
}

/** Hands this node's actors over to others while the bus still answers for it. Before the broker stops. */
export const leaveActors = (broker: ServiceBroker): Promise<void> => shellOf(broker).stop();
