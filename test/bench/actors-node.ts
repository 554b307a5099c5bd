/**
 * The other process of `npm run bench -- actors`: a node that hosts counters, and beside them what they are held against:
 * a plain Moleculer action, and the bare pipeline (bare.ts).
 */
import { ServiceBroker } from "moleculer";
import { actorService, command, query } from "../../actors/runtime/index.ts";
import { counter } from "../../actors/runtime/testing/counter.ts";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import { bareService } from "./bare.ts";

const config = loadConfig();
const broker = new ServiceBroker(brokerOptions(config));
const counterId = { type: "string", min: 1, max: 64 } as const;
const opId = { type: "string", min: 1, max: 64 } as const;
const amount = { type: "number", integer: true, min: 1 } as const;
broker.createService(actorService({
  name: "counter", actor: counter, key: "counterId",
  actions: {
    add: command({ access: "public", summary: "", params: { counterId, opId, amount }, returns: {} }),
    value: query({ access: "public", summary: "", params: { counterId }, returns: {} }),
  },
}));

broker.createService(await bareService(config.DATABASE_URL ?? ""));

broker.createService({
  name: "plain",
  actions: {
    value: { params: { $$strict: true, counterId }, handler: () => ({ value: 1, version: 1 }) },
  },
});

await broker.start();
process.send?.("up");
process.on("SIGTERM", () => void broker.stop().then(() => process.exit(0)));
