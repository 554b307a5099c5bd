/** What a session does, by time that stands still unless it is moved. */
import { describe, expect, test } from "@jest/globals";
import { playing, refusalOf, Session, trackMs } from "./testing/session.ts";

describe("session - playing", () => {
  test("begins where it is asked for, on the device that asks; position goes on by time", () => {
    const session = playing("abc", { index: 1, positionMs: 5_000, context: { type: "album", id: "x" } });
    expect(session.view).toMatchObject({ activeDeviceId: "desktop", index: 1, isNew: false, context: { type: "album", id: "x" }, playback: { trackId: "b", positionMs: 5_000, isPlaying: true, durationMs: trackMs } });
    const told = session.told.length;
    session.play("desktop", 40_000);
    expect([session.positionMs, session.told.length, session.passed]).toEqual([45_000, told, 4]);
  });

  test("pause, resume and seek are heard by every device, whichever asks", () => {
    const session = playing();
    session.pass(4_000);
    session.ask("phone", "pause");
    session.pass(60_000);
    expect([session.positionMs, session.view.playback?.isPlaying]).toEqual([4_000, false]);
    session.report("desktop");
    session.ask("phone", "seek", { positionMs: 90_000 });
    session.ask("phone", "resume");
    session.pass(1_000);
    expect([session.positionMs, session.view.activeDeviceId]).toEqual([91_000, "desktop"]);
    expect(session.ask("phone", "seek", { positionMs: 10 * trackMs }).n).toBe(session.view.n);
    expect(session.positionMs).toBe(trackMs);
  });

  test("next leaves what was put in behind; previous goes back to the start after three seconds, to the track before otherwise", () => {
    const session = playing("abc");
    session.ask("phone", "playNext", { trackIds: ["x"] });
    session.ask("phone", "next");
    expect([session.trackId, session.tracks]).toEqual(["x", ["a", "x", "b", "c"]]);
    session.ask("phone", "next");
    expect([session.trackId, session.tracks]).toEqual(["b", ["a", "b", "c"]]);
    session.pass(3_500);
    session.ask("phone", "previous");
    expect([session.trackId, session.positionMs]).toEqual(["b", 0]);
    session.ask("phone", "previous");
    expect([session.trackId, session.positionMs]).toEqual(["a", 0]);
    session.ask("phone", "previous");
    expect(session.trackId).toBe("a");
  });

  test("next at the end of the queue does nothing, unless it repeats", () => {
    const session = playing("ab", { index: 1 });
    const { n } = session.view;
    expect(session.ask("desktop", "next").n).toBe(n);
    session.ask("desktop", "repeat", { repeat: "all" });
    session.ask("desktop", "next");
    expect(session.trackId).toBe("a");
  });

  test("goes on to the next track when time comes, at the time when the one before ended", () => {
    const session = playing("abc");
    session.play("desktop", trackMs + 15_000);
    expect([session.trackId, session.positionMs]).toEqual(["b", 15_000]);
    session.ask("phone", "repeat", { repeat: "one" });
    session.play("desktop", trackMs);
    expect([session.trackId, session.positionMs, session.rows("repeat").length]).toEqual(["b", 15_000, 1]);
    session.ask("phone", "repeat", { repeat: "off" });
    session.play("desktop", 2 * trackMs);
    expect(session.view).toMatchObject({ index: 2, playback: { trackId: "c", isPlaying: false, positionMs: trackMs } });
    session.ask("desktop", "play");
    expect([session.trackId, session.positionMs]).toEqual(["c", 0]);
    expect(session.view.history?.map(({ trackId }) => trackId)).toEqual(["a", "b", "c"]);
  });

  test("tracks without a length follow each other once a second", () => {
    const session = new Session();
    session.durations["a"] = session.durations["b"] = 0;
    session.register("desktop");
    session.ask("desktop", "play", { trackIds: ["a", "b"] });
    session.ask("desktop", "repeat", { repeat: "all" });
    const told = session.told.length;
    session.pass(10_500);
    expect(session.told.length - told).toBe(10);
  });

  test("what is asked twice happens once, and is answered as the first time", () => {
    const session = playing();
    const first = session.ask("phone", "next", { opId: "same" });
    session.pass(5_000);
    session.ask("phone", "seek", { positionMs: 0 });
    expect(session.ask("phone", "next", { opId: "same" })).toEqual(first);
    expect(session.trackId).toBe("b");
  });

  test("asks for devices, items and tracks that there are", () => {
    const session = new Session();
    expect(refusalOf(() => session.ask("phone", "pause"))).toMatchObject({ type: "DEVICE_NOT_FOUND", data: { deviceId: "phone" } });
    session.register("phone");
    expect(refusalOf(() => session.ask("phone", "pause"))).toMatchObject({ type: "NOTHING_PLAYING" });
    expect(refusalOf(() => session.ask("phone", "play"))).toMatchObject({ type: "NOTHING_PLAYING" });
    expect(refusalOf(() => session.ask("phone", "play", { trackIds: ["a", "unknown"] }))).toMatchObject({ type: "TRACK_NOT_FOUND", data: { trackIds: ["unknown"] } });
    expect(refusalOf(() => session.ask("phone", "play", { trackIds: ["a"], index: 1 }))).toMatchObject({ type: "INVALID_INPUT" });
    expect(refusalOf(() => session.ask("phone", "jump", { itemId: "none" }))).toMatchObject({ type: "ITEM_NOT_FOUND" });
    expect(refusalOf(() => session.ask("phone", "transfer", { toDeviceId: "none" }))).toMatchObject({ type: "DEVICE_NOT_FOUND" });
    expect(session.view).toMatchObject({ isNew: true, queue: [], playback: null });
  });
});

