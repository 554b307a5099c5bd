import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { freshDatabase } from "../../test/kit/index.ts";
import { catalogue } from "../../test/bench/catalogue.ts";
import type { Database, SearchDocument } from "../ports.ts";
import { openDatabase } from "../postgres/index.ts";
import { PostgresSearch } from "./postgres.ts";
import { foldedName } from "./words.ts";

describe("PostgreSQL search - tiers", () => {
  let database: Database;
  let index: PostgresSearch;
  const documents = [...catalogue(20_000, 5)];

  beforeAll(async () => {
    database = await openDatabase(await freshDatabase(), "search tiers");
    index = new PostgresSearch(database);
    for (let at = 0; at < documents.length; at += 5_000) await index.put(documents.slice(at, at + 5_000));
  });

  afterAll(() => database.close());

  const tiers = () => database.query<{ tier: number; documents: number }>("select tier, count(*) as documents from search_document where type = 'track' group by tier order by tier");
  const ids = async (query: string, limit = 20) => (await index.search(query, { types: ["track"], limit })).track.map((hit) => hit.id);

  /** What the port promises, worked out by reading every document. */
  function expected(query: string, limit = 20): string[] {
    const class_ = (document: SearchDocument) => {
      const name = foldedName(document.name);
      if (name === query || name === `the ${query}`) return 3;
      if (name.startsWith(query) || name.startsWith(`the ${query}`)) return 2;
      return ` ${foldedName(document.name)} ${foldedName(document.context)}`.includes(` ${query}`) ? 1 : 0;
    };
    return documents
      .filter(({ type }) => type === "track")
      .map((document) => ({ document, class: class_(document) }))
      .filter((found) => found.class > 0)
      .toSorted((a, b) => b.class - a.class || b.document.popularity - a.document.popularity || (a.document.id < b.document.id ? -1 : 1))
      .slice(0, limit)
      .map(({ document }) => document.id);
  }

  test("the most popular tracks stand apart once there are many", async () => {
    const [hot, rest] = await tiers();
    expect(hot?.tier).toBe(0);
    expect(hot?.documents).toBeGreaterThanOrEqual(1_900);
    expect(hot?.documents).toBeLessThan(9_000);
    expect(rest?.tier).toBe(3);
  });

  test("whatever tier documents are in, the order is that of all documents", async () => {
    for (const query of ["l", "lo", "love", "night", "the", "intro", "karaoke", "rem", "2011", "girl", "b", "feat"]) {
      expect([query, await ids(query)]).toEqual([query, expected(query)]);
    }
  });

  test("a track that becomes popular rises over the tiers", async () => {
    const cold = documents.find(({ type, popularity, name }) => type === "track" && popularity === 1 && foldedName(name).startsWith("love"));
    if (cold === undefined) throw new Error("the catalogue has no such track");
    await index.put([{ ...cold, popularity: 1e9 }]);
    expect((await ids("lov"))[0]).toBe(cold.id);
    const [row] = await database.query<{ tier: number }>("select tier from search_document where type = 'track' and id = $1", [cold.id]);
    expect(row?.tier).toBe(0);
    await index.put([cold]);
    expect(await ids("lov")).toEqual(expected("lov"));
  });

  test("writers that write the same documents at the same time all succeed", async () => {
    const some = documents.slice(0, 3_000);
    await Promise.all([index.put(some), index.put(some.toReversed()), new PostgresSearch(database).put(some), index.put(some)]);
    expect(await index.count()).toBe(documents.length);
  });
});
