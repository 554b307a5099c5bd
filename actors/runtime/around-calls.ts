/** Putting something around every call of a broker. */
import type { CallingOptions, ServiceBroker } from "moleculer";

export type BrokerCall = (action: string, params: unknown, options?: CallingOptions) => Promise<unknown>;

/**
 * Puts `around` around `broker.call`: what is put on last is outermost. For a middleware's `created`.
 *
 * Not by the hook `call`: Moleculer gives the promise of a call that does not go on to it the context of an earlier call
 * (`interceptCallMiddleware` in its service-broker.js), and `ctx.call` then merges that one's meta, the identity too, into its caller's.
 */
export function aroundCalls(broker: ServiceBroker, around: (next: BrokerCall) => BrokerCall): void {
  broker.call = around(broker.call.bind(broker)) as ServiceBroker["call"];
}
