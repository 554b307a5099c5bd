/** A process of `npm run bench -- presence`: the node where sessions and presence live. Says which tracks it knows. */
import { ServiceBroker } from "moleculer";
import { ingestedTrack } from "../../actors/testing/tracks.ts";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import { loadServices } from "../../ensemble.ts";
import { answers } from "./told.ts";

const tracks = 50;
const broker = new ServiceBroker(brokerOptions(loadConfig()));
for (const service of await loadServices(["catalog", "search", "rights", "account", "streaming", "presence", "session"])) broker.createService(service);
await broker.start();
const made = Array.from({ length: tracks }, (_, n) => ingestedTrack(`presence ${n}`));
for (const track of made) await broker.call("catalog.add", { track });
answers(() => null);
process.send?.({ trackIds: made.map(({ id }) => id) });
process.on("SIGTERM", () => void broker.stop().then(() => process.exit(0)));