describe("session - the queue", () => {
  test("takes tracks at its end or next, gives them up, and moves them", () => {
    const session = playing("abc");
    session.ask("phone", "queue", { trackIds: ["d", "e"], opId: "q" });
    session.ask("phone", "playNext", { trackIds: ["x"], opId: "x" });
    expect([session.tracks.join(""), session.view.queue?.[1]]).toEqual(["axbcde", { itemId: "x-0", trackId: "x", source: "next" }]);
    session.ask("phone", "move", { itemId: "q-1", after: null });
    session.ask("phone", "move", { itemId: "x-0", after: "q-0" });
    expect([session.tracks.join(""), session.view.index]).toEqual(["eabcdx", 1]);
    session.ask("phone", "remove", { itemIds: ["q-0", "x-0", "none"] });
    expect(session.tracks.join("")).toBe("eabc");
  });

  test("without its current item goes on with what follows, and stands still when nothing does", () => {
    const session = playing("abc");
    const [a, b, c] = session.view.queue?.map(({ itemId }) => itemId) ?? [];
    session.ask("phone", "remove", { itemIds: [a, b] });
    expect(session.view).toMatchObject({ index: 0, playback: { itemId: c, trackId: "c", positionMs: 0, isPlaying: true } });
    session.ask("phone", "remove", { itemIds: [c] });
    expect(session.view).toMatchObject({ index: -1, playback: null, queue: [] });
  });

  test("waits when it was empty and nobody said play", () => {
    const session = new Session();
    session.register("phone");
    session.ask("phone", "queue", { trackIds: ["a", "b"] });
    expect(session.view).toMatchObject({ index: 0, playback: { trackId: "a", isPlaying: false } });
    session.ask("phone", "resume");
    expect(session.view).toMatchObject({ activeDeviceId: "phone", playback: { isPlaying: true } });
  });

  test("has at most 2,000 items", () => {
    const session = playing("a");
    session.ask("phone", "queue", { trackIds: Array.from({ length: 1_999 }, (_, at) => `t${at}`) });
    expect(refusalOf(() => session.ask("phone", "queue", { trackIds: ["one"] }))).toMatchObject({ type: "LIMIT", data: { limit: 2_000 } });
    expect(session.tracks).toHaveLength(2_000);
  });

  test("shuffles what is not current, and goes back to its order; another list is shuffled, too", () => {
    const session = playing("abcdefghij", { index: 4 });
    session.ask("phone", "shuffle", { shuffle: true, opId: "by-chance" });
    expect([session.tracks[0], session.view.index, session.view.shuffle, session.tracks.toSorted().join("")]).toEqual(["e", 0, true, "abcdefghij"]);
    expect(session.tracks.join("")).not.toBe("eabcdfghij");
    expect(session.view.playback?.isPlaying).toBe(true);
    session.ask("phone", "shuffle", { shuffle: false });
    expect([session.tracks.join(""), session.view.index]).toEqual(["abcdefghij", 4]);
    session.ask("phone", "shuffle", { shuffle: true });
    session.ask("phone", "play", { trackIds: Array.from("lmnopqrs"), index: 2 });
    expect([session.trackId, session.tracks[0], session.view.shuffle]).toEqual(["n", "n", true]);
    session.ask("phone", "shuffle", { shuffle: false });
    expect(session.tracks.join("")).toBe("lmnopqrs");
  });
});

