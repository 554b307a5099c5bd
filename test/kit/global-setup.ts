/** Before the first test of a run: one server of each kind, for all test files. They learn of them from the environment. */
import { chmod, mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "../../storage/index.ts";
import { startNats } from "./nats-server.ts";
import { startPostgres } from "./postgres-server.ts";
import type { ServerProcess } from "../../commands/cluster/servers.ts";
import { startRedis } from "./redis-server.ts";
import { startS3 } from "./s3-server.ts";
import { createDatabase, serversVariable, type TestServers } from "./servers.ts";

declare global {
  // What global-teardown.ts ends; both run in the process that started the run.
  var ensembleTestRun: { folder: string; servers: ServerProcess[] } | undefined;
}

export default async function setUp(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "ensemble-test-"));
  // PostgreSQL may run under another account and passes through here.
  await chmod(folder, 0o711);
  const own = async (name: string) => {
    const path = join(folder, name);
    await mkdir(path, { mode: 0o711 });
    return path;
  };
  const servers: ServerProcess[] = [];
  globalThis.ensembleTestRun = { folder, servers };
  const started = async <S extends ServerProcess>(server: Promise<S>): Promise<S> => {
    servers.push(await server);
    return server;
  };
  const [postgres, redis, nats, s3] = await Promise.all([
    own("postgres").then((path) => started(startPostgres(path))).then(async (server) => {
      await migrate(await createDatabase(server.url, "template"), "up");
      return server;
    }),
    own("redis").then((path) => started(startRedis(path))),
    own("nats").then((path) => started(startNats(path))),
    own("s3").then((path) => started(startS3(path))),
  ]);
  const known: TestServers = {
    folder,
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    natsUrl: nats.url,
    natsNodeSeed: nats.nodeSeed,
    natsStrangerSeed: nats.strangerSeed,
    s3Url: s3.url,
  };
  process.env[serversVariable] = JSON.stringify(known);
}
