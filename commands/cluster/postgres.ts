/** The embedded PostgreSQL of a data folder, for who measures it from outside. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Its first process, which starts all others; undefined when none runs there. */
export function embeddedPostgresPid(dataDir: string): number | undefined {
  try {
    return Number(readFileSync(join(dataDir, "postgres", "data", "postmaster.pid"), "utf8").split("\n", 1)[0]);
  } catch {
    return undefined;
  }
}
