/**
 * What `npm run bench -- generator` calls, in a process of its own: an actor that answers at once, a plain action that does, and one that takes a
 * millisecond, which notes when each of its calls was answered: what a generator has to find out, by the target's own clock. Asked for (told.ts), it tells
 * the times of the calls since the last time it was asked.
 */
import { setTimeout as pause } from "node:timers/promises";
import { ServiceBroker, type Context } from "moleculer";
import { actorService, query } from "../../actors/runtime/index.ts";
import { counter } from "../../actors/runtime/testing/counter.ts";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import { sharedNow } from "./clock.ts";
import { answers } from "./told.ts";

const broker = new ServiceBroker(brokerOptions(loadConfig()));
/** By the name of what was called; `sharedNow`. */
let answeredAt: Record<string, number> = {};
const counterId = { type: "string", min: 1, max: 64 } as const;
broker.createService(actorService({ name: "counter", actor: counter, key: "counterId", actions: { value: query({ access: "public", summary: "", params: { counterId }, returns: {} }) } }));
broker.createService({
  name: "plain",
  actions: {
    value: { params: { $$strict: true, counterId }, handler: () => ({ value: 1, version: 1 }) },
    after: {
      params: { $$strict: true, counterId },
      async handler({ params }: Context<{ counterId: string }>) {
        await pause(1);
        answeredAt[params.counterId] = sharedNow();
        return { value: 1, version: 1 };
      },
    },
  },
});
answers(() => {
  const told = answeredAt;
  answeredAt = {};
  return told;
});
await broker.start();
process.send?.("up");
process.on("SIGTERM", () => void broker.stop().then(() => process.exit(0)));
