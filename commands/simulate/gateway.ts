/** A process of `npm run simulate`: a gateway as it is. Its rates are raised, not removed: everybody comes from one address. Says where it is (url, opsUrl). */
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import { httpService } from "../../gateway/index.ts";
import { tellLoop } from "./loop.ts";

const unlimited = { points: 1_000_000_000, seconds: 60 };
const broker = new ServiceBroker(brokerOptions(loadConfig()));
broker.createService(httpService({ rates: { address: unlimited, account: unlimited } }));
await broker.start();
await broker.waitForServices(["catalog", "streaming", "session", "presence", "actors"]);
process.send?.(await broker.call("gateway.address"));
tellLoop();
process.on("SIGTERM", () => void broker.stop().then(() => process.exit(0)));
