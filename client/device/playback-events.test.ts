import { describe, expect, test } from "@jest/globals";
import { PlaybackEvents, type PlaybackEvent, type Seen } from "./playback-events.ts";

/** A player that is looked at once a second, and the events that come of it. */
function listener() {
  const told: PlaybackEvent[] = [];
  let ids = 0;
  const events = new PlaybackEvents({ emit: (event) => told.push(event), newId: () => `e${(ids += 1)}` });
  const scene = { now: 1_000_000, item: "i1", playbackId: "p1" as string | null, positionMs: 0, phase: "sounding" as Seen["phase"], durationMs: 200_000 };
  const look = () => events.observe({ itemId: scene.item, trackId: `t-${scene.item}`, playbackId: scene.playbackId, durationMs: scene.durationMs, positionMs: scene.positionMs, phase: scene.phase }, scene.now);
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      look();
      scene.now += 1_000;
      if (scene.phase === "sounding") scene.positionMs += 1_000;
    }
    look();
  };
  return { events, scene, look, pass, told, types: () => told.map(({ type }) => type) };
}

describe("playback events -", () => {
  test("a track heard to its end: start, progress each 30 s, complete, and the next one starts", () => {
    const { scene, pass, told, types } = listener();
    scene.durationMs = 70_000;
    pass(70);
    Object.assign(scene, { item: "i2", playbackId: "p2", positionMs: 0 });
    pass(2);
    expect(types()).toEqual(["start", "progress", "progress", "complete", "start"]);
    expect(told[3]).toEqual({ eventId: "e4", type: "complete", playbackId: "p1", trackId: "t-i1", positionMs: 70_000, listenedMs: 70_000, at: 1_070_000 });
    expect(new Set(told.map(({ eventId }) => eventId)).size).toBe(5);
  });

  test("nothing is told before the first sound, and waiting for the network is no pause", () => {
    const { scene, pass, types } = listener();
    scene.phase = "waiting";
    pass(5);
    expect(types()).toEqual([]);
    scene.phase = "sounding";
    pass(3);
    scene.phase = "waiting";
    pass(5);
    scene.phase = "sounding";
    pass(3);
    expect(types()).toEqual(["start"]);
  });

  test("pause and resume; time that was paused is not heard", () => {
    const { scene, pass, told } = listener();
    pass(10);
    scene.phase = "paused";
    pass(600);
    scene.phase = "sounding";
    pass(5);
    expect(told.map(({ type, listenedMs }) => [type, listenedMs])).toEqual([["start", 0], ["pause", 10_000], ["resume", 10_000]]);
  });

  test("a seek is not listening, forwards or back", () => {
    const { events, scene, pass, told } = listener();
    pass(10);
    events.seeked(scene.positionMs, 150_000, scene.now);
    scene.positionMs = 150_000;
    pass(5);
    events.seeked(scene.positionMs, 2_000, scene.now);
    scene.positionMs = 2_000;
    pass(5);
    events.leave("skip", scene.positionMs, scene.now);
    expect(told.map(({ type, positionMs, listenedMs }) => [type, positionMs, listenedMs])).toEqual([["start", 0, 0], ["seek", 150_000, 10_000], ["seek", 2_000, 15_000], ["skip", 7_000, 20_000]]);
  });

  test("music cannot be heard faster than time passes", () => {
    const { scene, look, pass, told } = listener();
    look();
    scene.positionMs = 120_000;
    pass(1);
    expect(told.map(({ type, listenedMs }) => [type, listenedMs])).toEqual([["start", 0]]);
  });

  test("left by choice it is a skip where it was left, within a moment of the end it is complete", () => {
    const { events, scene, pass, told } = listener();
    pass(10);
    events.leave("skip", scene.positionMs, scene.now);
    Object.assign(scene, { item: "i2", playbackId: "p2", positionMs: 199_000 });
    pass(0);
    events.leave("skip", scene.positionMs, scene.now);
    Object.assign(scene, { item: "i3", playbackId: "p3", positionMs: 0 });
    pass(1);
    expect(told.map(({ type, positionMs }) => [type, positionMs])).toEqual([["start", 0], ["skip", 10_000], ["start", 199_000], ["complete", 199_000], ["start", 0]]);
  });

  test("what goes on elsewhere is paused here, and never skipped", () => {
    const { events, scene, pass, types } = listener();
    pass(10);
    events.leave("moved", scene.positionMs, scene.now);
    events.observe(null, scene.now);
    expect(types()).toEqual(["start", "pause"]);
  });

  test("the end of the queue completes, and a queue that is taken away while paused skips", () => {
    const { events, scene, pass, types } = listener();
    pass(3);
    scene.phase = "ended";
    pass(3);
    expect(types()).toEqual(["start", "complete"]);
    Object.assign(scene, { item: "i2", phase: "sounding", positionMs: 0 });
    pass(3);
    scene.phase = "paused";
    pass(3);
    events.observe(null, scene.now);
    expect(types()).toEqual(["start", "complete", "start", "pause", "skip"]);
  });

  test("a track that is played again under one right to play has another name", () => {
    const { events, scene, pass, told } = listener();
    for (const item of ["i1", "i1~1", "i1~2"]) {
      scene.item = item;
      pass(2);
      events.leave("skip", scene.positionMs, scene.now);
    }
    expect(told.filter(({ type }) => type === "start").map(({ playbackId }) => playbackId)).toEqual(["p1", "p1-2", "p1-3"]);
  });
});
