import { PostgresSearch } from "../../storage/search/postgres.ts";
import { openMeilisearch } from "../../storage/search/meilisearch.ts";
import { openDatabase } from "../../storage/postgres/index.ts";
import { migrate } from "../../storage/index.ts";
import { openEmbeddedServer } from "../../storage/embedded-postgres/index.ts";
import { freshDatabase, freshFolder, uniqueName } from "../kit/index.ts";
import { startMeilisearchDouble } from "./meilisearch-double.ts";
import { searchContract } from "./search.contract.ts";

searchContract("PostgreSQL server (Debian's)", async () => {
  const database = await openDatabase(await freshDatabase(), "search contract");
  return { index: new PostgresSearch(database), close: () => database.close() };
});

searchContract("embedded PostgreSQL (npm's)", async () => {
  const server = await openEmbeddedServer(await freshFolder("embedded"));
  await migrate(server.url, "up");
  const database = await openDatabase(server.url, "search contract");
  return {
    index: new PostgresSearch(database),
    async close() {
      await database.close();
      await server.close();
    },
  };
});

// The client and our use of it, against the documented HTTP interface; what a real server ranks, only a real one shows.
searchContract("Meilisearch's documented interface", async () => {
  const server = await startMeilisearchDouble("a-master-key");
  return { index: await openMeilisearch(server.url, "a-master-key"), close: () => server.close() };
});

const { MEILI_URL, MEILI_KEY } = process.env;
if (MEILI_URL !== undefined && MEILI_URL !== "") {
  searchContract("Meilisearch server (MEILI_URL)", async () => ({ index: await openMeilisearch(MEILI_URL, MEILI_KEY, `${uniqueName("test")}-`), close: async () => {} }));
}
