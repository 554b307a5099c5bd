/** Faults of the stores: PostgreSQL crashes and replays its log, Redis forgets everything. */
import type { Fault } from "../schedule.ts";
import type { Scene } from "./scene.ts";

export async function postgres({ cluster, windows }: Scene, { forMs }: Fault): Promise<boolean> {
  await windows.during("postgres", undefined, () => cluster.restartPostgres(forMs));
  return true;
}

export async function redis({ cluster, windows }: Scene): Promise<boolean> {
  await windows.during("redis", undefined, () => cluster.flushRedis());
  return true;
}
