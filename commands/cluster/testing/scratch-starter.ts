/** Makes a scratch cluster, says what it is, and closes it when it is told to. */
import { scratchCluster } from "../servers.ts";

const cluster = await scratchCluster({ redis: true });
process.send?.({ servers: cluster.servers, folder: cluster.env["DATA_DIR"] });
process.once("message", () => void cluster.close().then(() => process.exit(0)));
