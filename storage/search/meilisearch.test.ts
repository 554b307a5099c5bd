import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { startMeilisearchDouble, type MeilisearchDouble } from "../../test/contract/meilisearch-double.ts";
import { StorageUnavailable } from "../errors.ts";
import type { Database } from "../ports.ts";
import { openSearch } from "./index.ts";
import { openMeilisearch } from "./meilisearch.ts";

describe("Meilisearch - what goes over the wire", () => {
  let server: MeilisearchDouble;

  beforeEach(async () => {
    server = await startMeilisearchDouble("key");
  });

  afterEach(() => server.close());

  test("opening creates an index per type with its settings, and may be repeated", async () => {
    await openMeilisearch(server.url, "key");
    await openMeilisearch(server.url, "key");
    for (const type of ["track", "artist", "album", "genre"]) {
      expect(server.settings(`ensemble-${type}`)).toMatchObject({ searchableAttributes: ["name", "words"], rankingRules: ["words", "typo", "exactness", "attribute", "popularity:desc", "key:asc"] });
    }
  });

  test("a search of all types is one request", async () => {
    const index = await openMeilisearch(server.url, "key");
    await index.put([{ type: "track", id: "1", name: "Love", context: "", popularity: 0 }]);
    const before = server.requests.length;
    await index.search("love", { types: ["track", "artist", "album", "genre"], limit: 5 });
    expect(server.requests.slice(before)).toEqual(["POST /multi-search"]);
  });

  test("a task that fails is an error, not a success", async () => {
    const index = await openMeilisearch(server.url, "key");
    server.failNextTask("no space left on device");
    await expect(index.put([{ type: "track", id: "1", name: "Love", context: "", popularity: 0 }])).rejects.toThrow(/no space left/);
    expect(await index.count()).toBe(0);
  });

  test("a wrong key and a server that is gone are StorageUnavailable", async () => {
    await expect(openMeilisearch(server.url, "another")).rejects.toBeInstanceOf(StorageUnavailable);
    const index = await openMeilisearch(server.url, "key");
    await server.close();
    await expect(index.ping()).rejects.toBeInstanceOf(StorageUnavailable);
    await expect(index.search("love", { types: ["track"], limit: 1 })).rejects.toBeInstanceOf(StorageUnavailable);
    server = await startMeilisearchDouble("key");
  });

  test("MEILI_URL selects it", async () => {
    const before = server.requests.length;
    await openSearch({ MEILI_URL: server.url, MEILI_KEY: "key" }, undefined as unknown as Database);
    expect(server.requests.length).toBeGreaterThan(before);
  });
});
