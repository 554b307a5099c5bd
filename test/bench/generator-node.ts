/** What `npm run bench -- generator` calls, in a process of its own: an actor that answers at once, a plain action that does, and one that takes a millisecond. */
import { setTimeout as pause } from "node:timers/promises";
import { ServiceBroker } from "moleculer";
import { actorService, query } from "../../actors/runtime/index.ts";
import { counter } from "../../actors/runtime/testing/counter.ts";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";

const broker = new ServiceBroker(brokerOptions(loadConfig()));
const counterId = { type: "string", min: 1, max: 64 } as const;
broker.createService(actorService({ name: "counter", actor: counter, key: "counterId", actions: { value: query({ access: "public", summary: "", params: { counterId }, returns: {} }) } }));
broker.createService({
  name: "plain",
  actions: {
    value: { params: { $$strict: true, counterId }, handler: () => ({ value: 1, version: 1 }) },
    after: { params: { $$strict: true, counterId }, handler: () => pause(1, { value: 1, version: 1 }) },
  },
});
await broker.start();
process.send?.("up");
process.on("SIGTERM", () => void broker.stop().then(() => process.exit(0)));
