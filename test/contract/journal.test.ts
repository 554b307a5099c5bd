import { openEmbeddedServer } from "../../storage/embedded-postgres/index.ts";
import { migrate, openDatabase, postgresJournal } from "../../storage/postgres/index.ts";
import { freshDatabase, freshFolder } from "../kit/index.ts";
import { journalContract } from "./journal.contract.ts";

journalContract("PostgreSQL server (Debian's)", async () => {
  const database = await openDatabase(await freshDatabase(), "contract");
  return { journal: postgresJournal(database), database, close: () => database.close() };
});

journalContract("embedded PostgreSQL (npm's)", async () => {
  const server = await openEmbeddedServer(await freshFolder("embedded"));
  await migrate(server.url, "up");
  const database = await openDatabase(server.url, "contract");
  return {
    journal: postgresJournal(database),
    database,
    async close() {
      await database.close();
      await server.close();
    },
  };
});
