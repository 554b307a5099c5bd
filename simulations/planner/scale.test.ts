/** What stays the same when the load is a part of the world's, and what does not: counts are whole, and one playlist is one playlist. */
import { describe, expect, test } from "@jest/globals";
import { evaluateAt } from "./plan.ts";
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

  test.each([
    ["use.gatewayCpu", "gateway.perCell"],
    ["use.gatewaySockets", "gateway.perCell"],
    ["use.streamingCpu", "streaming.perCell"],
    ["use.searchCpu", "search.perCell"],
    ["use.redisOps", "redis.shardsPerCell"],
    ["use.natsCpu", "nats.perCell"],
  ])("a part of the load in fewer cells: 1:10 and the whole differ in %s by no more than one of them in a cell", (use, count) => {
    expect(whole.value("cells")).toBeGreaterThan(tenth.value("cells"));
    const one = 2 / Math.min(tenth.value(count), whole.value(count));
    expect(Math.abs(whole.value(use) / tenth.value(use) - 1)).toBeLessThan(one);
  });

  test("where a cell has a hundred of a kind, that is within 2 %", () => {
    expect(Math.min(tenth.value("gateway.perCell"), whole.value("gateway.perCell"))).toBeGreaterThan(100);
    for (const use of ["use.gatewayCpu", "use.gatewaySockets", "use.gatewayMemory", "use.sessionCpu"]) expect(Math.abs(whole.value(use) / tenth.value(use) - 1)).toBeLessThan(0.02);
  });

  test("one playlist has one writer: it is as full as the load is large", () => {
    expect(whole.value("use.hotPlaylist") / tenth.value("use.hotPlaylist")).toBeCloseTo(10, 9);
  });
});
