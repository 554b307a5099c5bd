/**
 * A process of `npm run simulate -- validate`: node number so and so of each of its systems, with the actor of worker.ts. Asked for
 * samples, it says how long calls held their slots since it was asked last.
 */
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../../broker.config.ts";
import { loadConfig } from "../../../config.ts";
import { Stream } from "../../../simulations/index.ts";
import { serviceMs, Slots, workerService } from "./worker.ts";

export interface NodeOrder {
  readonly nodeId: string;
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly type: string;
  readonly slots: number;
  readonly meanMs: number;
  readonly seed: number;
}

/** By system. */
export type NodeSamples = Readonly<Record<string, readonly number[]>>;

const samples: Record<string, number[]> = {};

/** The service times are the node's own: no model draws from this stream. */
async function start({ nodeId, natsUrl, databaseUrl, type, slots, meanMs, seed }: NodeOrder): Promise<ServiceBroker> {
  const broker = new ServiceBroker(brokerOptions(loadConfig({ ...process.env, NODE_ID: nodeId, NATS_URL: natsUrl, DATABASE_URL: databaseUrl })));
  const chance = new Stream(seed, "nodes", nodeId);
  samples[type] = [];
  broker.createService(workerService(type, new Slots(slots), () => serviceMs(meanMs, chance), (ms) => void samples[type]?.push(Math.round(ms * 1_000) / 1_000)));
  await broker.start();
  return broker;
}

/** One after the other: a start has deadlines, and the machine has other processes that start as many. */
async function startAll(orders: readonly NodeOrder[]): Promise<void> {
  for (const order of orders) await start(order);
}

process.on("message", (message: { readonly orders: readonly NodeOrder[] } | "samples") => {
  if (message !== "samples") void startAll(message.orders).then(() => process.send?.("started"));
  else {
    process.send?.(samples satisfies NodeSamples);
    for (const type of Object.keys(samples)) samples[type] = [];
  }
});
process.on("disconnect", () => process.exit(0));
process.send?.("up");
