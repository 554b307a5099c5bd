/** What every ObjectStore adapter promises. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { InvalidKey, ObjectConflict, type ObjectStore } from "../../storage/index.ts";
import { objectKeyLength } from "../../storage/limits.ts";
import { collect } from "../kit/index.ts";
import { expectOutage, type Outage } from "./outage.ts";

export interface ObjectStoreUnderTest {
  readonly objects: ObjectStore;
  readonly outage: Outage;
  /** Whether the server itself refuses to write a key twice; the S3 server of the tests does not know how. */
  readonly refusesRaces: boolean;
  close(): Promise<void>;
}

export function objectStoreContract(name: string, start: () => Promise<ObjectStoreUnderTest>): void {
  describe(`object store - ${name}`, () => {
    let under: ObjectStoreUnderTest;
    let objects: ObjectStore;

    beforeAll(async () => {
      under = await start();
      ({ objects } = under);
    });

    afterAll(async () => {
      await objects?.close();
      await under?.close();
    });

    const keys = async (prefix: string) => collect(objects.list(prefix));

    test("get - answers the bytes, the size and the content type that were put", async () => {
      const chunk = randomBytes(300_000);
      await objects.put("audio/t1/160/0.ogg", chunk, "audio/ogg");
      await objects.put("image/i1", randomBytes(10), "image/avif");
      await objects.put("empty/o.json", new Uint8Array(0), "application/json");

      const stored = await objects.get("audio/t1/160/0.ogg");
      expect(Buffer.from(stored?.body ?? []).equals(chunk)).toBe(true);
      expect(stored).toMatchObject({ size: 300_000, contentType: "audio/ogg" });
      expect(await objects.size("audio/t1/160/0.ogg")).toBe(300_000);
      expect(await objects.get("image/i1")).toMatchObject({ size: 10, contentType: "image/avif" });
      expect(await objects.get("empty/o.json")).toMatchObject({ size: 0, contentType: "application/json" });
      expect(await objects.size("empty/o.json")).toBe(0);
    });

    test("get - puts the bytes into the memory that it asked for, or into its own", async () => {
      const chunk = randomBytes(70_000);
      await objects.put("given/g.ogg", chunk, "audio/ogg");
      for (const [range, from, to] of [[undefined, 0, 70_000], [{ start: 10, end: 60_000 }, 10, 60_000]] as const) {
        const given: Buffer[] = [];
        const stored = await objects.get("given/g.ogg", range, (bytes) => {
          given.push(Buffer.alloc(80_000, 7).subarray(100, 100 + bytes));
          return given[0] ?? Buffer.alloc(0);
        });
        expect(Buffer.from(stored?.body ?? []).equals(chunk.subarray(from, to))).toBe(true);
        expect(given.length).toBeLessThanOrEqual(1);
        for (const memory of given) expect([stored?.body.buffer === memory.buffer, stored?.body.byteOffset, stored?.body.length]).toEqual([true, 100, to - from]);
      }
    });

    test("get - answers undefined for what is not there, also below and above what is", async () => {
      for (const key of ["audio/t1/160/1.ogg", "audio/t1/160", "audio", "audio/t1/160/0.ogg/x.ogg", "nothing.ogg"]) {
        expect(await objects.get(key)).toBeUndefined();
        expect(await objects.get(key, { start: 0, end: 1 })).toBeUndefined();
        expect(await objects.size(key)).toBeUndefined();
      }
    });

    test("get - answers ranges, cut at the end of the object", async () => {
      const body = Uint8Array.from({ length: 1_000 }, (_, index) => index % 251);
      await objects.put("range/r.flac", body, "audio/flac");
      for (const [start, end] of [[0, 1], [0, 1_000], [999, 1_000], [10, 20], [990, 5_000], [0, 1e12]] as const) {
        const part = await objects.get("range/r.flac", { start, end });
        expect([...(part?.body ?? [])]).toEqual(Array.from(body.slice(start, end)));
        expect(part).toMatchObject({ size: 1_000, contentType: "audio/flac" });
      }
      for (const start of [1_000, 2_000]) {
        const part = await objects.get("range/r.flac", { start, end: start + 1 });
        expect(part).toMatchObject({ size: 1_000, contentType: "audio/flac" });
        expect(part?.body).toHaveLength(0);
      }
      for (const [start, end] of [[-1, 5], [5, 5], [6, 5], [0.5, 2], [0, Number.NaN]] as const) {
        await expect(objects.get("range/r.flac", { start, end })).rejects.toThrow(InvalidKey);
      }
    });

    test("put - may be repeated with the same bytes; other bytes are a conflict and change nothing", async () => {
      const first = randomBytes(1_000);
      const same = randomBytes(1_000);
      await objects.put("once/a.ogg", first, "audio/ogg");
      await objects.put("once/a.ogg", first, "audio/ogg");
      await expect(objects.put("once/a.ogg", same, "audio/ogg")).rejects.toThrow(ObjectConflict);
      await expect(objects.put("once/a.ogg", first.subarray(1), "audio/ogg")).rejects.toThrow(ObjectConflict);
      expect(Buffer.from((await objects.get("once/a.ogg"))?.body ?? []).equals(first)).toBe(true);
    });

    test("put - of one key by many at once: readers see one of them whole, from the first sight on", async () => {
      const bodies = Array.from({ length: 8 }, () => randomBytes(200_000));
      const seen = new Set<string>();
      const writes = Promise.allSettled(bodies.map((body) => objects.put("race/r.ogg", body, "audio/ogg")));
      for (let round = 0; round < 20; round++) {
        const stored = await objects.get("race/r.ogg");
        if (stored !== undefined) seen.add(Buffer.from(stored.body).toString("base64"));
      }
      const outcomes = await writes;
      const stored = await objects.get("race/r.ogg");
      seen.add(Buffer.from(stored?.body ?? []).toString("base64"));
      for (const body of seen) expect(bodies.some((one) => one.toString("base64") === body)).toBe(true);
      if (!under.refusesRaces) return;
      expect(seen.size).toBe(1);
      expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(ObjectConflict);
    });

    test("put - of one key with the same bytes by many at once: all succeed", async () => {
      const body = randomBytes(50_000);
      await Promise.all(Array.from({ length: 8 }, () => objects.put("race/same.ogg", body, "audio/ogg")));
      expect((await objects.get("race/same.ogg"))?.size).toBe(50_000);
    });

    test("list - answers every key of a prefix, in byte order, more than a page of them", async () => {
      const expected = [
        ...Array.from({ length: 105 }, (_, index) => `list/many/${String(index).padStart(4, "0")}.ogg`),
        "list/a.ogg", "list/a/b.ogg", "list/a/c/d.ogg", "list/ab.ogg", "list/a-b/x.ogg", "list/b.ogg", "list/_.ogg",
      ].toSorted((one, other) => (one < other ? -1 : 1));
      const rest = [...expected];
      // 16 at a time: enough to be quick.
      await Promise.all(Array.from({ length: 16 }, async () => {
        for (let key = rest.pop(); key !== undefined; key = rest.pop()) await objects.put(key, new Uint8Array([1]), "audio/ogg");
      }));

      expect(await keys("list/")).toEqual(expected);
      expect(await keys("list/a")).toEqual(expected.filter((key) => key.startsWith("list/a")));
      expect(await keys("list/many/000")).toHaveLength(10);
      expect(await keys("list/a/b.ogg")).toEqual(["list/a/b.ogg"]);
      expect(await keys("nothing/")).toEqual([]);
    });

    test("deletePrefix - removes all under it and nothing beside it", async () => {
      await objects.put("list/an/image", new Uint8Array([1]), "image/avif");
      await objects.deletePrefix("list/a");
      expect((await keys("list/")).filter((key) => !key.startsWith("list/many/"))).toEqual(["list/_.ogg", "list/b.ogg"]);
      await objects.deletePrefix("list/");
      expect(await keys("list/")).toEqual([]);
      await objects.deletePrefix("list/");
      // A new object may take the place, of another kind even.
      await objects.put("list/an/image", new Uint8Array([2]), "image/webp");
      expect(await objects.get("list/an/image")).toMatchObject({ contentType: "image/webp" });
    });

    test("keys - that name anything but an object of the store are refused by every method", async () => {
      const long = `a/${"b".repeat(objectKeyLength)}`;
      const bad = ["", "/", "/etc/passwd", "a//b", "a/", "../a.ogg", "a/../b.ogg", "a/./b", "a/..", ".hidden", "a/.type.b", "a\\b", "a\u0000b", "a b", "a%2e%2e", "ä.ogg", "a\n", "c:x", long, `a/${"b".repeat(129)}`];
      for (const key of bad) {
        await expect(objects.put(key, new Uint8Array([1]), "audio/ogg")).rejects.toThrow(InvalidKey);
        await expect(objects.get(key)).rejects.toThrow(InvalidKey);
        await expect(objects.size(key)).rejects.toThrow(InvalidKey);
      }
      for (const prefix of ["../", "/", "a//", "a/../", ".t", "a\u0000"]) {
        await expect(keys(prefix)).rejects.toThrow(InvalidKey);
        await expect(objects.deletePrefix(prefix)).rejects.toThrow(InvalidKey);
      }
    });

    test("content types - are types, and fit the suffix of the key", async () => {
      for (const type of ["", "audio", "audio/ogg\r\nx: y", "text/html; x"]) await expect(objects.put("type/a", new Uint8Array(1), type)).rejects.toThrow(InvalidKey);
      await expect(objects.put("type/a.ogg", new Uint8Array(1), "text/html")).rejects.toThrow(InvalidKey);
    });

    test("outage - fails quickly while the store is away, answers what was stored after it", async () => {
      await objects.put("outage/a.ogg", new Uint8Array([7]), "audio/ogg");
      await expectOutage(under.outage, [
        () => objects.ping(),
        () => objects.get("outage/a.ogg"),
        () => objects.get("outage/a.ogg", { start: 0, end: 1 }),
        () => objects.size("outage/a.ogg"),
        () => objects.put("outage/b.ogg", new Uint8Array([8]), "audio/ogg"),
        () => keys("outage/"),
        () => objects.deletePrefix("outage/"),
      ]);
      expect([...((await objects.get("outage/a.ogg"))?.body ?? [])]).toEqual([7]);
      expect(await keys("outage/")).toEqual(["outage/a.ogg"]);
    });
  });
}
