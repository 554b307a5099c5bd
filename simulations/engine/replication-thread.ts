/** A thread of replications.ts: told the module of a model once, then one replication after the other. */
import { parentPort, workerData } from "node:worker_threads";
import type { Replicate, Replication } from "./replications.ts";

const { replicate } = (await import(workerData as string)) as { replicate: Replicate };
parentPort?.on("message", (replication: Replication) => {
  void answer(replication);
});

/** A rejection ends the thread, which its owner sees as an error. */
async function answer(replication: Replication): Promise<void> {
  parentPort?.postMessage(await replicate(replication), []);
}
