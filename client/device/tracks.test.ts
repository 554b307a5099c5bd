import { describe, expect, test } from "@jest/globals";
import { until } from "../../test/kit/wait.ts";
import { track } from "./testing/scene.ts";
import { TrackShelf } from "./tracks.ts";

function shelf() {
  const asked: (readonly string[])[] = [];
  const state = { now: 0, came: 0, isAway: false, missing: new Set<string>() };
  const made = new TrackShelf({
    fetch: async (ids) => {
      asked.push(ids);
      await Promise.resolve();
      if (state.isAway) throw new Error("away");
      return ids.filter((id) => !state.missing.has(id)).map((id) => track(id));
    },
    came: () => (state.came += 1),
    now: () => state.now,
  });
  return { shelf: made, asked, state };
}
const ids = (count: number) => Array.from({ length: count }, (_, n) => `t${n}`);

describe("tracks by id -", () => {
  test("a long queue is fetched in requests of 50, each id once, the first first", async () => {
    const { shelf: tracks, asked, state } = shelf();
    tracks.put([track("t3")]);
    tracks.need(ids(120));
    tracks.need(ids(120));
    await until(() => ids(120).every((id) => tracks.get(id).title === id));
    expect(asked.map((one) => one.length)).toEqual([50, 50, 19]);
    expect(asked[0]?.slice(0, 4)).toEqual(["t0", "t1", "t2", "t4"]);
    expect(state.came).toBe(3);
  });

  test("until it has come a track has no name, and is the same object", () => {
    const { shelf: tracks } = shelf();
    expect(tracks.get("x")).toBe(tracks.get("x"));
    expect(tracks.get("x")).toMatchObject({ id: "x", title: "…" });
  });

  test("what did not come is asked for again after a while, and only if it is still needed", async () => {
    const { shelf: tracks, asked, state } = shelf();
    state.isAway = true;
    tracks.need(["a"]);
    await until(() => asked.length === 1);
    state.isAway = false;
    state.missing.add("b");
    for (let times = 0; times < 3; times++) tracks.need(["a", "b"]);
    await until(() => asked.length === 2);
    state.now += 5_000;
    tracks.need(["a", "b"]);
    await until(() => tracks.get("a").title === "a");
    expect(asked).toEqual([["a"], ["b"], ["a", "b"]]);
  });
});
