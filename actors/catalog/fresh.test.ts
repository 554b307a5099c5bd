import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Ports } from "../../storage/index.ts";
import { freshRedis, openTestPorts } from "../../test/kit/index.ts";
import { Fresh } from "./fresh.ts";

describe.each([
  ["in process", async () => openTestPorts()],
  ["Redis", async () => openTestPorts({ REDIS_URL: await freshRedis() })],
])("fresh - cache %s", (_, open) => {
  let ports: Ports;
  beforeAll(async () => {
    ports = await open();
  });
  afterAll(() => ports.close());
  /** As two nodes would have it: two of these share one cache. */
  const node = () =>
    new Fresh({
      cache: ports.cache,
      ttlMs: 60_000,
      onCacheFailure(error) {
        throw error;
      },
    });

  test("an answer is read once, also for those who ask at once and on another node", async () => {
    let reads = 0;
    const load = async () => ({ n: ++reads });
    const [here, there] = [node(), node()];
    expect(await Promise.all([here.read("s1", "k1", load), here.read("s1", "k1", load)])).toEqual([{ n: 1 }, { n: 1 }]);
    expect(await there.read("s1", "k1", load)).toEqual({ n: 1 });
  });

  test("an answer that was being read while its scope changed on another node is not served again", async () => {
    const [here, there] = [node(), node()];
    const old = Promise.withResolvers<{ n: number }>();
    const reading = Promise.withResolvers<void>();
    const first = here.read("s2", "k2", () => {
      reading.resolve();
      return old.promise;
    });
    await reading.promise;
    await there.invalidate(["s2"]);
    old.resolve({ n: 1 });
    expect(await first).toEqual({ n: 1 });
    for (const fresh of [here, there]) expect(await fresh.read("s2", "k2", async () => ({ n: 2 }))).toEqual({ n: 2 });
  });

  test("who asks after a change here does not join a read from before it", async () => {
    const here = node();
    const old = Promise.withResolvers<{ n: number }>();
    const first = here.read("s3", "k3", () => old.promise);
    await here.invalidate(["s3"]);
    expect(await here.read("s3", "k3", async () => ({ n: 2 }))).toEqual({ n: 2 });
    old.resolve({ n: 1 });
    expect(await first).toEqual({ n: 1 });
    // The late one may have taken the other's place in the cache, but it does not count.
    expect(await here.read("s3", "k3", async () => ({ n: 2 }))).toEqual({ n: 2 });
  });

  test("of many ids only the missing are read, and a change of one leaves the others", async () => {
    const here = node();
    const asked: string[][] = [];
    const load = async (ids: readonly string[]) => {
      asked.push([...ids]);
      return ids.filter((id) => id !== "none").map((id) => ({ id }));
    };
    expect(await here.readMany("thing", ["a", "none", "b"], load)).toEqual([{ id: "a" }, { id: "b" }]);
    expect(await here.readMany("thing", ["c", "b", "a"], load)).toEqual([{ id: "c" }, { id: "b" }, { id: "a" }]);
    await here.invalidate(["thing:b"]);
    await here.readMany("thing", ["a", "b", "c"], load);
    expect(asked).toEqual([["a", "none", "b"], ["c"], ["b"]]);
  });

  test("what does not exist is asked for every time", async () => {
    const here = node();
    expect(await here.read("s4", "k4", async () => undefined)).toBeUndefined();
    expect(await here.read("s4", "k4", async () => ({ n: 1 }))).toEqual({ n: 1 });
  });
});

test("fresh - without its cache every read goes to the database, and a change is no error", async () => {
  const ports = await openTestPorts({ REDIS_URL: await freshRedis() });
  await ports.close();
  const failed: unknown[] = [];
  const fresh = new Fresh({ cache: ports.cache, ttlMs: 60_000, onCacheFailure: (error) => failed.push(error) });
  let reads = 0;
  for (const n of [1, 2]) expect(await fresh.read("s", "k", async () => ({ n: ++reads }))).toEqual({ n });
  expect(await fresh.readMany("lost", ["a"], async () => [{ id: "a" }])).toEqual([{ id: "a" }]);
  await fresh.invalidate(["s"]);
  expect(failed.length).toBeGreaterThan(0);
});
