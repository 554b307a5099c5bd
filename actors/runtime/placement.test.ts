import { describe, expect, test } from "@jest/globals";
import { hash, preferred, shardOf, shardsOf } from "./placement.ts";

const vectors = [2872998923, 444641715, 2615985264, 4069053401, 2387039943, 2402279740];
const shards = ["playlist/112", "playlist/93", "playlist/111", "playlist/245"];

describe("placement", () => {
  test("a key's shard never changes: frozen vectors", () => {
    expect(["", "a", "playlist/p1", "session/Ann", "é", "𝄞"].map(hash)).toEqual(vectors);
    expect(["p1", "p2", "0f3a", "Zoë"].map((key) => shardOf("playlist", key))).toEqual(shards);
  });

  test("keys spread evenly over shards", () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 51_200; n++) counts.set(shardOf("playlist", `list-${n}`), (counts.get(shardOf("playlist", `list-${n}`)) ?? 0) + 1);
    expect(counts.size).toBe(256);
    // 200 each; five standard deviations are 71.
    expect(Math.max(...counts.values())).toBeLessThan(271);
    expect(Math.min(...counts.values())).toBeGreaterThan(129);
  });

  test("a join moves only what it takes, a leave only what it had", () => {
    const all = [...shardsOf("playlist"), ...shardsOf("session"), ...shardsOf("presence"), ...shardsOf("group")];
    for (const size of [1, 2, 3, 5, 10]) {
      const before = Array.from({ length: size }, (_, n) => `node-${n}`);
      const after = [...before, "joined"];
      const moved = all.filter((shard) => preferred(shard, before) !== preferred(shard, after));
      expect(moved.every((shard) => preferred(shard, after) === "joined")).toBe(true);
      expect(moved.length / all.length).toBeGreaterThan(0.6 / (size + 1));
      expect(moved.length / all.length).toBeLessThan(1.4 / (size + 1));
    }
  });

  test("an account's presence lives where its session lives", () => {
    const nodes = ["a", "b", "c"];
    for (const key of ["u1", "u2", "0f3a", "Zoë"]) expect(preferred(shardOf("presence", key), nodes)).toBe(preferred(shardOf("session", key), nodes));
    expect(shardOf("presence", "u1")).toBe(shardOf("session", "u1").replace("session", "presence"));
  });

  test("the order in which nodes are listed says nothing", () => {
    for (const shard of shardsOf("playlist")) expect(preferred(shard, ["c", "a", "b"])).toBe(preferred(shard, ["a", "b", "c"]));
    expect(preferred("playlist/0", [])).toBeUndefined();
  });
});
