import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import catalog from "./catalog/catalog.service.ts";
import search from "./search/search.service.ts";
import { startTestNode, type TestNode } from "./testing/node.ts";
import { schemaErrors } from "./testing/schema.ts";
import { ingestedImage, ingestedTrack } from "./testing/tracks.ts";
import { trackFacts, TrackFacts, type TrackFact } from "./track-facts.ts";

const image = ingestedImage("facts cover");
const song = ingestedTrack("a song", { artists: ["First", "Second"], image, album: "With a cover" });
const tune = ingestedTrack("a tune", {}, ["96"], 30);
const factOf = { id: song.id, title: "a song", artists: ["First", "Second"], durationMs: 12_000, imageId: image.id };

const fact = (id: string): TrackFact => ({ id, title: id, artists: [], durationMs: 1, imageId: null });

describe("track facts - of the catalog", () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startTestNode([catalog, search]);
    for (const track of [song, tune]) await node.call("catalog.add", { track });
  });
  afterAll(() => node.stop());

  test("are title, names, duration and image; tracks that are not there are left out", async () => {
    const ids = [song.id, "nothing", tune.id];
    const answer = await node.call<{ tracks: TrackFact[] }>("catalog.facts", { ids });
    expect(schemaErrors(node.broker, "catalog.facts", answer)).toEqual([]);
    expect(answer.tracks.toSorted((one, other) => one.durationMs - other.durationMs)).toEqual([factOf, { id: tune.id, title: "a tune", artists: ["Test Artist"], durationMs: 30_000, imageId: null }]);
    const facts = await trackFacts(node.broker).of(ids);
    expect([...facts.keys()].toSorted()).toEqual([song.id, tune.id].toSorted());
    expect(facts.get(song.id)).toEqual(factOf);
  });

  test("are asked for anew when they were forgotten", async () => {
    const facts = trackFacts(node.broker);
    await facts.of([tune.id]);
    await node.call("catalog.add", { track: { ...tune, title: "a better tune" } });
    expect((await facts.of([tune.id])).get(tune.id)?.title).toBe("a tune");
    facts.forget(tune.id);
    expect((await facts.of([tune.id])).get(tune.id)?.title).toBe("a better tune");
  });
});

describe("track facts - questions", () => {
  test("those of one turn are one question, of at most 500 ids each; what is kept is not asked for", async () => {
    const questions: number[] = [];
    const facts = new TrackFacts(async (ids) => {
      questions.push(ids.length);
      return ids.map(fact);
    });
    const many = Array.from({ length: 1_200 }, (_, at) => `t${at}`);
    const [all, some] = await Promise.all([facts.of(many), facts.of(["t1", "t1", "other"])]);
    expect([all.size, some.size]).toEqual([1_200, 2]);
    expect(questions).toEqual([500, 500, 201]);
    await facts.of(many);
    expect(questions).toHaveLength(3);
  });

  test("a failed one rejects for all who wait, and is not kept; an unknown track is asked for again", async () => {
    let fails = true;
    let asked = 0;
    const facts = new TrackFacts(async (ids) => {
      asked += 1;
      if (fails) throw new Error("the catalog is away");
      return ids.filter((id) => id !== "unknown").map(fact);
    });
    await expect(facts.of(["a", "b"])).rejects.toThrow("away");
    fails = false;
    expect((await facts.of(["a", "unknown"])).size).toBe(1);
    expect((await facts.of(["unknown"])).size).toBe(0);
    expect(asked).toBe(3);
  });
});
