import { memoryActorStore } from "../../storage/testing/memory-actor-store.ts";
import { openEmbeddedServer } from "../../storage/embedded-postgres/index.ts";
import { migrate, openDatabase, postgresActorStore } from "../../storage/postgres/index.ts";
import { freshDatabase, freshFolder } from "../kit/index.ts";
import { actorStoreContract, type ActorStoreUnderTest } from "./actor-store.contract.ts";

async function onPostgres(url: string, end: () => Promise<void> = async () => {}): Promise<ActorStoreUnderTest> {
  const opened: { close(): Promise<void> }[] = [];
  return {
    async open() {
      const database = await openDatabase(url, "contract");
      const store = postgresActorStore(url, "contract", database);
      opened.push(database, store);
      return store;
    },
    async close() {
      for (const one of opened.toReversed()) await one.close();
      await end();
    },
  };
}

actorStoreContract("PostgreSQL server (Debian's)", async () => onPostgres(await freshDatabase()));

actorStoreContract("embedded PostgreSQL (npm's)", async () => {
  const server = await openEmbeddedServer(await freshFolder("embedded"));
  await migrate(server.url, "up");
  return onPostgres(server.url, () => server.close());
});

actorStoreContract("in memory, for simulations", async () => {
  const store = memoryActorStore({ now: () => performance.now() });
  return { open: async () => store, close: async () => {} };
});
