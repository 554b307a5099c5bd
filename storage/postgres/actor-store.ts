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
import { postgresReminders } from "./reminders.ts";

/** The actor store in `database`, found at `url`. Connects when first used. Closing it leaves `database` open. */
export function postgresActorStore(url: string, name: string, database: Database): ActorStore & { close(): Promise<void> } {
  const leases = new Line(url, `${name} leases`, leaseMs);
  const appends = new Line(url, `${name} journal`, appendMs);
  const ofLeases = postgresLeases(leases, database);
  return {
    ...ofLeases,
    ...postgresJournal(appends, database),
    ...postgresReminders(database),
    join(node, types, leaseForMs) {
      // Whoever joins is about to write, and the first of its callers would wait for the connection. A failure is the first append's to tell.
      void appends.run((ask) => ask("select from node, shard, journal limit 0", [])).catch(() => {});
      return ofLeases.join(node, types, leaseForMs);
    },
    async close() {
      await Promise.all([leases.close(), appends.close()]);
    },
  };
}
