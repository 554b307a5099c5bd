import { openEmbeddedServer } from "../../storage/embedded-postgres/index.ts";
import { migrate, openDatabase, postgresEventLog } from "../../storage/postgres/index.ts";
import { freshDatabase, freshFolder } from "../kit/index.ts";
import { eventLogContract, type EventLogUnderTest } from "./event-log.contract.ts";

function onPostgres(url: string, end: () => Promise<void> = async () => {}): EventLogUnderTest {
  const opened: { close(): Promise<void> }[] = [];
  return {
    async open(now) {
      const database = await openDatabase(url, "contract");
      const log = postgresEventLog(url, "contract", database, now);
      opened.push(database, log);
      return log;
    },
    async close() {
      for (const one of opened.toReversed()) await one.close();
      await end();
    },
  };
}

eventLogContract("PostgreSQL server (Debian's)", async () => onPostgres(await freshDatabase()));

eventLogContract("embedded PostgreSQL (npm's)", async () => {
  const server = await openEmbeddedServer(await freshFolder("embedded"));
  await migrate(server.url, "up");
  return onPostgres(server.url, () => server.close());
});
