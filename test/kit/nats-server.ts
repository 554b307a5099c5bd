/**
 * NATS for the tests, closed like in production: every connection proves an nkey, and a node may use only the subjects
 * of Moleculer's namespace "ensemble".
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nkeys } from "nats";
import { accepts, find, freePort, launch, type ServerProcess } from "./process.ts";

export interface NatsServer extends ServerProcess {
  readonly url: string;
  readonly port: number;
  /** Seed (SU...) that nodes use. */
  readonly nodeSeed: string;
  /** Seed of a known user that may use no subject of ours, to test that permissions hold. */
  readonly strangerSeed: string;
}

/** Starts NATS with its configuration in `folder`. */
export async function startNats(folder: string): Promise<NatsServer> {
  const node = nkeys.createUser();
  const stranger = nkeys.createUser();
  const port = await freePort();
  const configuration = join(folder, "nats.conf");
  await writeFile(
    configuration,
    `authorization {
  users = [
    { nkey: ${node.getPublicKey()}, permissions: { publish: ["MOL-ensemble.>"], subscribe: ["MOL-ensemble.>"] } }
    { nkey: ${stranger.getPublicKey()}, permissions: { publish: ["nothing"], subscribe: ["nothing"] } }
  ]
}
`,
    { mode: 0o600 },
  );
  const server = await launch({
    program: find("nats-server", "nats-server"),
    words: ["-a", "127.0.0.1", "-p", String(port), "-c", configuration],
    stopSignal: "SIGTERM",
    log: join(folder, "nats.log"),
    ready: () => accepts(port),
  });
  const seed = (user: typeof node) => new TextDecoder().decode(user.getSeed());
  return { ...server, port, url: `nats://127.0.0.1:${port}`, nodeSeed: seed(node), strangerSeed: seed(stranger) };
}
