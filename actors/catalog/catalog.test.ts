import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { resourcesOf } from "../../resources.ts";
import type { Database } from "../../storage/index.ts";
import { until } from "../../test/kit/index.ts";
import { startTestNode, type TestNode } from "../testing/node.ts";
import { rememberingSearch } from "../testing/remembering-search.ts";
import { schemaErrors } from "../testing/schema.ts";
import { ingestedImage, ingestedTrack } from "../testing/tracks.ts";
import catalog from "./catalog.service.ts";
import type { IngestedTrack } from "./ingested.ts";
import type { Album, AlbumPage, Artist, ArtistPage, Genre, Page, Playable, Summaries, Track } from "./shapes.ts";

const search = rememberingSearch();
let node: TestNode;
let database: Database;
beforeAll(async () => {
  node = await startTestNode([catalog, search.schema]);
  ({ database } = resourcesOf(node.broker).ports);
});
afterAll(() => node.stop());

/** Calls an action and holds the answer to its schema. */
async function ask<T>(action: string, params: object = {}): Promise<T> {
  const answer = await node.call<T>(action, params);
  expect(schemaErrors(node.broker, action, answer)).toEqual([]);
  return answer;
}

const add = (track: IngestedTrack) => ask<{ trackId: string; created: boolean }>("catalog.add", { track });

