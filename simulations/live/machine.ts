/** What this machine does: CPU of single processes and of all, from /proc. Linux alone; elsewhere nothing is known, and a run says so. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import type { RunResult } from "../run/index.ts";

const ticksPerSecond = 100;

interface Stat {
  readonly parent: number;
  /** Of its whole life, s. */
  readonly cpuS: number;
  /** Of its children that have ended, s. */
  readonly endedS: number;
}

function statOf(pid: number): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in brackets may contain anything; fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
    const seconds = (first: number): number => ((fields[first] ?? 0) + (fields[first + 1] ?? 0)) / ticksPerSecond;
    return { parent: fields[1] ?? 0, cpuS: seconds(11), endedS: seconds(13) };
  } catch {
    return undefined;
  }
}

/** CPU time of a process's whole life, s; undefined when it is not there. */
export const processCpuS = (pid: number): number | undefined => statOf(pid)?.cpuS;

/** CPU time of a process and of its children, s, those that ended among them: PostgreSQL has one for each connection. */
export function familyCpuS(pid: number): number {
  const { cpuS, endedS } = statOf(pid) ?? { cpuS: 0, endedS: 0 };
  return cpuS + endedS + (childrenCpuS(new Set([pid])).get(pid) ?? 0);
}

/** CPU time of the processes that these have started and that still run, s, by who started them; of those that are asked about themselves, none. */
function childrenCpuS(parents: ReadonlySet<number>): Map<number, number> {
  const sums = new Map<number, number>();
  if (!existsSync("/proc/self/stat")) return sums;
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) && !parents.has(Number(name)) ? statOf(Number(name)) : undefined;
    if (stat !== undefined && parents.has(stat.parent)) sums.set(stat.parent, (sums.get(stat.parent) ?? 0) + stat.cpuS);
  }
  return sums;
}

/** CPU time of the whole machine since it began, s, of all cores together: at work, what the hypervisor took of that (work of others), and in all. */
export function hostCpuS(): { readonly busyS: number; readonly stolenS: number; readonly allS: number } | undefined {
  if (!existsSync("/proc/stat")) return undefined;
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, hard = 0, soft = 0, steal = 0] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
  const busy = user + nice + system + hard + soft + steal;
  return { busyS: busy / ticksPerSecond, stolenS: steal / ticksPerSecond, allS: (busy + idle + wait) / ticksPerSecond };
}

export function host(): NonNullable<RunResult["host"]> {
  const [first] = cpus();
  return { cpu: first?.model.trim() ?? "unknown", cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), os: `${type()} ${release()}`, node: process.version };
}

/** Names processes; measures each since it was asked last, in parts of one core. */
export class Processes {
  readonly #pids: () => Readonly<Record<string, number>>;
  readonly #last = new Map<number, number>();
  #at = performance.now();
  #host = hostCpuS();

  /** `pids`: asked each time, for a process that was started again has another. */
  constructor(pids: () => Readonly<Record<string, number>>) {
    this.#pids = pids;
    const known = Object.values(pids());
    const children = childrenCpuS(new Set(known));
    for (const pid of known) this.#last.set(pid, (processCpuS(pid) ?? 0) + (children.get(pid) ?? 0));
  }

  /** `hostShare`: of all cores; `othersCores`: cores at work for processes that are not named here. */
  sample(): { readonly cores: Record<string, number>; readonly hostShare: number; readonly othersCores: number } {
    const now = performance.now();
    const seconds = Math.max(0.001, (now - this.#at) / 1_000);
    this.#at = now;
    const cores: Record<string, number> = {};
    let ours = 0;
    const pids = this.#pids();
    const children = childrenCpuS(new Set(Object.values(pids)));
    for (const [name, pid] of Object.entries(pids)) {
      const used = (processCpuS(pid) ?? 0) + (children.get(pid) ?? 0);
      cores[name] = Math.max(0, used - (this.#last.get(pid) ?? 0)) / seconds;
      ours += cores[name];
      this.#last.set(pid, used);
    }
    const [before, after] = [this.#host, hostCpuS()];
    this.#host = after;
    if (before === undefined || after === undefined) return { cores, hostShare: 0, othersCores: 0 };
    return { cores, hostShare: (after.busyS - before.busyS) / Math.max(0.001, after.allS - before.allS), othersCores: Math.max(0, (after.busyS - before.busyS) / seconds - ours) };
  }
}
