/** Faults of the stores: PostgreSQL crashes and replays its log, Redis forgets everything. */
import type { ChaosCluster } from "../cluster.ts";
import type { Fault } from "../schedule.ts";

export async function postgres(cluster: ChaosCluster, { forMs }: Fault): Promise<boolean> {
  await cluster.restartPostgres(forMs);
  return true;
}

export async function redis(cluster: ChaosCluster): Promise<boolean> {
  await cluster.flushRedis();
  return true;
}