async function everyPage<T>(action: string, params: object): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Page<T> = await ask(action, { ...params, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

const everyDocument = () => [...search.documents.values()];

describe("catalog - adding", () => {
  test("a track is there with its album, artists, genres, and search knows all of them", async () => {
    const image = ingestedImage("cover");
    const track = ingestedTrack("Ezer Év", { artists: ["Kelet", "Nyugat", "kelet"], album: "Vérmocsár", albumArtist: "Kelet", genres: ["Folk; Rock", "(None)"], image });
    expect(await add(track)).toEqual({ trackId: track.id, created: true });
    const shown = await ask<Track>("catalog.track", { id: track.id });
    expect(shown).toMatchObject({
      id: track.id,
      title: "Ezer Év",
      artists: [{ name: "Kelet" }, { name: "Nyugat" }],
      album: { title: "Vérmocsár" },
      genres: [{ name: "Folk" }, { name: "Rock" }],
      imageId: image.id,
      tiers: ["96", "160", "320", "flac"],
      loudness: { lufs: expect.closeTo(-14.2, 5) as unknown, truePeak: -1 },
      analysis: { tempoBpm: 120, key: "A minor", energy: null },
    });
    const album = await ask<AlbumPage>("catalog.album", { id: shown.album.id });
    expect(album).toMatchObject({ title: "Vérmocsár", artist: { name: "Kelet" }, year: 2020, imageId: image.id, trackCount: 1, tracks: [{ id: track.id }] });
    const artist = await ask<ArtistPage>("catalog.artist", { id: album.artist.id });
    expect(artist).toMatchObject({ name: "Kelet", imageId: image.id, albums: [{ id: album.id }], topTracks: [{ id: track.id }] });
    expect(everyDocument()).toEqual(
      expect.arrayContaining([
        { id: track.id, type: "track", name: "Ezer Év", context: "Kelet Nyugat Vérmocsár", popularity: 0 },
        { id: album.id, type: "album", name: "Vérmocsár", context: "Kelet", popularity: 1 },
        { id: artist.id, type: "artist", name: "Kelet", context: "", popularity: 1 },
        expect.objectContaining({ type: "genre", name: "Folk", popularity: 1 }),
      ]),
    );
  });

  test("repeating an add changes nothing", async () => {
    const track = ingestedTrack("again");
    expect((await add(track)).created).toBe(true);
    const before = await ask("catalog.track", { id: track.id });
    expect((await add(track)).created).toBe(false);
    expect(await ask("catalog.track", { id: track.id })).toEqual(before);
  });

  test("30 tracks of one album added at once, twice over, make one album, one artist, one genre", async () => {
    const tracks = Array.from({ length: 30 }, (_, at) =>
      ingestedTrack(`parallel ${at}`, {
        number: at + 1,
        disc: 1 + (at % 2),
        year: at < 20 ? 1999 : 2005,
        album: at % 2 === 0 ? "One Album" : "ONE  album",
        albumArtist: "Same Artist",
        artists: at % 3 === 0 ? ["Same Artist", `Guest ${at % 5}`] : [`Guest ${at % 5}`, "SAME artist"],
        genres: at % 2 === 0 ? ["Jazz", "Blues"] : ["blues", "JAZZ"],
        image: ingestedImage("one album"),
      }),
    );
    await Promise.all([...tracks, ...tracks.toReversed()].map(add));
    const [{ albums } = { albums: -1 }] = await database.query<{ albums: number }>(`select count(*)::int as albums from album where title_key = 'one album'`);
    expect(albums).toBe(1);
    const [first] = tracks;
    const { album } = await ask<Track>("catalog.track", { id: first?.id });
    const page = await ask<AlbumPage>("catalog.album", { id: album.id });
    expect(page).toMatchObject({ trackCount: 30, year: 1999, imageId: ingestedImage("one album").id });
    const places = page.tracks.map((track) => track.disc * 1_000 + (track.number ?? 0));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    const genres = (await ask<Page<Genre>>("catalog.genres")).items.filter((genre) => /jazz|blues/i.test(genre.name));
    expect(genres.map((genre) => genre.trackCount)).toEqual([30, 30]);
  });

  test("tracks of one album added at once all count in its year and image", async () => {
    const image = ingestedImage("of one track");
    for (let round = 0; round < 12; round++) {
      const names = { album: `Facts ${round}`, albumArtist: "Facts" };
      await add(ingestedTrack(`facts ${round} first`, { ...names, year: 2001 }));
      await Promise.all([
        add(ingestedTrack(`facts ${round} old`, { ...names, year: 1990, image })),
        add(ingestedTrack(`facts ${round} older`, { ...names, year: 1990 })),
        add(ingestedTrack(`facts ${round} oldest`, { ...names, year: 1990 })),
      ]);
    }
    const albums = await database.query(`select year, image_id, count(*)::int as albums from album where title like 'Facts %' group by 1, 2`);
    expect(albums).toEqual([{ year: 1990, image_id: image.id, albums: 12 }]);
  });

  test("tracks that bring the same new names in any order are added at once", async () => {
    for (let round = 0; round < 2; round++) {
      const artists = Array.from({ length: 24 }, (_, at) => `Choir ${round} voice ${at}`);
      const genres = Array.from({ length: 16 }, (_, at) => `Style ${round} ${at}`);
      const orders = Array.from({ length: 6 }, (_, at) => (at % 2 === 0 ? [...artists.slice(at * 4), ...artists.slice(0, at * 4)] : artists.toReversed()));
      await Promise.all(orders.map((order, at) => add(ingestedTrack(`choir ${round} ${at}`, { artists: order, albumArtist: order[0] ?? "", genres: at % 2 === 0 ? genres : genres.toReversed() }))));
    }
    expect(await database.query(`select count(*)::int as voices from artist where name like 'Choir %'`)).toEqual([{ voices: 2 * 24 }]);
  });

  test("new names are stored in one order, whatever order a track has them in", async () => {
    const insert = `insert into artist (id, name, name_key, sort_name) values ($1, $1, $1, $1)`;
    const blocked = `select 1 as one from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'insert into artist%'`;
    let adding: Promise<unknown> = Promise.resolve();
    await database.transaction(async (other) => {
      await other.query(insert, ["aa first"]);
      adding = add(ingestedTrack("in order", { artists: ["zz last", "aa first"], albumArtist: "zz last" }));
      await until(async () => (await database.query(blocked)).length > 0);
      // Had the add stored "zz last" already, each would now wait for the other.
      await other.query(insert, ["zz last"]);
    });
    expect(await adding).toMatchObject({ created: true });
  });

  test("tracks retagged to and fro at once, on two nodes, leave no orphan in the catalog or in search", async () => {
    const names = ["Ping", "Pong", "Pang"];
    const tagged = (at: number, round: number) => {
      const name = names[(at + round) % names.length] ?? "";
      return ingestedTrack(`to and fro ${at}`, { artists: [`${name} Artist`], album: `${name} Album`, albumArtist: `${name} Band`, genres: [`${name} Genre`] });
    };
    const second = await startTestNode([catalog, search.schema], { DATABASE_URL: node.config.DATABASE_URL });
    try {
      const addSomewhere = (track: IngestedTrack, at: number) => (at % 2 === 0 ? node : second).call("catalog.add", { track });
      for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 12 }, (_, at) => addSomewhere(tagged(at, round), at)));
      await Promise.all(Array.from({ length: 12 }, (_, at) => addSomewhere({ ...tagged(at, 0), artists: ["Last"], album: "Last", albumArtist: "Last", genres: ["Last"] }, at)));
    } finally {
      await second.stop();
    }
    const left = await database.query(
      `select 'artist' from artist where name ~ '^P[ioa]ng' union all select 'album' from album where title ~ '^P[ioa]ng' union all select 'genre' from genre where name ~ '^P[ioa]ng'`,
    );
    expect(left).toEqual([]);
    expect(everyDocument().filter((document) => /^P[ioa]ng/.test(document.name))).toEqual([]);
    expect(Object.fromEntries(everyDocument().filter((document) => document.name === "Last").map((document) => [document.type, document.popularity]))).toEqual({ album: 12, artist: 12, genre: 12 });
    expect((await database.query(`select 1 as one from search_outbox`)).length).toBe(0);
  });

  test("new tags show at once, also where the old ones were just read", async () => {
    const track = ingestedTrack("retagged", { album: "Before", genres: ["Polka"] });
    await add(track);
    const before = await ask<Track>("catalog.track", { id: track.id });
    await ask("catalog.album", { id: before.album.id });
    await ask("catalog.albums", { limit: 200 });
    expect((await add({ ...track, title: "Renamed", album: "After", genres: ["Waltz"] })).created).toBe(false);
    const after = await ask<Track>("catalog.track", { id: track.id });
    expect(after).toMatchObject({ title: "Renamed", album: { title: "After" }, genres: [{ name: "Waltz" }] });
    await expect(node.call("catalog.album", { id: before.album.id })).rejects.toMatchObject({ code: 404, type: "NOT_FOUND" });
    await expect(node.call("catalog.genreTracks", { id: before.genres[0]?.id })).rejects.toMatchObject({ code: 404 });
    expect((await everyPage<Album>("catalog.albums", { limit: 200 })).map((album) => album.title)).toEqual(expect.arrayContaining(["After"]));
    expect(search.documents.has(`album ${before.album.id}`)).toBe(false);
  });

  test("while search is away tracks are added, and what it missed is sent later", async () => {
    search.failing = true;
    const track = ingestedTrack("missed");
    expect((await add(track)).created).toBe(true);
    expect(search.documents.has(`track ${track.id}`)).toBe(false);
    search.failing = false;
    await add(ingestedTrack("next"));
    expect(search.documents.has(`track ${track.id}`)).toBe(true);
  });

  test.each<[string, Partial<IngestedTrack>]>([
    ["a title of nothing visible", { title: " \u200b\0" }],
    ["no artist that can be shown", { artists: [""] }],
    ["another track's manifest", { manifest: ingestedTrack("other").manifest }],
    ["a tier without a layout", { layouts: {} }],
    ["an unknown field", { owner: "me" } as object],
    ["a number that is none", { disc: Number.NaN }],
    ["an id with a path", { id: "../../etc" }],
  ])("%s is refused and changes nothing", async (_, wrong) => {
    await expect(node.call("catalog.add", { track: { ...ingestedTrack("refused"), ...wrong } })).rejects.toMatchObject({ code: 422 });
    await expect(node.call("catalog.track", { id: ingestedTrack("refused").id })).rejects.toMatchObject({ code: 404 });
  });

  test("hostile tags are stored as text", async () => {
    const evil = `'; drop table track; -- <script>alert(1)</script> \u202egnp.exe`;
    const track = ingestedTrack("evil", { title: evil, artists: [evil], album: evil, albumArtist: evil, genres: ["x".repeat(8_000)] });
    await add(track);
    expect((await ask<Track>("catalog.track", { id: track.id })).title).toBe(`'; drop table track; -- <script>alert(1)</script> gnp.exe`);
  });
});

