/** Redis for the tests: nothing kept on disk, many databases so that tests do not meet. */
import { join } from "node:path";
import { accepts, find, freePort, launch, type ServerProcess } from "./process.ts";

export const redisDatabases = 4_096;

export interface RedisServer extends ServerProcess {
  /** redis://127.0.0.1:port; append "/n" for database n. */
  readonly url: string;
  readonly port: number;
}

/** Starts Redis, logging into `folder`. `port` 0: any free one. */
export async function startRedis(folder: string, port = 0): Promise<RedisServer> {
  const chosen = port === 0 ? await freePort() : port;
  const server = await launch({
    program: find("redis-server", "redis-server"),
    words: ["--port", String(chosen), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--databases", String(redisDatabases), "--dir", folder],
    stopSignal: "SIGTERM",
    log: join(folder, "redis.log"),
    ready: () => accepts(chosen),
  });
  return { ...server, port: chosen, url: `redis://127.0.0.1:${chosen}` };
}
