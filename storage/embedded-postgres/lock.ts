/**
 * One process at a time starts or stops the server of a data folder. The lock is a listening socket in Linux's abstract
 * name space: the kernel lets one process have a name and frees it when the process ends, however it ends.
 */
import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { EmbeddedServerFailed } from "../errors.ts";

const waitMs = 120_000;
const retryMs = 50;

/** Runs `work` while no other process runs any for `folder` (which exists). Throws EmbeddedServerFailed after two minutes. */
export async function exclusively<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const name = createHash("sha256").update(await realpath(folder)).digest("hex").slice(0, 40);
  const lock = await take(`\0ensemble-postgres-${process.getuid?.() ?? 0}-${name}`, Date.now() + waitMs);
  try {
    return await work();
  } finally {
    await new Promise((resolve) => lock.close(resolve));
  }
}

async function take(name: string, until: number): Promise<Server> {
  for (;;) {
    const server = createServer((connection) => connection.destroy());
    const outcome = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once("error", resolve);
      server.listen(name, () => resolve(undefined));
    });
    if (outcome === undefined) return server;
    if (outcome.code !== "EADDRINUSE") throw outcome;
    if (Date.now() > until) throw new EmbeddedServerFailed("another process has been starting or stopping this data folder's PostgreSQL for two minutes");
    await pause(retryMs);
  }
}