describe("catalog - browsing", () => {
  beforeAll(async () => {
    for (let at = 0; at < 25; at++) {
      const name = `Browse ${String.fromCharCode(65 + ((at * 7) % 25))}`;
      await add(ingestedTrack(`browse ${at}`, { title: name, artists: [at % 2 === 0 ? `The ${name}` : name], album: `${name} LP`, albumArtist: name, genres: ["Browsing"] }));
    }
  });

  test.each([1, 7, 200])("pages of %i hold every artist once, by name without article", async (limit) => {
    const artists = (await everyPage<Artist>("catalog.artists", { limit })).filter((artist) => /Browse/.test(artist.name));
    expect(new Set(artists.map((artist) => artist.id)).size).toBe(artists.length);
    // Of "The Browse A" and "Browse A", which are two artists, the sort name is one.
    expect(artists.map((artist) => artist.name.replace("The ", ""))).toEqual(artists.map((artist) => artist.name.replace("The ", "")).toSorted());
  });

  test("pages of albums hold every album once, by title; new releases newest first", async () => {
    const albums = (await everyPage<Album>("catalog.albums", { limit: 4 })).map((album) => album.title);
    expect(albums.filter((title) => title.startsWith("Browse"))).toEqual(Array.from({ length: 25 }, (_, at) => `Browse ${String.fromCharCode(65 + at)} LP`));
    const released = (await everyPage<Album>("catalog.newReleases", { limit: 4 })).map((album) => album.title);
    expect(released.toSorted()).toEqual(albums.toSorted());
    expect(released[0]).toBe(`Browse ${String.fromCharCode(65 + ((24 * 7) % 25))} LP`);
  });

  test("pages of a genre hold every track once, by title", async () => {
    const genre = (await ask<Page<Genre>>("catalog.genres")).items.find((genre) => genre.name === "Browsing");
    expect(genre?.trackCount).toBe(25);
    const tracks = await everyPage<Track>("catalog.genreTracks", { id: genre?.id, limit: 6 });
    expect(tracks.map((track) => track.title)).toEqual(Array.from({ length: 25 }, (_, at) => `Browse ${String.fromCharCode(65 + at)}`));
  });

  test("a cursor edited, of another list, or with forged values is refused", async () => {
    const { nextCursor } = await ask<Page<Album>>("catalog.albums", { limit: 1 });
    for (const [action, cursor] of [
      ["catalog.albums", `${nextCursor}x`],
      ["catalog.albums", "' or 1=1 --"],
      ["catalog.artists", nextCursor],
      ["catalog.newReleases", nextCursor],
    ]) {
      await expect(node.call(action ?? "", { cursor })).rejects.toMatchObject({ code: 422 });
    }
  });

  test.each([{ limit: 0 }, { limit: 201 }, { limit: 1e9 }, { limit: "all" }, { limit: Number.NaN }, { offset: 1 }])("%j is refused", async (params) => {
    await expect(node.call("catalog.albums", params)).rejects.toMatchObject({ code: 422 });
  });

  test.each(["catalog.track", "catalog.artist", "catalog.album", "catalog.genreTracks"])("%s of an unknown id is 404, of a malformed one 422", async (action) => {
    await expect(node.call(action, { id: "0".repeat(32) })).rejects.toMatchObject({ code: 404, type: "NOT_FOUND" });
    for (const id of ["a\0b", "%27", "x' or '1'='1", "é", "a".repeat(65), ""]) await expect(node.call(action, { id })).rejects.toMatchObject({ code: 422 });
  });

  test("summaries come in the order asked for, without the missing", async () => {
    const ids = [ingestedTrack("browse 3").id, "nothing", ingestedTrack("browse 1").id];
    for (const _ of ["cold", "warm"]) {
      const { track, artist } = await ask<Summaries>("catalog.summaries", { ids: { track: ids, artist: ["nothing"] } });
      expect(track.map((one) => one.id)).toEqual([ids[0], ids[2]]);
      expect(artist).toEqual([]);
    }
  });

  test("tracks of a queue come by their ids, in their order, the missing left out", async () => {
    const ids = [ingestedTrack("browse 3").id, "nothing", ingestedTrack("browse 1").id];
    const { items } = await ask<{ items: Track[] }>("catalog.tracks", { ids: ids.join(",") });
    expect(items.map(({ id }) => id)).toEqual([ids[0], ids[2]]);
    for (const wrong of ["", "a,", "a b", Array.from({ length: 51 }, () => "a").join(",")]) await expect(node.call("catalog.tracks", { ids: wrong })).rejects.toMatchObject({ code: 422 });
  });

  test("documents of every type are what search was told", async () => {
    for (const type of ["track", "artist", "album", "genre"]) {
      const told = everyDocument().filter((document) => document.type === type);
      const listed = await everyPage<{ id: string }>("catalog.documents", { type, limit: 10 });
      expect(listed).toEqual(told.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    }
  });
});

describe("catalog - files and manifests", () => {
  test("a manifest is what was stored, one object while it is kept", async () => {
    const track = ingestedTrack("manifest");
    await add(track);
    const [one, two] = await Promise.all([ask<Playable>("catalog.manifest", { trackId: track.id }), ask<Playable>("catalog.manifest", { trackId: track.id })]);
    expect(one).toEqual({ manifest: track.manifest, layouts: track.layouts });
    expect(two.manifest).toBe(one.manifest);
    await expect(node.call("catalog.manifest", { trackId: "nothing" })).rejects.toMatchObject({ code: 404, type: "NOT_FOUND" });
  });

  test("another encode replaces a manifest that is kept; the same media id does not", async () => {
    const track = ingestedTrack("encoded again");
    await add(track);
    await ask("catalog.manifest", { trackId: track.id });
    await add({ ...track, manifest: { ...track.manifest, samples: 1 } });
    expect((await ask<Playable>("catalog.manifest", { trackId: track.id })).manifest.samples).toBe(track.manifest.samples);
    await add({ ...track, manifest: { ...track.manifest, media: "second", samples: 2 } });
    expect((await ask<Playable>("catalog.manifest", { trackId: track.id })).manifest).toMatchObject({ media: "second", samples: 2 });
  });

  test("known files are those with the same size and time; another path can be linked", async () => {
    const track = ingestedTrack("known");
    await add(track);
    const { path, bytes, modifiedMs, sha256 } = track.source;
    expect(await ask("catalog.known", { paths: [{ path, bytes, modifiedMs }, { path: "/else", bytes, modifiedMs }] })).toEqual({ known: [path] });
    expect(await ask("catalog.known", { paths: [{ path, bytes: bytes + 1, modifiedMs }] })).toEqual({ known: [] });
    expect(await ask("catalog.bySha256", { sha256 })).toEqual({ trackId: track.id });
    expect(await ask("catalog.bySha256", { sha256: "f".repeat(64) })).toBeNull();
    await ask("catalog.link", { trackId: track.id, source: { ...track.source, path: "/copy.flac" } });
    expect(await ask("catalog.byPath", { path: "/copy.flac" })).toEqual({ trackId: track.id, audioMd5: track.source.audioMd5 });
    expect(await ask("catalog.byPath", { path: "/none" })).toBeNull();
    await expect(node.call("catalog.link", { trackId: "nothing", source: track.source })).rejects.toMatchObject({ code: 404 });
  });
});
