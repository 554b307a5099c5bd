import { afterAll, describe, expect, test } from "@jest/globals";
import { connect, nkeyAuthenticator } from "nats";
import { freshBucket, freshRedis, openTestPorts, testServers } from "./index.ts";
import type { Ports } from "../../storage/index.ts";

const encoder = new TextEncoder();

const settings = async () => ({ REDIS_URL: await freshRedis(), ...freshBucket() });

describe("test kit", () => {
  const opened: Ports[] = [];
  afterAll(async () => {
    for (const ports of opened) await ports.close();
  });

  test("ports - each call has a database, cache and bucket of its own", async () => {
    const [one, other] = await Promise.all([openTestPorts(await settings()), openTestPorts(await settings())]);
    opened.push(one, other);
    await one.database.query("insert into genre values ('g', 'Jazz', 'jazz')");
    await one.cache.set("key", "value", 60_000);
    await one.objects.put("a/b.json", encoder.encode("{}"), "application/json");

    expect(await other.database.query("select * from genre")).toEqual([]);
    expect(await other.cache.get("key")).toBeUndefined();
    expect(await other.objects.size("a/b.json")).toBeUndefined();
    expect(await one.database.durability()).toEqual({ fsync: "on", synchronousCommit: "on", fullPageWrites: "on" });
  });

  test("nats - a node may use the namespace and nothing else, a stranger nothing, without a key nobody", async () => {
    const { natsUrl, natsNodeSeed, natsStrangerSeed } = testServers();
    const allowed = async (seed: string, subject: string) => {
      const connection = await connect({ servers: natsUrl, authenticator: nkeyAuthenticator(encoder.encode(seed)) });
      let refusal: string | undefined;
      connection.subscribe(subject, { callback: (error) => (refusal = error?.code) });
      // The server answers in order: after this its refusal is here.
      await connection.flush();
      await connection.close();
      return refusal === undefined;
    };
    expect(await allowed(natsNodeSeed, "MOL-ensemble.DISCOVER")).toBe(true);
    expect(await allowed(natsNodeSeed, "MOL-other.DISCOVER")).toBe(false);
    expect(await allowed(natsStrangerSeed, "MOL-ensemble.DISCOVER")).toBe(false);
    await expect(connect({ servers: natsUrl, reconnect: false })).rejects.toThrow(/authorization/i);
  });
});
