/** Redis for the tests: many databases so that tests do not meet. */
import { launchRedis, type RedisProcess } from "../../commands/cluster/servers.ts";

export const redisDatabases = 4_096;

export type RedisServer = RedisProcess;

/** Starts Redis, logging into `folder`. `port` 0: any free one. */
export function startRedis(folder: string, port = 0): Promise<RedisServer> {
  return launchRedis(folder, { port, databases: redisDatabases });
}
