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

/** A figure of a service for /metrics of its node. */
export interface Measure {
  /** "ensemble_..._seconds"; never with an id in it. */
  readonly name: string;
  readonly help: string;
  /** Asked at each scrape; NaN when it fails. */
  read(): number | Promise<number>;
}

const measures = new WeakMap<ServiceBroker, Map<string, Measure>>();

/** Shows `measure` from now on, in place of an earlier one of its name. */
export function addMeasure(broker: ServiceBroker, measure: Measure): void {
  let known = measures.get(broker);
  if (known === undefined) measures.set(broker, (known = new Map()));
  known.set(measure.name, measure);
}

export const measuresOf = (broker: ServiceBroker): readonly Measure[] => [...(measures.get(broker)?.values() ?? [])];
