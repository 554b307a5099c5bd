/**
 * `npm start [-- --library DIR] [--port N]`: one node with all services (or those in SERVICES) until Ctrl-C.
 *
 * Embedded and with an empty catalogue, it makes and imports a small demo library, so that there is something to play.
 * Exits with 0 when it was asked to stop, with 1 when a fault of ours stopped it: a supervisor then starts it again.
 */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ServiceBroker } from "moleculer";
import { makeDemoLibrary, type JobView } from "../actors/ingest/index.ts";
import { ConfigError, loadConfig, type Config } from "../config.ts";
import { startNode, type Node } from "../ensemble.ts";
import { ImportProgress } from "./import-progress.ts";
import { onFault } from "./faults.ts";
import { interruption } from "./interruption.ts";
import { operator } from "./operator.ts";
import { userPath } from "./user-path.ts";

export default async function start(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { library: { type: "string" }, port: { type: "string" } } });
  const config = loadConfig(values.port === undefined ? process.env : { ...process.env, PORT: values.port });
  const library = values.library === undefined ? undefined : userPath(values.library);
  if (library !== undefined && !existsSync(library)) {
    console.error(`There is no folder ${library}.`);
    return 2;
  }

  const interrupted = interruption();
  let faults = 0;
  const started: { node?: Node } = {};
  onFault((fault) => {
    faults += 1;
    if (started.node === undefined) console.error(fault.stack);
    else started.node.broker.logger.fatal({ type: fault.name, message: fault.message, stack: fault.stack }, "an error reached nobody; this node stops");
    interrupted.stop();
  });
  const node = (started.node = await startNode(config).catch((error: unknown) => {
    throw portTaken(error, config) ?? error;
  }));
  const address = await addressOf(node.broker);
  if (hosts(node.broker, "account")) await announceAdministrator(node.broker);
  if (address !== undefined) console.log(`Ensemble is at ${address}`);
  else console.log(`Ensemble node ${config.NODE_ID} is up.${await operationsOf(node.broker)}`);

  const importing = hosts(node.broker, "ingest") ? fillLibrary(node.broker, config, library, interrupted.signal) : Promise.resolve();
  const importFailed = importing.then(
    () => address !== undefined && !interrupted.signal.aborted && console.log(`Ensemble is at ${address} (Ctrl-C stops it)`),
    (error: unknown) => console.error(`The library could not be imported: ${error instanceof Error ? error.message : String(error)}`),
  );

  await interrupted.promise;
  console.log("Stopping...");
  await node.stop();
  await importFailed;
  return faults === 0 ? 0 : 1;
}

/** The folder to import: the one asked for; else, for an empty embedded catalogue, a demo library made on the spot. */
async function fillLibrary(broker: ServiceBroker, config: Config, library: string | undefined, stopped: AbortSignal): Promise<void> {
  let folder = library;
  if (folder === undefined) {
    const { items } = await broker.call<{ items: unknown[] }, { limit: number }>("catalog.albums", { limit: 1 });
    const demo = join(config.DATA_DIR, "demo");
    // A demo that was stopped half way goes on at the next start.
    const isUnfinished = existsSync(demo) && !existsSync(demoDone(config));
    if (config.NODE_ENV === "production" || config.DATABASE_URL !== undefined || (items.length > 0 && !isUnfinished)) return;
    console.log("The library is empty: making a small demo library (use --library DIR for your own music)...");
    await makeDemoLibrary(demo, (message) => console.log(`  ${message}`));
    folder = demo;
  }
  if (stopped.aborted) return;
  const job = await broker.call<JobView, { path: string }>("ingest.start", { path: folder }, { meta: operator });
  using progress = new ImportProgress();
  let state = job;
  while (!stopped.aborted && (state.state === "scanning" || state.state === "running")) {
    await pause(500, stopped);
    if (stopped.aborted) return;
    state = await broker.call<JobView, { id: string }>("ingest.job", { id: job.id }, { meta: operator });
    progress.show(state);
  }
  progress.end(state);
  if (library === undefined && state.state === "done") await writeFile(demoDone(config), "");
}

/** Exists when the demo library was imported to its end. Hidden files are not imported. */
const demoDone = (config: Config): string => join(config.DATA_DIR, "demo", ".imported");

/** A port that another program has is a matter for the person who starts, not a defect. */
function portTaken(error: unknown, config: Config): ConfigError | undefined {
  if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE" && "port" in error)) return undefined;
  const [name, instead] = error.port === config.OPS_PORT ? ["OPS_PORT", "OPS_PORT=0 npm start"] : ["PORT", "npm start -- --port 3100"];
  return new ConfigError([`${name} ${String(error.port)} is in use by another program (another Ensemble?): stop that one, or take another port: ${instead}`]);
}

function hosts(broker: ServiceBroker, name: string): boolean {
  return broker.getLocalService(name) !== undefined;
}

async function addressOf(broker: ServiceBroker): Promise<string | undefined> {
  if (!hosts(broker, "gateway")) return undefined;
  return (await broker.call<{ url: string }>("gateway.address")).url;
}

async function operationsOf(broker: ServiceBroker): Promise<string> {
  if (!hosts(broker, "operations")) return "";
  return ` Its health: ${(await broker.call<{ opsUrl: string }>("operations.address")).opsUrl}/ready`;
}

async function announceAdministrator(broker: ServiceBroker): Promise<void> {
  const made = await broker.call<{ username: string; password: string } | null>("account.ensureAdmin");
  if (made !== null) console.log(`Administrator: ${made.username} with password ${made.password} (shown once; npm run accounts -- reset-password ${made.username} makes a new one)`);
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stopped.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
