/**
 * The ActorStore port on PostgreSQL. Leases (leases.ts) and appends (journal.ts) each have a connection of their own with a
 * deadline: neither a pool full of slow queries nor the other's wait can cost a node its lease, and a server that hangs does
 * not hang the node. Reading goes through the pool.
 */
import { appendMs, leaseMs } from "../limits.ts";
import type { ActorStore, Database } from "../ports.ts";
import { postgresJournal } from "./journal.ts";
import { postgresLeases } from "./leases.ts";
import { Line } from "./line.ts";

/** The actor store in `database`, found at `url`. Connects when first used. Closing it leaves `database` open. */
export function postgresActorStore(url: string, name: string, database: Database): ActorStore & { close(): Promise<void> } {
  const leases = new Line(url, `${name} leases`, leaseMs);
  const appends = new Line(url, `${name} journal`, appendMs);
  return {
    ...postgresLeases(leases, database),
    ...postgresJournal(appends, database),
    async close() {
      await Promise.all([leases.close(), appends.close()]);
    },
  };
}
