/** What every Cache adapter promises. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { InvalidKey, type Cache } from "../../storage/index.ts";
import { cacheKeyLength } from "../../storage/limits.ts";
import { until } from "../kit/index.ts";
import { expectOutage, type Outage } from "./outage.ts";

export interface CacheUnderTest {
  readonly cache: Cache;
  close(): Promise<void>;
}

const minuteMs = 60_000;

/** The suite; `outage` takes its server away, where there is one. */
export function cacheContract(name: string, start: () => Promise<CacheUnderTest>, outage?: Outage): void {
  describe(`cache - ${name}`, () => {
    let under: CacheUnderTest;
    let cache: Cache;

    beforeAll(async () => {
      under = await start();
      ({ cache } = under);
    });

    afterAll(async () => {
      await cache?.close();
      await under?.close();
    });

    test("get - answers what was set last, and undefined for what was not or is deleted", async () => {
      await cache.set("play/1", "eins", minuteMs);
      await cache.set("play/1", "one ☃ \u0000 \n", minuteMs);
      await cache.set("play/2", "", minuteMs);
      expect(await cache.get("play/1")).toBe("one ☃ \u0000 \n");
      expect(await cache.get("play/2")).toBe("");
      expect(await cache.get("play/3")).toBeUndefined();
      await cache.delete("play/1", "play/3");
      expect(await cache.get("play/1")).toBeUndefined();
      await cache.delete();
    });

    test("getMany - answers in the order asked", async () => {
      await cache.set("a", "A", minuteMs);
      await cache.set("c", "C", minuteMs);
      expect(await cache.getMany(["c", "b", "a", "c"])).toEqual(["C", undefined, "A", "C"]);
      expect(await cache.getMany([])).toEqual([]);
    });

    test("set - forgets after its time to live, and a later set has its own", async () => {
      await cache.set("short", "gone soon", 500);
      await cache.set("renewed", "x", 500);
      await cache.set("renewed", "y", minuteMs);
      expect(await cache.get("short")).toBe("gone soon");
      await until(async () => (await cache.get("short")) === undefined);
      expect(await cache.get("renewed")).toBe("y");
    });

    test("set - carries a quarter of a megabyte", async () => {
      const manifest = "0123456789abcdef".repeat(16_384);
      await cache.set("large", manifest, minuteMs);
      expect(await cache.get("large")).toBe(manifest);
    });

    test("concurrency - a thousand keys at once, each with its own value", async () => {
      const keys = Array.from({ length: 1_000 }, (_, index) => `key/${index}`);
      await Promise.all(keys.map((key) => cache.set(key, `value of ${key}`, minuteMs)));
      const expected = keys.map((key) => `value of ${key}`);
      expect(await Promise.all(keys.map((key) => cache.get(key)))).toEqual(expected);
      expect(await cache.getMany(keys)).toEqual(expected);
    });

    test("clear - forgets everything of ours", async () => {
      await cache.set("one", "1", minuteMs);
      await cache.clear();
      expect(await cache.getMany(["one", "key/1", "large"])).toEqual([undefined, undefined, undefined]);
    });

    test("bounds - refuses keys that are empty or too long and times that are none, and changes nothing", async () => {
      await cache.set("bound", "kept", minuteMs);
      const long = "x".repeat(cacheKeyLength + 1);
      for (const attempt of [
        () => cache.get(""),
        () => cache.get(long),
        () => cache.getMany(["bound", ""]),
        () => cache.set(long, "x", minuteMs),
        () => cache.delete("bound", ""),
        ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY].map((ttlMs) => () => cache.set("bound", "changed", ttlMs)),
      ]) {
        await expect(attempt()).rejects.toThrow(InvalidKey);
      }
      expect(await cache.get("bound")).toBe("kept");
      await cache.ping();
    });

    if (outage === undefined) return;

    test("outage - fails quickly while the server is away, works again with it", async () => {
      await expectOutage(outage, [
        () => cache.get("a"),
        () => cache.getMany(["a", "b"]),
        () => cache.set("a", "1", minuteMs),
        () => cache.delete("a"),
        () => cache.clear(),
        () => cache.ping(),
      ]);
    });
  });
}
