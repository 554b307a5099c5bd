/** Lists while the database fails and comes back. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { freshDatabase, testConfig, until } from "../../test/kit/index.ts";
import { openPorts, StorageUnavailable, type Database, type Ports } from "../../storage/index.ts";
import type { CommittedEvent } from "../runtime/index.ts";
import { serviceLimits } from "./limits.ts";
import type { PlaylistEvent } from "./model/events.ts";
import { Projection } from "./projection.ts";
import { Projector } from "./projector.ts";

let ports: Ports;
let database: Database;
let isAway = false;
const failures: unknown[] = [];
let projector: Projector;

beforeAll(async () => {
  ports = await openPorts(await testConfig({ DATABASE_URL: await freshDatabase() }));
  ({ database } = ports);
  const reachable: Database = {
    query: (sql, values) => database.query(sql, values),
    prepared: (sql, values) => (isAway ? Promise.reject(new StorageUnavailable("away")) : database.prepared(sql, values)),
    transaction: (body) => (isAway ? Promise.reject(new StorageUnavailable("away")) : database.transaction(body)),
    durability: () => database.durability(),
    close: () => database.close(),
  };
  projector = new Projector(new Projection(reachable, ports.actors, () => undefined), (error) => failures.push(error));
});
afterAll(async () => {
  await projector?.stop();
  await ports?.close();
});

const created = (name: string): CommittedEvent<PlaylistEvent> => ({ seq: 1, opId: "one", at: 1, event: { type: "create", opId: "one", by: "u", name, description: "", public: true, collaborative: false } });
const renamed = (seq: number, name: string): CommittedEvent<PlaylistEvent> => ({ seq, opId: `op${seq}`, at: seq, event: { type: "rename", by: "u", name, opId: `op${seq}` } });
const row = async (id: string) => (await database.query<{ name: string; version: number }>("select name, version from playlist where id = $1", [id]))[0];

describe("projector", () => {
  test("show - resolves when what was taken before is in the tables", async () => {
    projector.take("p1", [created("a"), renamed(2, "b")]);
    await projector.show("p1");
    expect(await row("p1")).toEqual({ name: "b", version: 2 });
    await projector.show("unknown");
  });

  test("take - is in the tables soon, and the lag is the age of what is not", async () => {
    projector.take("p2", [created("a")]);
    projector.take("p2", [renamed(2, "b")]);
    await until(async () => (await row("p2"))?.version === 2);
    await until(() => projector.lagMs === 0);
  });

  test("what could not be written is told of, kept, and written in its order when the database is back", async () => {
    isAway = true;
    projector.take("p3", [created("a")]);
    await expect(projector.show("p3")).rejects.toThrow(StorageUnavailable);
    projector.take("p3", [renamed(2, "b")]);
    await until(() => failures.length > 0);
    projector.take("p3", [renamed(3, "c")]);
    expect(projector.lagMs).toBeGreaterThan(0);
    isAway = false;
    await until(async () => (await row("p3"))?.version === 3);
    expect(await row("p3")).toEqual({ name: "c", version: 3 });
    await until(() => projector.lagMs === 0);
  });

  test("more than may wait is left for the sweep, and said", async () => {
    isAway = true;
    failures.length = 0;
    const many = Array.from({ length: serviceLimits.eventsPending }, (_, n) => renamed(n + 1, "x"));
    projector.take("p4", many);
    projector.take("p5", [created("newer")]);
    expect(failures.map(String)).toEqual([expect.stringMatching(/waited for their lists/)]);
    isAway = false;
    await projector.show("p5");
    expect(await row("p5")).toEqual({ name: "newer", version: 1 });
    expect(await row("p4")).toBeUndefined();
  });

  test("a playlist that is far behind is folded from the journal to its end", async () => {
    const { actors } = ports;
    const lease = await actors.join("writer", ["playlist"], 60_000);
    const [owned] = await actors.claim(lease, ["playlist/0"]);
    const events = [created("a"), ...Array.from({ length: serviceLimits.changesRead + 200 }, (_, n) => renamed(n + 2, `name ${n + 2}`))];
    for (let at = 0; at < events.length; at += 2_000) {
      await actors.append(lease, events.slice(at, at + 2_000).map(({ seq, opId, at: ms, event }) => ({ actor: "playlist/p6", shard: "playlist/0", epoch: owned?.epoch ?? 0, seq, opId, body: JSON.stringify({ v: 1, e: event, at: ms }) })));
    }
    await new Projection(database, actors, () => undefined).fold(new Map([["p6", []]]));
    expect(await row("p6")).toEqual({ name: `name ${events.length}`, version: events.length });
  });
});
