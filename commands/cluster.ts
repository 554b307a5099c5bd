/**
 * `npm run cluster [-- --nodes N --gateways N --port P --library DIR]`: a local cluster of real processes until Ctrl-C:
 * NATS with nkeys, Redis, PostgreSQL, 3 nodes and 2 gateways. What ends by itself is started again. The data stays in
 * DATA_DIR/cluster; nothing keeps running.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadConfig } from "../config.ts";
import { LocalCluster } from "./cluster/local.ts";
import { StatusLine } from "./cluster/status-line.ts";
import { interruption } from "./interruption.ts";
import { userPath } from "./user-path.ts";

const usage = "usage: npm run cluster [-- --nodes 1..9 --gateways 1..9 --port P --library DIR]";

export default async function cluster(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { nodes: { type: "string", default: "3" }, gateways: { type: "string", default: "2" }, port: { type: "string" }, library: { type: "string" } } });
  const [nodes, gateways] = [values.nodes, values.gateways].map((text) => (/^[1-9]$/.test(text) ? Number(text) : undefined));
  if (nodes === undefined || gateways === undefined) {
    console.error(usage);
    return 2;
  }
  // The cluster brings its own servers; of the environment it takes where to keep data and where to listen.
  const { DATA_DIR, HOST, PORT, LOG_LEVEL, NODE_ENV } = process.env;
  const config = loadConfig({ DATA_DIR, HOST: HOST ?? "127.0.0.1", LOG_LEVEL, PORT: values.port ?? PORT });
  if (NODE_ENV === "production") {
    console.error("npm run cluster is for one machine and for trying things; docs/cluster.md says how to run in production.");
    return 2;
  }
  const library = values.library === undefined ? undefined : userPath(values.library);
  if (library !== undefined && !existsSync(library)) {
    console.error(`There is no folder ${library}.`);
    return 2;
  }

  const interrupted = interruption();
  using line = new StatusLine();
  const local = new LocalCluster({
    folder: join(config.DATA_DIR, "cluster"),
    nodes,
    gateways,
    host: config.HOST,
    port: config.PORT,
    library,
    progress: (message) => line.print(message),
    changed: () => line.show(local.nodes, local.gateways),
  });
  const starting = local.start(interrupted.signal);
  try {
    await Promise.race([starting, interrupted.promise]);
    if (!interrupted.signal.aborted) {
      for (const { name, running } of local.gateways) line.print(`Ensemble is at ${running?.process.address ?? "?"} (${name})`);
      line.print("Ctrl-C stops it.");
      line.begin();
      line.show(local.nodes, local.gateways);
      await interrupted.promise;
    }
    line.print("Stopping...");
  } finally {
    // What is starting now is not cut short: it ends in order once it is there. Why the start was given up is known.
    await starting.catch(() => {});
    await local.stop();
  }
  line.print("Stopped.");
  return 0;
}
