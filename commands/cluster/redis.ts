/** A Redis server of a local cluster: a cache, nothing kept on disk. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../storage/index.ts";
import { accepts, find, launch, type ServerProcess } from "./process.ts";

export interface RedisProcess extends ServerProcess {
  /** redis://127.0.0.1:port, with the password if there is one; append "/n" for database n. */
  readonly url: string;
  readonly port: number;
}

export interface RedisOptions {
  /** 0 or absent: any free one. */
  readonly port?: number;
  readonly databases?: number;
  readonly password?: string;
}

/** Starts Redis with its configuration and log in `folder`. */
export async function launchRedis(folder: string, { port = 0, databases = 16, password }: RedisOptions = {}): Promise<RedisProcess> {
  const chosen = port === 0 ? await freePort() : port;
  const settings = ["bind 127.0.0.1", `port ${chosen}`, 'save ""', "appendonly no", `databases ${databases}`, `dir ${JSON.stringify(folder)}`];
  if (password !== undefined) settings.push(`requirepass ${JSON.stringify(password)}`);
  const configuration = join(folder, "redis.conf");
  // A file, not arguments: those are for everybody on the machine to see.
  await writeFile(configuration, `${settings.join("\n")}\n`, { mode: 0o600 });
  const server = await launch({
    program: find("redis-server", "redis-server"),
    words: [configuration],
    stopSignal: "SIGTERM",
    log: join(folder, "redis.log"),
    ready: () => accepts(chosen),
  });
  return { ...server, port: chosen, url: `redis://${password === undefined ? "" : `:${encodeURIComponent(password)}@`}127.0.0.1:${chosen}` };
}
