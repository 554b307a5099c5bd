/** A process of `npm run simulate`: a node with every service but the gateway and imports. Told "library" it makes one, and says which tracks there are. */
import { link, mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import { loadServices, serviceNames } from "../../ensemble.ts";
import { makeLibrary } from "../cluster/servers.ts";
import { tellLoop } from "./loop.ts";

const tracks = 200;
const makesLibrary = process.argv.includes("--library");

/** Gives every track the imported one's chunks, as files of its own: caches and stores then see as many objects as there would be. */
async function shareChunks(folder: string, imported: string, trackIds: readonly string[]): Promise<void> {
  const from = join(folder, imported);
  const files = (await readdir(from, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name).slice(from.length));
  for (const trackId of trackIds) {
    for (const path of new Set(files.map((file) => dirname(file)))) await mkdir(join(folder, trackId, path), { recursive: true });
    await Promise.all(files.map((file) => link(join(from, file), join(folder, trackId, file))));
  }
}

const config = loadConfig();
const broker = new ServiceBroker(brokerOptions(config));
for (const service of await loadServices(serviceNames.filter((name) => name !== "gateway" && (name !== "ingest" || makesLibrary)))) broker.createService(service);
await broker.start();
let trackIds: readonly string[] = [];
if (makesLibrary) {
  const library = await makeLibrary(broker, tracks);
  ({ trackIds } = library);
  await shareChunks(join(config.DATA_DIR, "objects", "audio"), library.imported, trackIds.filter((id) => id !== library.imported));
}
process.send?.({ trackIds });
tellLoop();
process.on("SIGTERM", () => void broker.stop().then(() => process.exit(0)));
