import { openDatabase } from "../../storage/postgres/index.ts";
import { openEmbeddedServer } from "../../storage/embedded-postgres/index.ts";
import { freshFolder, startPostgres, until } from "../kit/index.ts";
import { databaseContract } from "./database.contract.ts";

databaseContract("PostgreSQL server (Debian's)", async () => {
  const folder = await freshFolder("postgres");
  let server = await startPostgres(folder);
  const { url, port } = server;
  return {
    open: (statementMs) => openDatabase(url, "contract", statementMs),
    // As in a crash: no checkpoint.
    begin: () => server.stop("SIGQUIT"),
    async end() {
      server = await startPostgres(folder, port);
    },
    close: () => server.stop(),
  };
});

databaseContract("embedded PostgreSQL (npm's)", async () => {
  const server = await openEmbeddedServer(await freshFolder("embedded"));
  return {
    open: (statementMs) => openDatabase(server.url, "contract", statementMs),
    async begin() {
      process.kill(server.pid, "SIGQUIT");
      await until(async () => !(await answers(server.url)));
    },
    // It comes back by itself.
    end: () => until(() => answers(server.url)),
    close: () => server.close(),
  };
});

async function answers(url: string): Promise<boolean> {
  try {
    await (await openDatabase(url, "contract")).close();
    return true;
  } catch {
    return false;
  }
}
