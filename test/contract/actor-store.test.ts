import { openEmbeddedServer } from "../../storage/embedded-postgres/index.ts";
import { migrate, openDatabase, postgresActorStore } from "../../storage/postgres/index.ts";
import { memoryActorStore } from "../../storage/testing/memory-actor-store.ts";
import { freshDatabase, freshFolder } from "../kit/index.ts";
import { actorStoreRaces } from "./actor-store-races.contract.ts";
import { actorStoreReminders } from "./actor-store-reminders.contract.ts";
import { actorStoreContract, type ActorStoreUnderTest } from "./actor-store.contract.ts";

function onPostgres(url: string, end: () => Promise<void> = async () => {}): ActorStoreUnderTest {
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

const stores: Record<string, () => Promise<ActorStoreUnderTest>> = {
  "PostgreSQL server (Debian's)": async () => onPostgres(await freshDatabase()),
  "embedded PostgreSQL (npm's)": async () => {
    const server = await openEmbeddedServer(await freshFolder("embedded"));
    await migrate(server.url, "up");
    return onPostgres(server.url, () => server.close());
  },
  "in memory, for simulations": async () => {
    const store = memoryActorStore({ now: () => performance.now() });
    return { open: async () => store, close: async () => {} };
  },
};

for (const [name, start] of Object.entries(stores)) {
  actorStoreContract(name, start);
  actorStoreRaces(name, start);
  actorStoreReminders(name, start);
}
