/** What people type, and what they mean by it: the first hit of a type must be the one meant. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Database, SearchIndex, SearchType } from "../../storage/index.ts";
import { openDatabase } from "../../storage/postgres/index.ts";
import { PostgresSearch } from "../../storage/search/postgres.ts";
import { freshDatabase } from "../kit/index.ts";
import { library } from "./search-library.ts";

const meant: readonly [typed: string, type: SearchType, first: string][] = [
  // typing ahead
  ["q", "artist", "artist Queen"],
  ["que", "artist", "artist Queen"],
  ["queen", "artist", "artist Queen"],
  ["queens", "artist", "artist Queens of the Stone Age"],
  ["bea", "artist", "artist The Beatles"],
  ["the bea", "artist", "artist The Beatles"],
  ["boh", "track", "track Bohemian Rhapsody [Queen]"],
  ["bohemian rh", "track", "track Bohemian Rhapsody [Queen]"],
  ["stairway to h", "track", "track Stairway to Heaven [Led Zeppelin]"],
  ["back in", "album", "album Back in Black"],
  ["p", "artist", "artist Pink Floyd"],
  ["pro", "genre", "genre Progressive Rock"],
  // whole names before beginnings before words
  ["jazz", "genre", "genre Jazz"],
  ["jazz", "album", "album Jazz"],
  ["rock", "genre", "genre Rock"],
  ["metal", "genre", "genre Metal"],
  ["pink", "artist", "artist P!nk"],
  ["help", "track", "track Help! [The Beatles]"],
  ["one", "track", "track One [U2]"],
  ["time", "track", "track Time [Pink Floyd]"],
  ["money", "track", "track Money [Pink Floyd]"],
  ["the the", "artist", "artist The The"],
  ["the who", "artist", "artist The Who"],
  ["who", "artist", "artist The Who"],
  // words of name, artist and album
  ["beatles abbey", "album", "album Abbey Road"],
  ["abbey road beatles", "album", "album Abbey Road"],
  ["yesterday beatles", "track", "track Yesterday [The Beatles]"],
  ["queen rhapsody", "track", "track Bohemian Rhapsody [Queen]"],
  ["allegro mozart", "track", "track Allegro [Wolfgang Amadeus Mozart]"],
  ["allegro bach", "track", "track Allegro [Johann Sebastian Bach]"],
  ["bach", "artist", "artist Johann Sebastian Bach"],
  ["mozart", "artist", "artist Wolfgang Amadeus Mozart"],
  ["girls girls jay z", "track", "track Girls [Jay-Z]"],
  ["dark side moon", "album", "album The Dark Side of the Moon"],
  ["floyd money", "track", "track Money [Pink Floyd]"],
  ["money dire", "track", "track Money for Nothing [Dire Straits]"],
  // accents and spellings
  ["motley crue", "artist", "artist Mötley Crüe"],
  ["motorhead", "artist", "artist Motörhead"],
  ["beyonce", "artist", "artist Beyoncé"],
  ["bjork", "artist", "artist Björk"],
  ["sigur ros", "artist", "artist Sigur Rós"],
  ["agaetis", "album", "album Ágætis byrjun"],
  ["hoppipolla", "track", "track Hoppípolla [Sigur Rós]"],
  ["celine", "artist", "artist Céline Dion"],
  ["CELINE DION", "artist", "artist Céline Dion"],
  ["edith piaf", "artist", "artist Édith Piaf"],
  ["dvorak", "artist", "artist Antonín Dvořák"],
  ["die arzte", "artist", "artist Die Ärzte"],
  ["fur elise", "track", "track Für Elise [Ludwig van Beethoven]"],
  ["sinead oconnor", "artist", "artist Sinéad O'Connor"],
  ["кино", "artist", "artist Кино"],
  ["宇多田", "artist", "artist 宇多田ヒカル"],
  ["ヒカル", "artist", "artist 宇多田ヒカル"],
  ["방탄", "artist", "artist 방탄소년단"],
  // signs
  ["acdc", "artist", "artist AC/DC"],
  ["ac dc", "artist", "artist AC/DC"],
  ["ac/dc", "artist", "artist AC/DC"],
  ["p!nk", "artist", "artist P!nk"],
  ["kesha", "artist", "artist Ke$ha"],
  ["rem", "artist", "artist R.E.M."],
  ["r.e.m", "artist", "artist R.E.M."],
  ["jay z", "artist", "artist Jay-Z"],
  ["jayz", "artist", "artist Jay-Z"],
  ["aha", "artist", "artist a-ha"],
  ["alt j", "artist", "artist alt-J"],
  ["blink 182", "artist", "artist Blink-182"],
  ["simon and garfunkel", "artist", "artist Simon & Garfunkel"],
  ["florence and the machine", "artist", "artist Florence + the Machine"],
  ["guns n roses", "artist", "artist Guns N' Roses"],
  ["notorious big", "artist", "artist The Notorious B.I.G."],
  ["!!!", "artist", "artist !!!"],
  ["dont stop me now", "track", "track Don't Stop Me Now [Queen]"],
  ["drum and bass", "genre", "genre Drum & Bass"],
  ["hip hop", "genre", "genre Hip-Hop"],
  ["hiphop", "genre", "genre Hip-Hop"],
  // typos
  ["beatels", "artist", "artist The Beatles"],
  ["beetles", "artist", "artist The Beatles"],
  ["quen", "artist", "artist Queen"],
  ["metalica", "artist", "artist Metallica"],
  ["metallcia", "artist", "artist Metallica"],
  ["nirvanna", "artist", "artist Nirvana"],
  ["mirvana", "artist", "artist Nirvana"],
  ["irvana", "artist", "artist Nirvana"],
  ["fleetwod mac", "artist", "artist Fleetwood Mac"],
  ["led zepplin", "artist", "artist Led Zeppelin"],
  ["led zepelinn", "artist", "artist Led Zeppelin"],
  ["pink floid", "artist", "artist Pink Floyd"],
  ["pinkfloyd", "artist", "artist Pink Floyd"],
  ["back street boys", "artist", "artist Backstreet Boys"],
  ["ramstein", "artist", "artist Rammstein"],
  ["ramstien", "artist", "artist Rammstein"],
  ["rolling stoens", "artist", "artist The Rolling Stones"],
  ["bohemain rapsody", "track", "track Bohemian Rhapsody [Queen]"],
  ["bohemian rapsody", "track", "track Bohemian Rhapsody [Queen]"],
  ["smels like teen spirit", "track", "track Smells Like Teen Spirit [Nirvana]"],
  ["califronication", "track", "track Californication [Red Hot Chili Peppers]"],
  ["abey raod", "album", "album Abbey Road"],
  ["beyonse", "artist", "artist Beyoncé"],
  ["bethoven", "artist", "artist Ludwig van Beethoven"],
  ["stairway to heavan", "track", "track Stairway to Heaven [Led Zeppelin]"],
  ["progresive", "genre", "genre Progressive Rock"],
];

describe("search - relevance", () => {
  let database: Database;
  let index: SearchIndex;

  beforeAll(async () => {
    database = await openDatabase(await freshDatabase(), "relevance");
    index = new PostgresSearch(database);
    await index.put(library());
  });

  afterAll(() => database.close());

  test.each(meant)("%s - %s is %s", async (typed, type, first) => {
    const found = await index.search(typed, { types: [type], limit: 5 });
    expect(found[type].map((hit) => hit.id)[0]).toBe(first);
  });

  test("nothing like it - nothing found", async () => {
    for (const typed of ["zzgrblfx", "qqqqqq", "xylophonist quartet", "beatles zzgrblfx"]) {
      const found = await index.search(typed, { types: ["track", "artist", "album"], limit: 5 });
      expect([typed, found.track, found.artist, found.album]).toEqual([typed, [], [], []]);
    }
  });
});
