/** After the last test of a run: stops the servers that global-setup.ts started, by their process ids, and removes their folder. */
import { rm } from "node:fs/promises";
import "./global-setup.ts";

export default async function tearDown(): Promise<void> {
  const run = globalThis.ensembleTestRun;
  if (run === undefined) return;
  // Nothing here is needed again: no checkpoint, no goodbye.
  await Promise.all(run.servers.map((server) => server.stop("SIGKILL")));
  await rm(run.folder, { recursive: true, force: true, maxRetries: 5 });
}
