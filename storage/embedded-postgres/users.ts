/**
 * Which processes use the server of a data folder, so that the last one to leave stops it. One file per process, named
 * by its id and its start time (a process id alone may belong to someone else by tomorrow). Call under the lock.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Notes that this process uses the server; returns how to take the note back. */
export async function enter(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${process.pid}.${await startOf(process.pid)}.${randomBytes(4).toString("hex")}`);
  await writeFile(path, "");
  return () => rm(path, { force: true });
}

/** Number of notes by living processes; those of ended ones are removed. */
export async function count(folder: string): Promise<number> {
  let living = 0;
  for (const name of await readdir(folder)) {
    const [pid, start] = name.split(".");
    if (start !== undefined && (await startOf(Number(pid))) === start) living++;
    else await rm(join(folder, name), { force: true });
  }
  return living;
}

/** When a process started, in clock ticks since boot; "gone" when there is none. */
export async function startOf(pid: number): Promise<string> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything, so fields are counted after it; a zombie has ended.
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "gone" : (fields[19] ?? "gone");
  } catch {
    return "gone";
  }
}
