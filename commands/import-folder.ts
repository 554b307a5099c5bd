/** Imports one folder with a node of its own, showing progress; used by the import and demo-debian commands. */
import type { JobView } from "../actors/ingest/index.ts";
import { loadConfig, type Config } from "../config.ts";
import { startNode } from "../ensemble.ts";
import { ImportProgress } from "./import-progress.ts";
import { operator } from "./operator.ts";

const lookEveryMs = 300;

/** Imports `path`. Exit status: 0 when the whole folder was gone through (files that failed are listed), 130 when stopped, 1 when the import itself failed. */
export async function importFolder(config: Config, path: string): Promise<number> {
  // Log lines would tear the progress bar apart; what matters is in the job.
  const quiet = process.env["LOG_LEVEL"] === undefined ? loadConfig({ ...process.env, IMPORT_WORKERS: String(config.IMPORT_WORKERS), LOG_LEVEL: "error" }) : config;
  const node = await startNode(quiet, ["catalog", "search", "ingest"]);
  let interruptions = 0;
  let lastAt = -Infinity;
  let stop: (() => void) | undefined;
  const interrupt = () => {
    // A terminal's Ctrl-C can arrive twice, from the terminal and through npm.
    if (performance.now() - lastAt < 500) return;
    lastAt = performance.now();
    interruptions++;
    stop?.();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    const call = (action: string, params: object) => node.broker.call<JobView, object>(`ingest.${action}`, params, { meta: operator });
    let job = await call("start", { path });
    stop = () => {
      if (interruptions === 1) console.error("\nStopping after the tracks in progress (again to stop at once)...");
      call("stop", { id: job.id, now: interruptions > 1 }).catch((error: unknown) => console.error(String(error)));
    };
    if (interruptions > 0) stop();
    using progress = new ImportProgress();
    while (job.state === "scanning" || job.state === "running") {
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      job = await call("job", { id: job.id });
      progress.show(job);
    }
    progress.end(job);
    if (job.state === "stopped") return 130;
    // A folder of which nothing could be imported is a failure; one with a few bad files is not.
    return job.state === "done" && (job.failed === 0 || job.imported + job.skipped > 0) ? 0 : 1;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    await node.stop();
  }
}
