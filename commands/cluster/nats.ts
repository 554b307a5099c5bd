/**
 * A NATS server of a local cluster, closed like in production: every connection proves an nkey, and a key may use only the
 * subjects it was granted. Nothing durable is kept in it.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../storage/index.ts";
import { accepts, find, launch, type ServerProcess } from "./process.ts";

export interface NatsProcess extends ServerProcess {
  readonly url: string;
  readonly port: number;
}

export interface NatsUser {
  /** Public nkey (U...). */
  readonly nkey: string;
  /** What it may publish and subscribe to. */
  readonly subjects: readonly string[];
}

/** What a node of ours may use: Moleculer's namespace. */
export const nodeSubjects: readonly string[] = ["MOL-ensemble.>"];

/** Starts NATS for these users with its configuration and log in `folder`. `port` 0: any free one. */
export async function launchNats(folder: string, users: readonly NatsUser[], port = 0): Promise<NatsProcess> {
  const chosen = port === 0 ? await freePort() : port;
  const configuration = join(folder, "nats.conf");
  const entries = users.map(({ nkey, subjects }) => `    { nkey: ${nkey}, permissions: { publish: ${JSON.stringify(subjects)}, subscribe: ${JSON.stringify(subjects)} } }\n`);
  await writeFile(configuration, `authorization {\n  users = [\n${entries.join("")}  ]\n}\n`, { mode: 0o600 });
  const server = await launch({
    program: find("nats-server", "nats-server"),
    words: ["-a", "127.0.0.1", "-p", String(chosen), "-c", configuration],
    stopSignal: "SIGTERM",
    log: join(folder, "nats.log"),
    ready: () => accepts(chosen),
  });
  return { ...server, port: chosen, url: `nats://127.0.0.1:${chosen}` };
}