describe("session - devices", () => {
  test("transfer carries on at the same position, also while nothing plays", () => {
    const session = playing();
    session.pass(12_345);
    session.ask("phone", "transfer", { toDeviceId: "phone" });
    expect(session.view).toMatchObject({ activeDeviceId: "phone", playback: { positionMs: 12_345, at: session.now, isPlaying: true } });
    session.pass(1_000);
    session.ask("phone", "pause");
    session.ask("phone", "transfer", { toDeviceId: "desktop" });
    expect(session.view).toMatchObject({ activeDeviceId: "desktop", playback: { positionMs: 13_345, isPlaying: false } });
  });

  test("volume is a device's own", () => {
    const session = playing();
    session.ask("phone", "volume", { volume: 0.333 });
    session.ask("phone", "volume", { volume: 0.5, toDeviceId: "phone" });
    expect(session.view.devices.map(({ volume }) => volume)).toEqual([0.33, 0.5]);
  });

  test("the free plan refuses a second one that says play; the other lets it take over; transfer is always allowed", () => {
    const session = playing();
    session.plan = "free";
    expect(refusalOf(() => session.ask("phone", "play", { trackIds: ["x"] }))).toMatchObject({ type: "OTHER_DEVICE_PLAYING", data: { deviceId: "desktop" } });
    expect(refusalOf(() => session.ask("phone", "play"))).toMatchObject({ type: "OTHER_DEVICE_PLAYING" });
    session.ask("phone", "play", { trackIds: ["x"], toDeviceId: "desktop" });
    session.ask("phone", "next");
    expect(session.view).toMatchObject({ activeDeviceId: "desktop", playback: { trackId: "x" } });
    session.ask("phone", "transfer", { toDeviceId: "phone" });
    expect(session.view.activeDeviceId).toBe("phone");
    session.ask("phone", "pause");
    session.ask("desktop", "play");
    session.plan = "premium";
    session.ask("phone", "play", { trackIds: ["y"] });
    expect(session.view).toMatchObject({ activeDeviceId: "phone", playback: { trackId: "y" } });
  });

  test("one that plays and falls silent is taken for dead: playback stops where it was heard of last", () => {
    const session = playing();
    session.play("desktop", 10_000);
    session.pass(19_999);
    expect(session.view.playback?.isPlaying).toBe(true);
    session.pass(1);
    expect(session.view).toMatchObject({ activeDeviceId: "desktop", playback: { isPlaying: false, positionMs: 10_000 } });
    session.plan = "free";
    session.ask("phone", "play", { trackIds: ["x"] });
    expect(session.view.activeDeviceId).toBe("phone");
  });

  test("is offline after 45 seconds of silence, and back with the next report", () => {
    const session = playing();
    session.ask("desktop", "pause");
    session.pass(44_000);
    session.report("phone");
    session.pass(2_000);
    expect(session.call<{ devices: { isOnline: boolean }[] }>("devices").devices.map(({ isOnline }) => isOnline)).toEqual([false, true]);
    const told = session.told.length;
    session.report("desktop");
    expect([session.view.devices[0]?.isOnline, session.told.length]).toEqual([true, told + 1]);
  });

  test("are at most 50: of those that are offline the one seen longest ago is forgotten", () => {
    const session = new Session();
    for (let n = 0; n < 50; n++) {
      session.register(`d${n}`);
      session.pass(1_000);
    }
    session.register("new");
    expect(session.view.devices.map(({ deviceId }) => deviceId)).toEqual([...Array.from({ length: 49 }, (_, n) => `d${n + 1}`), "new"]);
  });

  test("a device that is forgotten plays no more", () => {
    const session = playing();
    session.pass(2_000);
    session.call("forget", { deviceId: "desktop" });
    expect(session.view).toMatchObject({ activeDeviceId: null, playback: { isPlaying: false, positionMs: 2_000 } });
    expect(refusalOf(() => session.call("forget", { deviceId: "desktop" }))).toMatchObject({ type: "DEVICE_NOT_FOUND" });
  });

  test("stop lets go of the device and keeps the place", () => {
    const session = playing();
    session.pass(2_000);
    session.ask("phone", "stop");
    expect(session.view).toMatchObject({ activeDeviceId: null, playback: { isPlaying: false, positionMs: 2_000 } });
    session.ask("phone", "play");
    expect(session.view).toMatchObject({ activeDeviceId: "phone", playback: { isPlaying: true, positionMs: 2_000 } });
  });
});

test("session - a private session ends by itself", () => {
  const session = playing();
  session.ask("phone", "private", { private: true });
  session.ask("phone", "pause");
  session.pass(6 * 3_600_000 - 1);
  expect([session.view.private, session.call<{ private: boolean }>("word").private]).toEqual([true, true]);
  session.pass(1);
  expect(session.view.private).toBe(false);
});
