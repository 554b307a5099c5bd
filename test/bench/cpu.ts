/** CPU of servers beside a bench, from Linux's /proc. A server of several processes (PostgreSQL) is its first process and that one's children. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ticksPerSecond = 100;

interface Stat {
  readonly parent: number;
  readonly cpuS: number;
  /** Of its children that have ended. */
  readonly endedS: number;
}

function statOf(pid: number): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
    const seconds = (first: number): number => ((fields[first] ?? 0) + (fields[first + 1] ?? 0)) / ticksPerSecond;
    return { parent: fields[1] ?? 0, cpuS: seconds(11), endedS: seconds(13) };
  } catch {
    return undefined;
  }
}

/** CPU that a process and its children have used, s, those that ended among them. */
export function familyCpuS(pid: number): number {
  const first = statOf(pid);
  let sum = (first?.cpuS ?? 0) + (first?.endedS ?? 0);
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === pid) continue;
    const stat = statOf(Number(name));
    if (stat?.parent === pid) sum += stat.cpuS;
  }
  return sum;
}

/** The first process of the embedded PostgreSQL of a DATA_DIR; 0 when none runs there. */
export function embeddedPostgresPid(dataDir: string): number {
  try {
    return Number(readFileSync(join(dataDir, "postgres", "data", "postmaster.pid"), "utf8").split("\n", 1)[0]);
  } catch {
    return 0;
  }
}

/** The settings that a process was started with. */
export function environmentOf(pid: number): Record<string, string> {
  const settings = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter((setting) => setting.includes("="));
  return Object.fromEntries(settings.map((setting) => [setting.slice(0, setting.indexOf("=")), setting.slice(setting.indexOf("=") + 1)]));
}
