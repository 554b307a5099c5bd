/**
 * One node of Ensemble: a broker and the services it hosts. Embedded, one process hosts them all; in a cluster
 * SERVICES says which. Everything else (ports, keys, settings) is the same in both.
 */
import { ServiceBroker, type BrokerOptions, type ServiceSchema } from "moleculer";
import { leaveActors } from "./actors/index.ts";
import { brokerOptions } from "./broker.config.ts";
import type { Config } from "./config.ts";

const services = {
  catalog: () => import("./actors/catalog/catalog.service.ts"),
  playlist: () => import("./actors/playlist/playlist.service.ts"),
  session: () => import("./actors/session/session.service.ts"),
  presence: () => import("./actors/presence/presence.service.ts"),
  group: () => import("./actors/group/group.service.ts"),
  search: () => import("./actors/search/search.service.ts"),
  rights: () => import("./actors/rights/rights.service.ts"),
  streaming: () => import("./actors/streaming/streaming.service.ts"),
  account: () => import("./actors/account/account.service.ts"),
  ingest: () => import("./actors/ingest/ingest.service.ts"),
  gateway: () => import("./gateway/http/http.service.ts"),
} satisfies Record<string, () => Promise<{ default: unknown }>>;

/** For nodes without a gateway, which has an operations port already: hosted only when it is named. */
const onDemand = {
  operations: () => import("./gateway/http/operations.service.ts"),
} satisfies Record<string, () => Promise<{ default: unknown }>>;

const all = { ...services, ...onDemand };

/** A service that a node may host. */
export type ServiceName = keyof typeof all;
/** What a node hosts that was not told otherwise. */
export const serviceNames = Object.keys(services) as (keyof typeof services)[];

/** The schemas of services by name, for whoever makes a broker of his own: benches, the OpenAPI document. */
export async function loadServices(names: readonly ServiceName[]): Promise<ServiceSchema[]> {
  return Promise.all(names.map(async (name) => (await all[name]()).default));
}

export interface Node {
  readonly broker: ServiceBroker;
  /** Finishes the calls in progress, then stops services and closes ports. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a node with `names` (default: config.SERVICES, else all). `extra`: broker options of this process alone; its
 * middlewares come after the node's own. Resolves when every service answers.
 */
export async function startNode(config: Config, names: readonly string[] = config.SERVICES.length === 0 ? serviceNames : config.SERVICES, extra: BrokerOptions = {}): Promise<Node> {
  const unknown = names.filter((name) => !(name in all));
  if (unknown.length > 0) throw new Error(`SERVICES names no such service: ${unknown.join(", ")}; there are ${Object.keys(all).join(", ")}`);
  if (names.includes("gateway") && names.includes("operations")) throw new Error("SERVICES names gateway and operations: the gateway has the operations port already");
  const options = brokerOptions(config);
  const broker = new ServiceBroker({ ...options, ...extra, middlewares: [...(options.middlewares ?? []), ...(extra.middlewares ?? [])] });
  for (const service of await loadServices(names as ServiceName[])) broker.createService(service);
  let stopped: Promise<void> | undefined;
  // Actors first: the bus stops answering for this node at once, and others should own them by then.
  const stop = () => (stopped ??= leaveActors(broker).then(() => broker.stop()));
  try {
    await broker.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { broker, stop };
}
