/** Visitors at a service that answers after a time of the test's choosing, on a clock of its own. */
import { describe, expect, test } from "@jest/globals";
import { Simulation } from "../engine/index.ts";
import { mergedTotal, Recorder } from "../run/index.ts";
import { Link, steadyTrace } from "../traces/index.ts";
import { emptyTally, visit, type Heard, type ListeningService, type VisitorPorts } from "./visitor.ts";

interface Seen {
  readonly atMs: number;
  readonly what: string;
}

const track = (listenMs: number, durationMs = 60_000): Heard => ({ trackId: "t", durationMs, listenMs, pauseMs: 0 });

/** Runs a visit to its end; `answer`: how a chunk ends and after how long. */
function visited(plays: readonly Heard[], { answer = () => ({ outcome: "ok", afterMs: 10 }), rateKbps, isConnected = false }: { answer?: (chunk: number, tryNumber: number) => { outcome: string; afterMs: number }; rateKbps?: number; isConnected?: boolean } = {}) {
  const sim = new Simulation({ seed: 1 });
  const now = () => sim.nowS * 1_000;
  const seen: Seen[] = [];
  const tries = new Map<number, number>();
  const later = (ms: number, act: () => void) => sim.after(ms / 1_000, run, act);
  const note = (what: string) => void seen.push({ atMs: Math.round(now()), what });
  const service: ListeningService = {
    play: (_visitor, _trackId, done) => later(20, () => done("ok", { playbackId: "p", tiers: { "96": { url: "", query: "" }, "320": { url: "", query: "" } } })),
    chunk: (_visitor, _grant, tier, chunk, done) => {
      note(`chunk ${chunk} ${tier}`);
      tries.set(chunk, (tries.get(chunk) ?? 0) + 1);
      const { outcome, afterMs } = answer(chunk, tries.get(chunk) ?? 0);
      later(afterMs, () => done(outcome, (81 * 5_000) / 8));
    },
    connect: (_visitor, pushed, done) => {
      later(5, () => done("ok"));
      later(2_000, () => pushed(now() - 30));
      return () => note("goodbye");
    },
    report: (_visitor, _report, done) => later(1, () => done("ok")),
    event: (_visitor, { type, positionMs }, done) => {
      note(`${type} ${positionMs}`);
      later(1, () => done("ok"));
    },
  };
  let isGone = false;
  const recorder = new Recorder(now, 0);
  const ports: VisitorPorts = { service, recorder, tally: emptyTally(), now, at: (ms, act) => sim.at(Math.max(sim.nowS, ms / 1_000), run, act), left: () => void (isGone = true) };
  visit({ user: 1, token: "", isConnected, ...(rateKbps === undefined ? {} : { link: new Link(steadyTrace(rateKbps, 10)) }) }, plays, ports, 0);
  sim.run();
  return { seen, isGone, tally: ports.tally, operations: mergedTotal([recorder.total()]).operations, events: seen.filter(({ what }) => !what.startsWith("chunk")) };
}

const run = (act: () => void): void => act();

describe("a visitor -", () => {
  test("hears a track: two chunks ahead at first, more when he stays, and says what players say", () => {
    const { seen, events, isGone, operations, tally } = visited([track(60_000)]);
    expect(events.map(({ what }) => what)).toEqual(["start 0", "progress 30000", "complete 60000"]);
    expect(seen.slice(0, 4)).toEqual([{ atMs: 20, what: "chunk 0 96" }, { atMs: 30, what: "chunk 1 320" }, { atMs: 30, what: "start 0" }, { atMs: 40, what: "chunk 2 320" }]);
    // The third is wanted when the second begins to be heard.
    expect(seen[4]).toEqual({ atMs: 5_030, what: "chunk 3 320" });
    expect(seen.filter(({ what }) => what.startsWith("chunk"))).toHaveLength(12);
    expect(isGone).toBe(true);
    expect([operations["start"]?.latency.maxMs, operations["report"]?.done, tally.stalls, tally.wastedBytes, tally.heardMs]).toEqual([30.015, 8, 0, 0, 60_000]);
  });

  test("who is in the middle of a track has what his player had fetched by then, and goes on with one chunk for each that he hears", () => {
    const { seen, isGone, tally } = visited([{ ...track(60_000, 200_000), fromMs: 52_000 }]);
    expect(seen.slice(0, 4)).toEqual([{ atMs: 20, what: "start 52000" }, { atMs: 3_020, what: "chunk 23 96" }, { atMs: 8_020, what: "chunk 24 320" }, { atMs: 13_020, what: "chunk 25 320" }]);
    expect([isGone, tally.stalls, tally.heardMs]).toEqual([true, 0, 60_000]);
    const nearTheEnd = visited([{ ...track(60_000, 60_000), fromMs: 40_000 }]);
    expect(nearTheEnd.seen.map(({ what }) => what)).toEqual(["start 40000", "complete 60000"]);
  });

  test("who skips leaves what was fetched ahead, and goes on with the next", () => {
    const { events, tally } = visited([track(4_000), track(60_000)]);
    expect(events[1]).toEqual({ atMs: 4_030, what: "skip 4000" });
    expect(events[2]?.what).toBe("start 0");
    expect(tally.wastedBytes).toBe(2 * 81 * 625);
  });

  test("a chunk that is late stops the music, and everything after it comes as much later", () => {
    const { events, tally } = visited([track(60_000)], { answer: (chunk) => ({ outcome: "ok", afterMs: chunk === 3 ? 14_000 : 10 }) });
    // Asked for at 5.03 s, there at 19.03 s, wanted by the ear at 15.03 s.
    expect(tally.stalls).toBe(1);
    expect(tally.stalledMs).toBeCloseTo(4_000, 0);
    expect(events.map(({ atMs }) => atMs)).toEqual([30, 34_030, 64_030]);
  });

  test("a chunk that fails is asked for again, and a track that cannot be had is given up", () => {
    const again = visited([track(20_000)], { answer: (chunk, tryNumber) => ({ outcome: chunk === 1 && tryNumber < 3 ? "503" : "ok", afterMs: 10 }) });
    expect(again.operations["chunk"]).toMatchObject({ refused: 2, codes: { "503": 2 } });
    expect(again.events.at(-1)?.what).toBe("skip 20000");
    const never = visited([track(60_000), track(5_000)], { answer: (chunk) => ({ outcome: chunk === 1 ? "ECONNREFUSED" : "ok", afterMs: 10 }) });
    expect(never.operations["chunk"]?.codes).toEqual({ ECONNREFUSED: 10 });
    expect(never.isGone).toBe(true);
  });

  test("who is connected stays so as long as he is there, and is told what friends play", () => {
    const { operations, seen } = visited([track(4_000)], { isConnected: true });
    expect([operations["connect"]?.latency.maxMs, operations["push"]?.latency.maxMs]).toEqual([5.003, 30.015]);
    expect(seen.filter(({ what }) => what === "goodbye")).toEqual([{ atMs: 4_030, what: "goodbye" }]);
  });

  test("his own link makes him take a lower tier, and that is no latency of the service", () => {
    const { seen, operations, tally } = visited([track(60_000)], { rateKbps: 150 });
    expect(seen.filter(({ what }) => what.endsWith(" 320"))).toEqual([]);
    expect(operations["chunk"]?.latency.maxMs).toBeLessThan(11);
    expect(tally.chunks).toBe(12);
  });
});
