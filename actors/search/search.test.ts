import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { ServiceSchema } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import { searchTypes, type SearchDocument, type SearchType } from "../../storage/index.ts";
import { until } from "../../test/kit/index.ts";
import catalogService from "../catalog/catalog.service.ts";
import { admin, listener, startTestNode, type TestNode } from "../testing/node.ts";
import { schemaErrors } from "../testing/schema.ts";
import { ingestedTrack } from "../testing/tracks.ts";
import { parseTypes } from "./answer.ts";
import search from "./search.service.ts";

/** The catalog's side of the contract, over a map. */
function smallCatalog(): { readonly schema: ServiceSchema; readonly documents: Map<string, SearchDocument> } {
  const documents = new Map<string, SearchDocument>();
  const of = (type: SearchType) => [...documents.values()].filter((document) => document.type === type);
  return {
    documents,
    schema: {
      name: "catalog",
      actions: {
        summaries(ctx: { params: { ids: Record<SearchType, string[]> } }) {
          return Object.fromEntries(searchTypes.map((type) => [type, of(type).filter(({ id }) => ctx.params.ids[type].includes(id)).map(({ id, name }) => ({ id, name }))]));
        },
        documents(ctx: { params: { type: SearchType; limit: number; cursor?: string } }) {
          const start = Number(ctx.params.cursor ?? 0);
          const items = of(ctx.params.type).slice(start, start + ctx.params.limit);
          return { items, nextCursor: items.length < ctx.params.limit ? null : String(start + ctx.params.limit) };
        },
      },
    },
  };
}

const document = (type: SearchType, id: string, name: string, popularity = 0): SearchDocument => ({ type, id, name, context: "", popularity });

interface Answer {
  query: string;
  tracks: { id: string; name: string }[];
  artists: { id: string }[];
  albums: { id: string }[];
  playlists: unknown[];
  genres: { id: string }[];
}

describe("search service", () => {
  const catalog = smallCatalog();
  let node: TestNode;

  beforeAll(async () => {
    node = await startTestNode([catalog.schema, search]);
  });

  afterAll(() => node.stop());

  afterEach(async () => {
    catalog.documents.clear();
    await resourcesOf(node.broker).ports.search.clear();
    await node.call("search.put", { documents: [] });
  });

  async function add(...documents: SearchDocument[]): Promise<void> {
    for (const one of documents) catalog.documents.set(`${one.type} ${one.id}`, one);
    await node.call("search.put", { documents });
  }
  const query = (params: object) => node.call<Answer>("search.query", params);

  test("query - everything the catalog shows, by type, in the order of the index", async () => {
    await add(document("track", "b", "Lovely", 1), document("track", "a", "Love Me", 9), document("artist", "x", "Love"), document("album", "y", "Love Songs"), document("genre", "z", "Love Rock"));
    expect(await query({ q: " love " })).toEqual({
      query: "love", tracks: [{ id: "a", name: "Love Me" }, { id: "b", name: "Lovely" }], artists: [{ id: "x", name: "Love" }],
      albums: [{ id: "y", name: "Love Songs" }], playlists: [], genres: [{ id: "z", name: "Love Rock" }],
    });
  });

  test("query - types and limit", async () => {
    await add(...Array.from({ length: 30 }, (_, at) => document("track", `t${at}`, "Love")), document("artist", "x", "Love"));
    const tracks = await query({ q: "love", types: "track, playlist", limit: "3" });
    expect([tracks.tracks.length, tracks.artists.length, tracks.playlists]).toEqual([3, 0, []]);
    expect((await query({ q: "love" })).tracks).toHaveLength(20);
    expect(await query({ q: "love", types: "playlist" })).toEqual({ query: "love", tracks: [], artists: [], albums: [], playlists: [], genres: [] });
  });

  test("query - what the catalog no longer has is left out", async () => {
    await add(document("track", "a", "Love"), document("track", "b", "Love"));
    catalog.documents.delete("track a");
    expect((await query({ q: "love" })).tracks.map(({ id }) => id)).toEqual(["b"]);
  });

  test("put and delete - are seen by the next query, although hot queries are remembered", async () => {
    await add(document("track", "a", "Love"));
    expect((await query({ q: "love" })).tracks).toHaveLength(1);
    await add(document("track", "b", "Love"));
    expect((await query({ q: "love" })).tracks).toHaveLength(2);
    await node.call("search.delete", { keys: [{ type: "track", id: "a" }, { type: "genre", id: "none" }] });
    expect((await query({ q: "love" })).tracks.map(({ id }) => id)).toEqual(["b"]);
  });

  test.each([
    {}, { q: "" }, { q: "  " }, { q: "x".repeat(201) }, { q: "x".repeat(10_000) }, { q: "x", limit: 51 }, { q: "x", limit: 0 }, { q: "x", limit: 1e9 }, { q: "x", types: "" },
    { q: "x", types: "track,nonsense" }, { q: "x", types: "track'; drop table search_document --" }, { q: ["x"] }, { q: { $ne: 1 } }, { q: "x", offset: 1e9 },
  ])("query - %j is refused with 422", async (params) => {
    await expect(query(params)).rejects.toMatchObject({ code: 422 });
  });

  test("query - text that means something to databases is only text", async () => {
    await add(document("track", "a", "Love"));
    for (const q of ["%", "_ove", "' or '1'='1", "love' & !x", "\\", "$1", "a:*", "\u0000", "((("]) expect([q, (await query({ q })).tracks.length <= 1]).toEqual([q, true]);
  });

  test("rebuild - administrators only; pages through the catalog, and replaces what is old", async () => {
    for (let at = 0; at < 2_300; at++) catalog.documents.set(`track ${at}`, document("track", String(at), `Song ${at}`));
    catalog.documents.set("genre g", document("genre", "g", "Jazz"));
    await resourcesOf(node.broker).ports.search.put([document("track", "7", "An Old Name")]);
    await expect(node.call("search.rebuild", {}, listener)).rejects.toMatchObject({ code: 403 });
    expect(await node.call("search.rebuild", {}, admin)).toEqual({ started: true });
    expect(await node.call("search.rebuild", {}, admin)).toEqual({ started: false });
    await until(async () => (await node.call<{ rebuilding: object | null }>("search.status", {}, admin)).rebuilding === null);
    expect(await node.call("search.status", {}, admin)).toEqual({ documents: 2_301, rebuilding: null });
    expect((await query({ q: "song 7", types: "track", limit: 1 })).tracks).toEqual([{ id: "7", name: "Song 7" }]);
    expect((await query({ q: "an old name" })).tracks).toEqual([]);
  });
});

