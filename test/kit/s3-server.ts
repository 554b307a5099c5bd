/** S3 for the tests: fauxqs in a process of its own, objects in memory, or kept in its folder for a test that stops and starts it. It checks no signature and knows no If-None-Match. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { accepts, freePort, launch, type ServerProcess } from "../../commands/cluster/servers.ts";

export interface S3Server extends ServerProcess {
  readonly url: string;
  readonly port: number;
}

/** Starts the server, logging into `folder`. `port` 0: any free one. */
export async function startS3(folder: string, port = 0, objects: "memory" | "kept" = "memory"): Promise<S3Server> {
  const chosen = port === 0 ? await freePort() : port;
  const server = await launch({
    program: process.execPath,
    words: [fileURLToPath(new URL("./s3-process.ts", import.meta.url)), String(chosen), ...(objects === "kept" ? [folder] : [])],
    stopSignal: "SIGTERM",
    log: join(folder, "s3.log"),
    ready: () => accepts(chosen),
  });
  return { ...server, port: chosen, url: `http://127.0.0.1:${chosen}` };
}
