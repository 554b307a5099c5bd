import { describe, expect, test } from "@jest/globals";
import { Redis } from "ioredis";
import { StorageUnavailable } from "../../storage/index.ts";
import { mirrorDays, mirrorTombstoneMs } from "../../storage/limits.ts";
import { migrate, openDatabase, postgresMirror } from "../../storage/postgres/index.ts";
import { openRedis, openRedisMirror } from "../../storage/redis/index.ts";
import { createDatabase, freePort, freshDatabase, freshFolder, freshRedis, startPostgres, startRedis, uniqueName, until, type PostgresServer, type RedisServer } from "../kit/index.ts";
import { freshActor, mirrorContract, type MirrorUnderTest } from "./mirror.contract.ts";

const dayMs = 86_400_000;

let postgres: PostgresServer;
let postgresFolder: string;

mirrorContract(
  "PostgreSQL",
  async (): Promise<MirrorUnderTest> => {
    postgresFolder = await freshFolder("postgres");
    postgres = await startPostgres(postgresFolder);
    const url = await createDatabase(postgres.url, uniqueName("test"));
    await migrate(url, "up");
    const opened: { close(): Promise<void> }[] = [];
    return {
      async open() {
        const database = await openDatabase(url, "contract");
        const mirror = postgresMirror(url, "contract", database);
        opened.push(database, mirror);
        return mirror;
      },
      async close() {
        for (const one of opened.toReversed()) await one.close();
        await postgres.stop();
      },
    };
  },
  {
    begin: () => postgres.stop("SIGQUIT"),
    async end() {
      postgres = await startPostgres(postgresFolder, postgres.port);
    },
  },
);

let redis: RedisServer;
let redisFolder: string;

mirrorContract(
  "Redis",
  async (): Promise<MirrorUnderTest> => {
    redisFolder = await freshFolder("redis");
    redis = await startRedis(redisFolder);
    const opened: { close(): Promise<void> }[] = [];
    return {
      async open() {
        const mirror = await openRedisMirror(redis.url);
        opened.push(mirror);
        return mirror;
      },
      async close() {
        for (const one of opened) await one.close();
        await redis.stop();
      },
    };
  },
  {
    begin: () => redis.stop("SIGKILL"),
    async end() {
      redis = await startRedis(redisFolder, redis.port);
    },
  },
);

describe("mirror on Redis", () => {
  test("flush - loses everything, its scripts too, and the next save is kept", async () => {
    const url = await freshRedis();
    const [mirror, hands] = [await openRedisMirror(url), new Redis(url)];
    try {
      const actor = freshActor();
      await mirror.save([{ actor, epoch: 7, n: 7, body: "before" }]);
      await hands.flushdb();
      await hands.script("FLUSH");
      expect(await mirror.load(actor)).toBeUndefined();
      await mirror.save([{ actor, epoch: 1, n: 1, body: "after" }]);
      expect(await mirror.load(actor)).toEqual({ epoch: 1, n: 1, body: "after" });
    } finally {
      await mirror.close();
      hands.disconnect();
    }
  });

  test("keys - end by themselves; what was forgotten earlier, and an entry saved again lives as long as others", async () => {
    const url = await freshRedis();
    const [mirror, hands] = [await openRedisMirror(url), new Redis(url)];
    try {
      const actor = freshActor();
      const left = async () => hands.pttl((await hands.keys("*"))[0] ?? "");
      for (const [n, body, ms] of [[1, "a", mirrorDays * dayMs], [2, null, mirrorTombstoneMs], [3, "b", mirrorDays * dayMs]] as const) {
        await mirror.save([{ actor, epoch: 1, n, body }]);
        expect(await left()).toBeGreaterThan(ms - 60_000);
        expect(await left()).toBeLessThanOrEqual(ms);
      }
    } finally {
      await mirror.close();
      hands.disconnect();
    }
  });

  test("clear - of cache and mirror in one database leaves the other alone", async () => {
    const url = await freshRedis();
    const [cache, mirror] = [await openRedis(url), await openRedisMirror(url)];
    try {
      const actor = freshActor();
      await cache.set("ours", "kept", 60_000);
      await mirror.save([{ actor, epoch: 1, n: 1, body: "x" }]);
      await cache.clear();
      expect(await mirror.load(actor)).toBeDefined();
      await cache.set("ours", "kept", 60_000);
      await mirror.clear();
      expect([await cache.get("ours"), await mirror.load(actor)]).toEqual(["kept", undefined]);
    } finally {
      await cache.close();
      await mirror.close();
    }
  });

  test("open - says so when no server answers", async () => {
    await expect(openRedisMirror(`redis://127.0.0.1:${await freePort()}`)).rejects.toThrow(StorageUnavailable);
  });
});

describe("mirror on PostgreSQL", () => {
  test("age - what was not saved for its time is not answered, and goes in the end; what was forgotten goes after a day", async () => {
    const url = await freshDatabase();
    const database = await openDatabase(url, "test");
    // A clock of its own hour.
    let hours = 0;
    const mirror = postgresMirror(url, "test", database, () => hours * 3_600_000);
    try {
      const kept = async () => (await database.query<{ actor: string }>("select actor from actor_mirror order by actor")).map(({ actor }) => actor);
      await mirror.save(["live", "old", "late", "forgotten", "just forgotten"].map((actor) => ({ actor, epoch: 1, n: 1, body: actor.endsWith("forgotten") ? null : "x" })));
      const age = (actor: string, days: number) => database.query("update actor_mirror set kept_on = current_date - $2::int where actor = $1", [actor, days]);
      await age("old", mirrorDays + 1);
      await age("late", mirrorDays - 1);
      await age("forgotten", 2);
      await age("just forgotten", 1);
      expect(await mirror.load("old")).toBeUndefined();
      expect(await mirror.load("late")).toBeDefined();
      await mirror.save([{ actor: "live", epoch: 1, n: 2, body: "x" }]);
      expect(await kept()).toHaveLength(5);
      hours = 2;
      await mirror.save([{ actor: "live", epoch: 1, n: 3, body: "x" }]);
      await until(async () => (await kept()).length === 3);
      expect(await kept()).toEqual(["just forgotten", "late", "live"]);
    } finally {
      await mirror.close();
      await database.close();
    }
  });
});