describe("search service - start", () => {
  test("an empty index beside a full catalog is filled; a filled one is left alone", async () => {
    const catalog = smallCatalog();
    for (let at = 0; at < 10; at++) catalog.documents.set(`track ${at}`, document("track", String(at), "Song"));
    const node = await startTestNode([catalog.schema, search]);
    try {
      await until(async () => (await resourcesOf(node.broker).ports.search.count()) === 10);
    } finally {
      await node.stop();
    }
    catalog.documents.set("track 10", document("track", "10", "Song"));
    const again = await startTestNode([search, catalog.schema], { DATABASE_URL: node.config.DATABASE_URL });
    try {
      expect(await again.call("search.status", {}, admin)).toEqual({ documents: 10, rebuilding: null });
    } finally {
      await again.stop();
    }
  });
});

describe("search service - with the catalog", () => {
  test("a track that was added is found by its title, artist, album and genre, as the catalog shows it; also after the index was lost", async () => {
    const node = await startTestNode([catalogService, search]);
    try {
      const { trackId } = await node.call<{ trackId: string }>("catalog.add", { track: ingestedTrack("Hoppípolla", { artists: ["Sigur Rós"], album: "Takk...", albumArtist: "Sigur Rós", genres: ["Post-Rock"] }) });
      const track = await node.call<object>("catalog.track", { id: trackId });
      const found = () => node.call<Record<string, object[]>>("search.query", { q: "sigur hopipolla" });
      expect((await found())["tracks"]).toEqual([track]);
      expect(schemaErrors(node.broker, "search.query", await found())).toEqual([]);
      expect((await node.call<Record<string, object[]>>("search.query", { q: "post rock" }))["genres"]).toMatchObject([{ name: "Post-Rock", trackCount: 1 }]);
      expect((await node.call<Record<string, object[]>>("search.query", { q: "sigur" }))["artists"]).toMatchObject([{ name: "Sigur Rós" }]);

      await resourcesOf(node.broker).ports.search.clear();
      await node.call("search.rebuild", {}, admin);
      await until(async () => (await found())["tracks"]?.length === 1);
      expect((await found())["tracks"]).toEqual([track]);
    } finally {
      await node.stop();
    }
  });
});

test("types - each once; undefined for a word that is none", () => {
  expect(parseTypes("track, album,track")).toEqual(["track", "album"]);
  expect(parseTypes("track,x")).toBeUndefined();
  expect(parseTypes("")).toBeUndefined();
});
