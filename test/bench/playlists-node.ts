/** A process of `npm run bench -- playlists`: the node that hosts playlists, and the bare pipeline's end. Says "up", with the track it knows. */
import { ServiceBroker } from "moleculer";
import { ingestedTrack } from "../../actors/testing/tracks.ts";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import { loadServices } from "../../ensemble.ts";
import { bareService } from "./bare.ts";

const config = loadConfig();
const broker = new ServiceBroker(brokerOptions(config));
for (const service of await loadServices(["catalog", "search", "playlist"])) broker.createService(service);
broker.createService(await bareService(config.DATABASE_URL ?? ""));
await broker.start();
const track = ingestedTrack("bench");
await broker.call("catalog.add", { track });
process.send?.({ trackId: track.id });
process.on("SIGTERM", () => void broker.stop().then(() => process.exit(0)));
