/** The nodes that host actors, as the console's own registry knows them, and how they are asked. */
import type { ServiceBroker } from "moleculer";
import type { ShardPlace } from "../../actors/index.ts";
import { Sentence } from "./command.ts";

interface Seen {
  readonly id: string;
  readonly services: readonly { readonly name: string }[];
}

/** Longer than the nodes themselves give a hand-over. */
const changeTimeoutMs = 40_000;
const readTimeoutMs = 15_000;

/** Nodes that host actors, in order. */
export function actorNodes(broker: ServiceBroker): string[] {
  const nodes = broker.registry.getNodeList({ onlyAvailable: true, withServices: true }) as unknown as readonly Seen[];
  return nodes.filter(({ services }) => services.some(({ name }) => name === "actors")).map(({ id }) => id).toSorted();
}

/** Types of actors that some node hosts, in order. */
export function actorTypes(broker: ServiceBroker): string[] {
  const actions = broker.registry.getActionList({ onlyAvailable: true, skipInternal: true }) as readonly { action?: { actor?: { type: string } } }[];
  return [...new Set(actions.flatMap(({ action }) => (action?.actor === undefined ? [] : [action.actor.type])))].toSorted();
}

/** One of them by name. Throws Sentence. */
export function nodeNamed(broker: ServiceBroker, name: string): string {
  const nodes = actorNodes(broker);
  if (!nodes.includes(name)) throw new Sentence(nodes.length === 0 ? none : `No node "${name}" hosts actors; there are ${nodes.join(", ")}.`);
  return name;
}

const none = "No node that this console reaches hosts actors. In a cluster, look whether one is up (nodes); embedded, they live in the running npm start, which no console reaches.";

/** Any of them. Throws Sentence when there is none. */
export function anyNode(broker: ServiceBroker): string {
  const [node] = actorNodes(broker);
  if (node === undefined) throw new Sentence(none);
  return node;
}

/** Calls an operators' action on `node`. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what an action answers is known by its name alone
export function ask<T>(broker: ServiceBroker, node: string, action: string, params: object = {}): Promise<T> {
  return broker.call<T, object>(`actors.${action}`, params, { nodeID: node, timeout: readTimeoutMs });
}

/** As `ask`, for what changes something. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as above
export function order<T>(broker: ServiceBroker, node: string, action: string, params: object = {}): Promise<T> {
  return broker.call<T, object>(`actors.${action}`, params, { nodeID: node, timeout: changeTimeoutMs });
}

/** Where an actor is, and the node that knows most of it: its owner, else any. */
export async function find(broker: ServiceBroker, type: string, key: string): Promise<{ place: ShardPlace; node: string }> {
  const place = await ask<ShardPlace>(broker, anyNode(broker), "where", { type, key });
  const nodes = actorNodes(broker);
  return { place, node: [place.owner, place.wanted].find((one) => one !== null && nodes.includes(one)) ?? anyNode(broker) };
}
