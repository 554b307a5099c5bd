import { describe, expect, test } from "@jest/globals";
import { Redis } from "ioredis";
import { memoryCache } from "../../storage/memory-cache/index.ts";
import { openRedis } from "../../storage/redis/index.ts";
import { StorageUnavailable } from "../../storage/index.ts";
import { freePort, freshFolder, freshRedis, startRedis, until, type RedisServer } from "../kit/index.ts";
import { cacheContract } from "./cache.contract.ts";

cacheContract("in process", async () => ({ cache: memoryCache(), close: async () => {} }));

let folder: string;
let server: RedisServer;

cacheContract(
  "Redis",
  async () => {
    folder = await freshFolder("redis");
    server = await startRedis(folder);
    return { cache: await openRedis(server.url), close: () => server.stop() };
  },
  {
    begin: () => server.stop("SIGKILL"),
    async end() {
      server = await startRedis(folder, server.port);
    },
  },
);

describe("cache in process", () => {
  test("bounds - holds no more bytes than allowed; what was used last stays", async () => {
    const cache = memoryCache(10_000);
    for (let index = 0; index < 100; index++) {
      await cache.set(`key/${index}`, "x".repeat(500), 60_000);
      await cache.get("key/0");
    }
    expect(await cache.get("key/0")).toBeDefined();
    expect(await cache.get("key/1")).toBeUndefined();
    expect(await cache.get("key/99")).toBeDefined();
    await cache.set("too large", "x".repeat(10_000), 60_000);
    expect(await cache.get("too large")).toBeUndefined();
    expect(await cache.get("key/99")).toBeDefined();
  });
});

describe("cache on Redis", () => {
  test("clear - leaves what others keep in the same database", async () => {
    const url = await freshRedis();
    const other = new Redis(url);
    const cache = await openRedis(url);
    try {
      await other.set("theirs", "kept");
      await cache.set("ours", "gone", 60_000);
      await cache.clear();
      expect(await other.keys("*")).toEqual(["theirs"]);
    } finally {
      await cache.close();
      other.disconnect();
    }
  });

  test("outage - a frozen server costs one caller a second, and nobody after him anything", async () => {
    const server = await startRedis(await freshFolder("redis"));
    const cache = await openRedis(server.url);
    try {
      process.kill(server.pid, "SIGSTOP");
      const begun = performance.now();
      await expect(cache.get("a")).rejects.toThrow(StorageUnavailable);
      expect(performance.now() - begun).toBeLessThan(2_000);
      // The dropped connection takes a moment to go; from then on nobody waits.
      const refusedAtOnce = async () => {
        const asked = performance.now();
        await expect(cache.get("a")).rejects.toThrow(StorageUnavailable);
        return performance.now() - asked < 50;
      };
      await until(refusedAtOnce, 500);
      for (let asked = 0; asked < 3; asked++) expect(await refusedAtOnce()).toBe(true);
      process.kill(server.pid, "SIGCONT");
      await until(() => cache.ping().then(() => true, () => false), 10_000);
    } finally {
      await server.stop();
      await cache.close();
    }
  });

  test("open - says so when no server answers", async () => {
    await expect(openRedis(`redis://127.0.0.1:${await freePort()}`)).rejects.toThrow(StorageUnavailable);
  });
});
