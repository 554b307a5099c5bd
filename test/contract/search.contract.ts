/** What every SearchIndex adapter promises. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { assert, asyncProperty, constantFrom, oneof, string } from "fast-check";
import { searchTypes, type SearchDocument, type SearchIndex, type SearchType } from "../../storage/index.ts";

export interface SearchUnderTest {
  readonly index: SearchIndex;
  close(): Promise<void>;
}

const document = (type: SearchType, id: string, name: string, rest: Partial<Pick<SearchDocument, "context" | "popularity">> = {}): SearchDocument => ({
  type, id, name, context: "", popularity: 0, ...rest,
});

export function searchContract(name: string, start: () => Promise<SearchUnderTest>): void {
  describe(`search - ${name}`, () => {
    let server: SearchUnderTest;
    let index: SearchIndex;

    beforeAll(async () => {
      server = await start();
      ({ index } = server);
    });

    beforeEach(() => index.clear());

    afterAll(async () => {
      await index?.close();
      await server?.close();
    });

    const ids = async (query: string, type: SearchType = "track", limit = 20) => (await index.search(query, { types: [type], limit }))[type].map((hit) => hit.id);
    const tracks = (...names: string[]) => index.put(names.map((title) => document("track", title, title)));

    test("an empty index - answers, finds nothing, counts nothing", async () => {
      await index.ping();
      expect(await index.count()).toBe(0);
      expect(await index.search("love", { types: searchTypes, limit: 20 })).toEqual({ track: [], artist: [], album: [], genre: [] });
    });

    test("put - what was put is found when it resolves, and put again it is replaced", async () => {
      await index.put([document("track", "1", "Yesterday")]);
      expect(await ids("yesterday")).toEqual(["1"]);
      await index.put([document("track", "1", "Tomorrow")]);
      expect(await index.count()).toBe(1);
      expect(await ids("tomorrow")).toEqual(["1"]);
      expect(await ids("yesterday")).toEqual([]);
    });

    test("put - the last one of a repeated key counts, nothing is no mistake", async () => {
      await index.put([document("track", "1", "Yesterday"), document("track", "1", "Tomorrow")]);
      await index.put([]);
      expect(await ids("tomorrow")).toEqual(["1"]);
      expect(await ids("yesterday")).toEqual([]);
    });

    test("delete and clear - leave the rest, and nothing", async () => {
      await index.put([document("track", "1", "Love"), document("artist", "1", "Love"), document("track", "2", "Love Me Do")]);
      await index.delete([{ type: "track", id: "1" }, { type: "track", id: "unknown" }]);
      expect(await index.count()).toBe(2);
      expect(await ids("love")).toEqual(["2"]);
      expect(await ids("love", "artist")).toEqual(["1"]);
      await index.clear();
      expect(await index.count()).toBe(0);
      expect(await ids("love")).toEqual([]);
    });

    test("types - hits come grouped by type, only the wanted ones", async () => {
      await index.put([document("track", "t", "Queen"), document("artist", "a", "Queen"), document("album", "l", "Queen"), document("genre", "g", "Queen")]);
      const found = await index.search("queen", { types: searchTypes, limit: 5 });
      expect(Object.fromEntries(searchTypes.map((type) => [type, found[type].map((hit) => [hit.id, hit.type])]))).toEqual({
        track: [["t", "track"]], artist: [["a", "artist"]], album: [["l", "album"]], genre: [["g", "genre"]],
      });
      const some = await index.search("queen", { types: ["artist", "album"], limit: 5 });
      expect([some.track.length, some.artist.length, some.album.length, some.genre.length]).toEqual([0, 1, 1, 0]);
      expect(await index.search("queen", { types: [], limit: 5 })).toEqual({ track: [], artist: [], album: [], genre: [] });
    });

    test("typing - every beginning of the last word finds it, the words before are whole", async () => {
      await tracks("Bohemian Rhapsody");
      for (const typed of ["b", "bo", "boh", "bohem", "bohemian", "bohemian ", "bohemian r", "bohemian rhap", "Bohemian Rhapsody", "rhap"]) {
        expect([typed, await ids(typed)]).toEqual([typed, ["Bohemian Rhapsody"]]);
      }
      await tracks("Rhapsody in Blue");
      expect(await ids("boh rhapsody")).toEqual([]);
    });

    test("ranking - whole name, then beginning of the name, then words, then typos; popularity only decides within", async () => {
      await index.put([
        document("track", "typo", "Heroin", { popularity: 1_000 }),
        document("track", "word", "My Heroes Sleep", { popularity: 100 }),
        document("track", "prefix", "Heroes and Villains", { popularity: 10 }),
        document("track", "exact", "Heroes", { popularity: 1 }),
      ]);
      expect((await ids("heroes")).slice(0, 3)).toEqual(["exact", "prefix", "word"]);
    });

    test("ranking - more popular first, and ties always in the same order", async () => {
      await index.put(["c", "a", "d", "b"].map((id) => document("track", id, "Intro", { popularity: id === "d" ? 5 : 1 })));
      expect(await ids("intro")).toEqual(["d", "a", "b", "c"]);
      expect(await ids("int")).toEqual(["d", "a", "b", "c"]);
    });

    test("ranking - scores fall with the order", async () => {
      await index.put([document("track", "1", "Love", { popularity: 3 }), document("track", "2", "Love Me", { popularity: 9 }), document("track", "3", "Endless Love"), document("track", "4", "Love You", { popularity: 2 })]);
      const scores = (await index.search("love", { types: ["track"], limit: 20 })).track.map((hit) => hit.score);
      expect(scores).toHaveLength(4);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    });

    test("limit - at most that many of each type, none for zero", async () => {
      await tracks(...Array.from({ length: 30 }, (_, at) => `Song ${at}`));
      expect(await ids("song", "track", 7)).toHaveLength(7);
      expect(await ids("song", "track", 30)).toHaveLength(30);
      expect(await ids("song", "track", 0)).toEqual([]);
      expect(await ids("song", "track", -1)).toEqual([]);
    });

    test("context - words may come from name and context, in any order", async () => {
      await index.put([document("track", "1", "Come Together", { context: "The Beatles Abbey Road" }), document("track", "2", "Abbey", { context: "Another Band" })]);
      expect(await ids("beatles abbey")).toEqual(["1"]);
      expect(await ids("abbey come")).toEqual(["1"]);
      expect(await ids("together beat")).toEqual(["1"]);
    });

    test("diacritics and case - as written, without, and in other spellings", async () => {
      await index.put(["Mötley Crüe", "Sigur Rós", "Björk", "Łona", "Ænima", "Straße", "ＰＥＲＦＵＭＥ", "Şebnem", "Ólafur"].map((artist) => document("artist", artist, artist)));
      for (const [typed, found] of [["motley crue", "Mötley Crüe"], ["MÖTLEY CRÜE", "Mötley Crüe"], ["sigur ros", "Sigur Rós"], ["bjork", "Björk"], ["lona", "Łona"], ["aenima", "Ænima"], ["strasse", "Straße"], ["perfume", "ＰＥＲＦＵＭＥ"], ["sebnem", "Şebnem"], ["olaf", "Ólafur"]] as const) {
        expect([typed, (await ids(typed, "artist"))[0]]).toEqual([typed, found]);
      }
    });

    test("signs - names with signs are found as people type them", async () => {
      await index.put(["AC/DC", "P!nk", "R.E.M.", "Guns N' Roses", "Jay-Z", "Simon & Garfunkel", "!!!", "Ke$ha"].map((artist) => document("artist", artist, artist)));
      for (const [typed, found] of [["ac/dc", "AC/DC"], ["acdc", "AC/DC"], ["ac dc", "AC/DC"], ["pink", "P!nk"], ["p!nk", "P!nk"], ["rem", "R.E.M."], ["r.e.m.", "R.E.M."], ["guns n roses", "Guns N' Roses"], ["jay z", "Jay-Z"], ["jayz", "Jay-Z"], ["simon and garfunkel", "Simon & Garfunkel"], ["!!!", "!!!"], ["kesha", "Ke$ha"]] as const) {
        expect([typed, (await ids(typed, "artist"))[0]]).toEqual([typed, found]);
      }
    });

    test("other scripts - whole names and beginnings", async () => {
      await index.put(["Кино", "宇多田ヒカル", "방탄소년단", "فيروز", "Νίκος", "लता मंगेशकर"].map((artist) => document("artist", artist, artist)));
      for (const [typed, found] of [["кино", "Кино"], ["宇多田", "宇多田ヒカル"], ["방탄", "방탄소년단"], ["فيرو", "فيروز"], ["νικος", "Νίκος"], ["लता", "लता मंगेशकर"]] as const) {
        expect([typed, await ids(typed, "artist")]).toEqual([typed, [found]]);
      }
    });

    test("typos - a letter wrong, missing, too many, or two swapped", async () => {
      await index.put(["Metallica", "Beyoncé", "Nirvana", "The Beatles"].map((artist) => document("artist", artist, artist)));
      for (const [typed, found] of [["metalica", "Metallica"], ["mettallica", "Metallica"], ["metallixa", "Metallica"], ["metallcia", "Metallica"], ["beyonse", "Beyoncé"], ["nirvanna", "Nirvana"], ["beatels", "The Beatles"], ["the beetles", "The Beatles"]] as const) {
        expect([typed, await ids(typed, "artist")]).toEqual([typed, [found]]);
      }
    });

    test("typos - two in a long word, none in a short one", async () => {
      await index.put([document("artist", "1", "Rammstein"), document("artist", "2", "Abba"), document("artist", "3", "Wu")]);
      expect(await ids("ramstien", "artist")).toEqual(["1"]);
      expect(await ids("xu", "artist")).toEqual([]);
      expect(await ids("zzyzx", "artist")).toEqual([]);
    });

    test("wildcards and operators - mean themselves", async () => {
      await tracks("Love", "100%", "under_score");
      for (const typed of ["%", "_", "%ove", "l_ve", "*", "lo*e", "a'b", "\\", "!love & x", ":*"]) {
        const found = await ids(typed);
        expect([typed, found.includes("under_score") && found.includes("100%")]).toEqual([typed, false]);
      }
      expect(await ids("%")).toEqual([]);
      expect(await ids("100%")).toEqual(["100%"]);
    });

    test("ids - may be any text", async () => {
      const odd = ["a b", "ü/ß", "x'y\"z", "%", "a".repeat(64)];
      await index.put(odd.map((id) => document("genre", id, "Noise")));
      expect((await ids("noise", "genre")).toSorted()).toEqual(odd.toSorted());
      await index.delete(odd.map((id) => ({ type: "genre", id })));
      expect(await index.count()).toBe(0);
    });

    test("any text - can be asked, and can be a name", async () => {
      await tracks("Love", "Night");
      const text = oneof(
        string({ unit: "binary", maxLength: 220 }),
        string({ unit: "grapheme", maxLength: 60 }),
        string({ unit: constantFrom("'", "\\", "|", "&", "!", ":", "*", "(", ")", "<", ">", "%", "_", " ", "a", "b", "\u0000", "\u0001", "\uD800"), maxLength: 30 }),
      );
      await assert(asyncProperty(text, async (typed) => {
        const found = await index.search(typed, { types: searchTypes, limit: 3 });
        expect(Object.keys(found).toSorted()).toEqual(searchTypes.toSorted());
        await index.put([document("track", "any", typed, { context: typed })]);
      }), { numRuns: 60 });
    });

    test("long texts - count up to a bound and cost no more", async () => {
      await index.put([document("track", "1", "word ".repeat(5_000), { context: "other ".repeat(5_000) }), document("track", "2", "x".repeat(100_000))]);
      expect(await ids("word")).toEqual(["1"]);
      await index.search("love ".repeat(2_000), { types: searchTypes, limit: 20 });
      await index.search("y".repeat(10_000), { types: searchTypes, limit: 20 });
    });
  });
}
