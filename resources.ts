/**
 * What a service may use besides the bus: the ports, the configuration and the keys of its node.
 *
 * The broker middleware in broker.config.ts opens them before any service starts and closes them after the last one
 * stopped, so the same service files run under `npm start`, moleculer-runner and the tests.
 */
import type { ServiceBroker } from "moleculer";
import type { Config } from "./config.ts";
import type { Keys } from "./keys.ts";
import type { Ports } from "./storage/index.ts";

export interface Resources {
  readonly config: Config;
  readonly keys: Keys;
  readonly ports: Ports;
}

const attached = new WeakMap<ServiceBroker, Resources>();

/** The resources of a started broker. Throws before its start and after its stop. */
export function resourcesOf(broker: ServiceBroker): Resources {
  const resources = attached.get(broker);
  if (resources === undefined) throw new Error("this broker has no resources: it is not started");
  return resources;
}

export function attachResources(broker: ServiceBroker, resources: Resources): void {
  attached.set(broker, resources);
}

export function detachResources(broker: ServiceBroker): Resources | undefined {
  const resources = attached.get(broker);
  attached.delete(broker);
  return resources;
}
