/** Of Ensemble, for a report: the number, and the commit where it is known. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const root = new URL("../..", import.meta.url);

export function version(): string {
  const { version: number } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  try {
    return `${number} ${execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, stdio: ["ignore", "pipe", "ignore"] }).toString().trim()}`;
  } catch {
    return number;
  }
}
