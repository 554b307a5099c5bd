import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { makeTestTrack } from "../../test/kit/audio.ts";
import { freshFolder } from "../../test/kit/index.ts";
import { AlbumArtists, majority } from "./album-artist.ts";
import { guess } from "./names.ts";
import { cleanTags, readTags, type RawTags } from "./tags.ts";

const path = "Some Artist/Some Album/03 - Some Title.ogg";
const clean = (raw: RawTags, at = path) => cleanTags(raw, at, "Music");

describe("tags", () => {
  test("good ones are kept as they are", () => {
    const raw: RawTags = { title: "Vérmocsár", artists: ["Dj Bő", "Ezer Év"], album: "Így múlik", albumartist: "Dj Bő", year: 2009, track: { no: 4 }, disk: { no: 2 }, genre: ["Metal"] };
    expect(clean(raw)).toEqual({ title: "Vérmocsár", artists: ["Dj Bő", "Ezer Év"], album: "Így múlik", albumArtist: "Dj Bő", year: 2009, number: 4, disc: 2, genres: ["Metal"] });
  });

  test.each<[string, RawTags, object]>([
    ["<Unknown> artist", { artists: ["<Unknown>"] }, { artists: ["Some Artist"] }],
    ["Unknown Artist written out", { artists: ["Unknown Artist"], albumartist: "unknown" }, { artists: ["Some Artist"], albumArtist: undefined }],
    ["(None) genre", { genre: ["(None)"] }, { genres: [] }],
    ["bracketed titles without meaning", { title: "[Untitled]" }, { title: "Some Title" }],
    ["a title that only looks like junk", { title: "None" }, { title: "None" }],
    ["an address as album", { album: "http://www.example.org" }, { album: "Some Album" }],
    ["a title said twice", { title: "Menu;Menu" }, { title: "Menu" }],
    ["a title with a semicolon", { title: "Stop; Go" }, { title: "Stop; Go" }],
    ["artists in one value", { artists: ["A; B feat. C"] }, { artists: ["A", "B", "C"] }],
    ["bands with & and comma", { artists: ["Earth, Wind & Fire"] }, { artists: ["Earth, Wind & Fire"] }],
    ["one artist in two spellings", { artists: ["ABBA", "Abba"] }, { artists: ["ABBA"] }],
    ["genres in one value", { genre: ["Ambient; Drone/ambient", "Pop|Rock"] }, { genres: ["Ambient", "Drone", "Pop", "Rock"] }],
    ["line breaks, NULs and long blanks", { title: " A\u0000\n\tB   C " }, { title: "A B C" }],
    ["decomposed letters", { title: "Ve\u0301r" }, { title: "V\u00e9r" }],
    ["numbers out of any range", { track: { no: 0 }, disk: { no: 1000 }, year: 20 }, { number: 3, disc: 1, year: null }],
    ["a compilation", { compilation: true, albumartist: "Somebody" }, { albumArtist: "Various Artists" }],
    ["VA as album artist", { albumartist: "VA" }, { albumArtist: "Various Artists" }],
    ["a date instead of a year", { date: "1999-04-01" }, { year: 1999 }],
  ])("%s", (_name, raw, expected) => {
    expect(clean(raw)).toMatchObject(expected);
  });

  test("a megabyte of title is a title of bounded length, in bounded time", () => {
    const started = performance.now();
    expect(clean({ title: "a ".repeat(500_000), artists: ["b;".repeat(100_000)] }).title.length).toBeLessThanOrEqual(300);
    expect(performance.now() - started).toBeLessThan(200);
  });
});

describe("names of files and folders", () => {
  test.each([
    ["Artist/Album/01 - Title.mp3", { artist: "Artist", album: "Album", number: 1, title: "Title" }],
    ["Artist/Album/CD 2/1-03 Title.mp3", { artist: "Artist", album: "Album", disc: 2, number: 3, title: "Title" }],
    ["Artist/Album/Disc1/07. Title.mp3", { album: "Album", disc: 1, number: 7, title: "Title" }],
    ["Album/02 - Artist - Title.mp3", { artist: "Artist", album: "Album", number: 2, title: "Title" }],
    ["Album/Artist - Title (Live - 1999).mp3", { artist: "Artist", title: "Title (Live - 1999)" }],
    ["some_game_theme.ogg", { album: "Music", title: "some game theme", artist: undefined, number: undefined }],
    ["Album/99 Luftballons.mp3", { number: 99, title: "Luftballons" }],
    ["Album/1999.mp3", { number: undefined, title: "1999" }],
    ["Album/7 Seconds.mp3", { number: undefined, title: "7 Seconds" }],
    ["Album/.mp3", { title: ".mp3" }],
  ])("%s", (name, expected) => {
    expect(guess(name, "Music")).toMatchObject(expected);
  });
});

test("track numbers like 15/17 are read from a real file", async () => {
  const folder = await freshFolder("tags");
  const file = await makeTestTrack(join(folder, "a.ogg"), { seconds: 1, tags: { title: "Ezer Év", track: "15/17", disc: "2/2", genre: "Rock;Metal" } });
  const { raw } = await readTags(file, { pictures: false });
  expect(cleanTags(raw, "a.ogg", "")).toMatchObject({ title: "Ezer Év", number: 15, disc: 2, genres: ["Rock", "Metal"], album: "Ezer Év" });
});

describe("album artist without a tag", () => {
  test("the main artist of most tracks, else various", () => {
    expect(majority(new Map([["A", 3], ["B", 1]]))).toBe("A");
    expect(majority(new Map([["A", 1], ["B", 1]]))).toBe("Various Artists");
    expect(majority(undefined)).toBeUndefined();
  });

  test("a compilation stays one album", async () => {
    const folder = await freshFolder("compilation");
    const files = await Promise.all(["Ann", "Ben", "Cem"].map((artist, i) => makeTestTrack(join(folder, `${i}.ogg`), { seconds: 0.5, tags: { title: artist, artist, album: "Together" } })));
    const artists = new AlbumArtists();
    for (const file of files) {
      const tags = cleanTags((await readTags(file, { pictures: false })).raw, "x.ogg", "");
      expect(await artists.of(tags, file, folder)).toBe("Various Artists");
    }
  });
});
