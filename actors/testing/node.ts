/** For tests of services: a broker on real ports, with the services under test. */
import { ServiceBroker, type ServiceSchema } from "moleculer";
import type { CallMeta, Identity } from "../action.ts";
import { brokerOptions } from "../../broker.config.ts";
import type { Config } from "../../config.ts";
import { testConfig } from "../../test/kit/index.ts";

export interface TestNode {
  readonly broker: ServiceBroker;
  readonly config: Config;
  /** Calls as nobody, or as `user`. */
  call<T>(action: string, params?: object, user?: Identity): Promise<T>;
  stop(): Promise<void>;
}

/** Starts a node with `services`. Stop it when done. */
export async function startTestNode(services: readonly ServiceSchema[], overrides: Partial<Config> = {}): Promise<TestNode> {
  const config = await testConfig(overrides);
  const broker = new ServiceBroker(brokerOptions(config));
  for (const service of services) broker.createService(service);
  await broker.start();
  return {
    broker,
    config,
    call: <T>(action: string, params: object = {}, user?: Identity) => broker.call<T, object>(action, params, { meta: (user === undefined ? {} : { user }) satisfies CallMeta }),
    stop: () => broker.stop(),
  };
}

export const listener: Identity = { id: "11".repeat(16), username: "lis", plan: "free", role: "listener", country: "SE" };
export const premium: Identity = { ...listener, plan: "premium" };
export const admin: Identity = { ...listener, id: "22".repeat(16), role: "admin" };
