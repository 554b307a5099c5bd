/** What stays the same when the load is a part of the world's, and what does not: counts are whole, and one playlist is one playlist. */
import { describe, expect, test } from "@jest/globals";
import { evaluateAt } from "./plan.ts";
import { resources } from "./quantities/index.ts";
import { readRequest } from "./request.ts";

const at = (scale: number) => evaluateAt(readRequest({ scale }));
const [thousandth, hundredth, tenth, whole] = [at(1e-3), at(1e-2), at(0.1), at(1)];

describe("scale -", () => {
  test.each(["egress.bps", "chunk.requests", "calls", "gateway.busy", "session.busy", "playlist.busy", "streaming.busy", "search.busy", "edge.missBps", "origin.bps", "origin.gets", "gateway.raw", "session.raw", "playlist.raw", "streaming.raw", "search.raw", "redis.ops", "postgres.commits"])(
    "1:1,000 and 1:100: %s is a tenth at the smaller",
    (name) => expect(hundredth.value(name) / thousandth.value(name)).toBeCloseTo(10, 9),
  );

  test.each([
    ["use.gatewayCpu", "gateway.nodes", "gateway.raw"],
    ["use.gatewaySockets", "gateway.nodes", "gateway.raw"],
    ["use.gatewayMemory", "gateway.nodes", "gateway.raw"],
    ["use.streamingCpu", "streaming.nodes", "streaming.raw"],
    ["use.searchCpu", "search.nodes", "search.raw"],
  ])("1:1,000 and 1:100: but for rounding up and the nodes that may fail, %s is the same", (use, count, raw) => {
    const unrounded = [thousandth, hundredth].map(({ value }) => (value(use) * value(count)) / value(raw));
    expect((unrounded[1] ?? 0) / (unrounded[0] ?? 0)).toBeCloseTo(1, 9);
    expect(thousandth.value(use)).toBeLessThan(hundredth.value(use));
  });

  test("hit ratios do not depend on it", () => {
    for (const name of ["edge.hit", "edge.byteHit", "shield.hit", "edge.pinnedHit"]) expect(thousandth.value(name)).toBe(whole.value(name));
  });

  // One writer for one playlist, however many there are; servers of a PoP are rounded up.
  const notOfACell = ["use.hotPlaylist", "use.edgeLinks"];

  test("cell by cell it is the same: 1:10 fills one, 1:1 ten of them, and utilisations are within 2 %", () => {
    expect([tenth.value("cells"), whole.value("cells")]).toEqual([1, 10]);
    const off = resources.filter(({ name }) => Math.abs(tenth.value(name) / whole.value(name) - 1) > 0.02).map(({ name }) => name);
    expect(off).toEqual(notOfACell);
  });
});
