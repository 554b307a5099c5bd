import { describe, expect, test } from "@jest/globals";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { freePort, freshBucket, freshFolder, freshRedis, openTestPorts } from "../test/kit/index.ts";
import { openPorts, StorageUnavailable } from "./index.ts";

describe("ports", () => {
  test("without any server configured - all are embedded, migrated, and end together", async () => {
    const DATA_DIR = join(await freshFolder("data"), "made by the first start");
    const ports = await openPorts({ NODE_ID: "test", DATA_DIR });
    await ports.objects.put("audio/t/96/0.ogg", new Uint8Array([1]), "audio/ogg");
    await ports.cache.set("key", "value", 60_000);
    expect(await ports.database.query("select count(*) as accounts from account")).toEqual([{ accounts: 0 }]);
    expect(await ports.database.durability()).toEqual({ fsync: "on", synchronousCommit: "on", fullPageWrites: "on" });
    expect(await ports.actors.view()).toEqual({ members: [], shards: [], pins: [] });
    expect(await ports.search.count()).toBe(0);
    await ports.events.append([{ id: "e", userId: "u", type: "play", at: Date.now(), trackId: "t" }]);
    expect((await ports.events.read("test", 10)).events).toMatchObject([{ id: "e" }]);
    await ports.mirror.save([{ actor: "session/u", epoch: 1, n: 2, body: "{}" }]);
    expect(await ports.mirror.load("session/u")).toEqual({ epoch: 1, n: 2, body: "{}" });
    expect((await readdir(DATA_DIR)).toSorted()).toEqual(["objects", "postgres", "secrets"]);
    await Promise.all([ports.close(), ports.close()]);
    expect(await readdir(join(DATA_DIR, "postgres", "data"))).not.toContain("postmaster.pid");
  });

  test("with servers configured - uses them, and leaves the data folder alone", async () => {
    const DATA_DIR = await freshFolder("data");
    const ports = await openTestPorts({ DATA_DIR, REDIS_URL: await freshRedis(), ...freshBucket() });
    await ports.objects.put("audio/t/96/0.ogg", new Uint8Array([1]), "audio/ogg");
    await ports.cache.ping();
    await ports.mirror.save([{ actor: "session/u", epoch: 1, n: 2, body: "{}" }]);
    expect(await ports.mirror.load("session/u")).toEqual({ epoch: 1, n: 2, body: "{}" });
    expect(await ports.database.query("select from actor_mirror")).toEqual([]);
    expect(await readdir(DATA_DIR)).toEqual([]);
    await ports.close();
  });

  test("when one does not open - closes those that did, the embedded server too", async () => {
    const DATA_DIR = await freshFolder("data");
    await expect(openPorts({ NODE_ID: "test", DATA_DIR, REDIS_URL: `redis://127.0.0.1:${await freePort()}` })).rejects.toThrow(StorageUnavailable);
    expect(await readdir(join(DATA_DIR, "postgres", "data"))).not.toContain("postmaster.pid");
  });
});
