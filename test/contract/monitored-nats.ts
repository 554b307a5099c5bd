/** A NATS server whose counters can be read, and that can be taken away and given back to the same users at the same port. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, nkeyAuthenticator, nkeys, type NatsConnection } from "nats";
import { find, freePort, freshFolder, launch } from "../kit/index.ts";

export interface ConnectionCounters {
  readonly cid: number;
  readonly name?: string;
  readonly subscriptions: number;
  /** Messages that the server handed to this connection. */
  readonly out_msgs: number;
  readonly out_bytes: number;
}

export interface MonitoredNats {
  readonly url: string;
  readonly nodeSeed: string;
  readonly strangerSeed: string;
  /** Every connection as the server counts it. */
  connections(): Promise<readonly ConnectionCounters[]>;
  /** A connection that sees everything below Moleculer's namespace. */
  raw(): Promise<NatsConnection>;
  begin(signal?: NodeJS.Signals): Promise<void>;
  end(): Promise<void>;
}

const permissions = (subjects: string) => `permissions: { publish: ["${subjects}"], subscribe: ["${subjects}"] }`;

export async function startMonitoredNats(): Promise<MonitoredNats> {
  const [node, stranger] = [nkeys.createUser(), nkeys.createUser()];
  const [folder, port, monitorPort] = [await freshFolder("nats"), await freePort(), await freePort()];
  const configuration = join(folder, "nats.conf");
  await writeFile(configuration, `authorization { users = [\n{ nkey: ${node.getPublicKey()}, ${permissions("MOL-ensemble.>")} }\n{ nkey: ${stranger.getPublicKey()}, ${permissions("nothing")} }\n] }\n`);
  const monitor = `http://127.0.0.1:${monitorPort}`;
  const start = () =>
    launch({
      program: find("nats-server", "nats-server"),
      words: ["-a", "127.0.0.1", "-p", String(port), "-m", String(monitorPort), "-c", configuration],
      stopSignal: "SIGTERM",
      log: join(folder, "nats.log"),
      ready: () => fetch(`${monitor}/healthz`).then(({ ok }) => ok, () => false),
    });
  let server = await start();
  const seed = (user: typeof node) => new TextDecoder().decode(user.getSeed());
  const url = `nats://127.0.0.1:${port}`;
  return {
    url,
    nodeSeed: seed(node),
    strangerSeed: seed(stranger),
    async connections() {
      const { connections } = (await (await fetch(`${monitor}/connz?sort=cid`)).json()) as { connections: ConnectionCounters[] };
      return connections;
    },
    raw: () => connect({ servers: url, name: "raw", authenticator: nkeyAuthenticator(new TextEncoder().encode(seed(node))) }),
    begin: (signal) => server.stop(signal),
    async end() {
      server = await start();
    },
  };
}
