/** A process of `npm run simulate -- validate`: a node with the actor of worker.ts. Asked for samples, it says how long calls held their slots since it was asked last. */
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../../broker.config.ts";
import { loadConfig } from "../../../config.ts";
import { Stream } from "../../../simulations/index.ts";
import { serviceMs, Slots, workerService } from "./worker.ts";

export interface NodeOrder {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly type: string;
  readonly slots: number;
  readonly meanMs: number;
  readonly seed: number;
}

export interface NodeSamples {
  readonly serviceMs: readonly number[];
}

const order = JSON.parse(process.argv[2] ?? "") as NodeOrder;
const config = loadConfig({ ...process.env, NATS_URL: order.natsUrl, DATABASE_URL: order.databaseUrl });
const broker = new ServiceBroker(brokerOptions(config));
const chance = new Stream(order.seed, "service", config.NODE_ID);
let samples: number[] = [];
broker.createService(workerService(order.type, new Slots(order.slots), () => serviceMs(order.meanMs, chance), (ms) => void samples.push(Math.round(ms * 1_000) / 1_000)));
await broker.start();
process.on("message", () => {
  process.send?.({ serviceMs: samples } satisfies NodeSamples);
  samples = [];
});
process.send?.("up");
process.on("SIGTERM", () => void broker.stop().then(() => process.exit(0)));
