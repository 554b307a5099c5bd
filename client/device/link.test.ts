import { describe, expect, test } from "@jest/globals";
import { ApiError } from "../errors.ts";
import { Scene, type SimulatedDevice } from "./testing/scene.ts";
import type { Wish } from "./wishes.ts";

const list = (trackIds: readonly string[] = ["t0", "t1", "t2"], index: number = 0): Wish => ({ type: "list", trackIds, index, positionMs: 0, context: { type: "album", id: "a" } });
const item = ({ player }: SimulatedDevice) => player.state.item?.track.id ?? null;
const second = (ms: number) => Math.round(ms / 1_000);

const pair = async () => {
  const scene = new Scene();
  const [a, b] = [scene.device("a"), scene.device("b")];
  await scene.pass(100);
  a.do(list());
  await scene.pass(20_000);
  return { scene, a, b };
};

describe("one device -", () => {
  test("what is pressed is heard at once, and the session does the same", async () => {
    const scene = new Scene();
    const a = scene.device("a");
    await scene.pass(100);
    a.do(list());
    expect([a.player.state.status, item(a), a.link.copy.queue.length]).toEqual(["loading", "t0", 3]);
    await scene.pass(10_000);
    expect(scene.view).toMatchObject({ activeDeviceId: "a", index: 0, playback: { trackId: "t0", isPlaying: true } });
    a.do({ type: "pause" });
    expect(a.player.state.status).toBe("paused");
    await scene.pass(5_000);
    a.do({ type: "seek", positionMs: 30_000 });
    a.do({ type: "resume" });
    a.do({ type: "next" });
    a.do({ type: "playNext", trackIds: ["t4"] });
    await scene.pass(2_000);
    expect(a.player.did).toEqual(["play o2-0 0", "pause", "seek 30000", "resume", "play o2-1 0"]);
    expect(scene.view.queue.map(({ trackId }) => trackId)).toEqual(["t0", "t1", "t4", "t2"]);
    expect(a.link.copy).toMatchObject({ index: 1, playback: { trackId: "t1" } });
    expect(a.player.upcoming).toHaveLength(3);
  });

  test("reports every 8 s while it plays, at each change at once, and every 20 s when it does not", async () => {
    const scene = new Scene();
    const a = scene.device("a");
    await scene.pass(100);
    a.do(list());
    await scene.pass(1_000);
    a.reports.length = 0;
    await scene.pass(40_000);
    expect(a.reports.length).toBe(5);
    expect(a.reports.every(({ isPlaying, itemId }) => isPlaying === true && itemId === "o2-0")).toBe(true);
    await scene.pass(20_000);
    // The track has ended: the next one is told in the same second.
    expect(a.reports.find(({ itemId }) => itemId === "o2-1")).toMatchObject({ trackId: "t1" });
    expect(scene.view.playback?.trackId).toBe("t1");
    a.do({ type: "pause" });
    a.reports.length = 0;
    await scene.pass(100);
    expect(a.reports.at(-1)).toMatchObject({ isPlaying: false });
    await scene.pass(1_000);
    a.reports.length = 0;
    await scene.pass(60_000);
    expect(a.reports.length).toBe(3);
    expect(scene.view.playback).toMatchObject({ isPlaying: false });
  });

  test("runs through the queue, repeats it, repeats one", async () => {
    const scene = new Scene();
    const a = scene.device("a");
    await scene.pass(100);
    a.do(list(["t0", "t1"]));
    a.do({ type: "repeat", repeat: "all" });
    await scene.pass(150_000);
    expect([item(a), second(a.player.positionMs), scene.view.playback?.itemId]).toEqual(["t0", 30, "o2-0"]);
    a.do({ type: "repeat", repeat: "one" });
    await scene.pass(120_000);
    expect([item(a), second(a.player.positionMs)]).toEqual(["t0", 30]);
    a.do({ type: "repeat", repeat: "off" });
    await scene.pass(100_000);
    expect([item(a), a.player.state.status, scene.view.playback?.isPlaying]).toEqual(["t1", "ended", false]);
    // Nothing was started by hand but the first.
    expect(a.player.did).toHaveLength(1);
    expect(a.events.filter(({ type }) => type === "complete")).toHaveLength(6);
    expect(new Set(a.events.filter(({ type }) => type === "start").map(({ playbackId }) => playbackId)).size).toBe(6);
  });

  test("a song that was put in to be played next has its turn once", async () => {
    const scene = new Scene();
    const a = scene.device("a");
    await scene.pass(100);
    a.do(list(["t0", "t1"]));
    a.do({ type: "playNext", trackIds: ["t4"] });
    await scene.pass(61_000);
    expect([item(a), a.link.copy.queue.map(({ trackId }) => trackId)]).toEqual(["t4", ["t0", "t4", "t1"]]);
    await scene.pass(60_000);
    expect([item(a), a.link.copy.queue.map(({ trackId }) => trackId)]).toEqual(["t1", ["t0", "t1"]]);
  });

  test("without the session everything goes on, and is told in order later", async () => {
    const scene = new Scene();
    const a = scene.device("a");
    await scene.pass(100);
    a.do(list());
    await scene.pass(1_000);
    a.online(false);
    a.do({ type: "next" });
    a.do({ type: "seek", positionMs: 5_000 });
    a.do({ type: "seek", positionMs: 40_000 });
    a.do({ type: "playNext", trackIds: ["t4"] });
    await scene.pass(25_000);
    expect([item(a), second(a.player.positionMs)]).toEqual(["t4", 5]);
    const before = a.player.did.length;
    a.online(true);
    await scene.pass(3_000);
    expect(scene.asked.map(({ wish }) => wish.type)).toEqual(["list", "next", "seek", "playNext"]);
    expect(scene.view).toMatchObject({ playback: { trackId: "t4", isPlaying: true } });
    expect(Math.abs((scene.view.playback?.positionMs ?? 0) - a.player.positionMs + scene.now - (scene.view.playback?.at ?? 0))).toBeLessThan(1_500);
    expect(a.player.did.length).toBe(before);
  });

  test("a service that is busy is asked again, later each time, and no other wish overtakes", async () => {
    const scene = new Scene();
    const a = scene.device("a");
    await scene.pass(100);
    let refusals = 3;
    scene.refuse = () => {
      if (refusals-- > 0) throw new ApiError({ status: 503, code: "UNAVAILABLE", message: "Later.", retryable: true });
    };
    a.do(list());
    a.do({ type: "next" });
    await scene.pass(8_000);
    expect([scene.asked.map(({ wish }) => wish.type), a.refusals]).toEqual([["list", "list", "list", "list", "next"], []]);
    expect([item(a), scene.view.playback?.trackId]).toEqual(["t1", "t1"]);
  });

  test("a wish whose answer was lost is told again under its name, and done once", async () => {
    const scene = new Scene();
    const a = scene.device("a");
    await scene.pass(100);
    a.do(list());
    await scene.pass(1_000);
    a.do({ type: "next" });
    // It arrives; the answer does not.
    await scene.pass(30);
    a.online(false);
    await scene.pass(500);
    a.online(true);
    await scene.pass(2_000);
    expect([scene.asked.filter(({ wish }) => wish.type === "next").length, item(a), scene.view.playback?.trackId]).toEqual([1, "t1", "t1"]);
    expect(a.player.did).toEqual(["play o2-0 0", "play o2-1 0"]);
  });

  test("a session that has lost everything gets it back, and nothing is heard of it", async () => {
    const scene = new Scene();
    const a = scene.device("a");
    await scene.pass(100);
    a.do(list());
    await scene.pass(20_000);
    scene.forget();
    await scene.pass(2_000);
    expect(scene.view).toMatchObject({ isNew: false, activeDeviceId: "a", playback: { trackId: "t0", isPlaying: true } });
    expect([scene.view.queue.length, a.player.did.length, second(a.player.positionMs)]).toEqual([3, 1, 22]);
  });

  test("a page that comes back stands where it was left, in silence, until somebody presses play", async () => {
    const scene = new Scene();
    const a = scene.device("a");
    await scene.pass(100);
    a.do(list());
    await scene.pass(30_000);
    const kept = a.link.leave();
    await scene.pass(100);
    scene.remove("a");
    await scene.pass(2_000);
    const again = scene.device("a", { kept: JSON.parse(JSON.stringify(kept)) as typeof kept });
    expect([item(again), again.player.state.status, second(again.link.positionMs)]).toEqual(["t0", "paused", 30]);
    await scene.pass(1_000);
    expect([again.player.state.status, second(again.link.positionMs), again.link.copy.queue.length]).toEqual(["paused", 30, 3]);
    again.do({ type: "resume" });
    await scene.pass(5_000);
    expect([second(again.player.positionMs), scene.view.playback?.isPlaying]).toEqual([35, true]);
    // Without what was kept: what the session says.
    scene.remove("a");
    await scene.pass(1_000);
    const bare = scene.device("a");
    await scene.pass(1_000);
    expect([item(bare), bare.player.state.status, second(bare.link.positionMs)]).toEqual(["t0", "paused", 36]);
  });
});

describe("two devices -", () => {
  test("the one that does not play is silent and shows what the other plays", async () => {
    const { a, b } = await pair();
    expect([b.player.did, b.link.isHere, b.link.elsewhere?.name]).toEqual([[], false, "a"]);
    expect(b.link.copy.queue).toEqual(a.link.copy.queue);
    expect(Math.abs(b.link.positionMs - a.player.positionMs)).toBeLessThan(1_000);
  });

  test("transfer: the music goes on there at the same place, and stops here", async () => {
    const { scene, a, b } = await pair();
    const at = a.player.positionMs;
    b.do({ type: "transfer", target: "b" });
    await scene.pass(1_000);
    expect(a.player.state.item).toBeNull();
    expect([item(b), b.player.state.status]).toEqual(["t0", "playing"]);
    expect(Math.abs(b.player.positionMs - at - 1_000)).toBeLessThan(1_000);
    expect(a.events.map(({ type }) => type)).toEqual(["start", "pause"]);
    expect(a.link.elsewhere?.name).toBe("b");
    // And back, pushed by the one that plays.
    b.do({ type: "transfer", target: "a" });
    await scene.pass(1_000);
    expect([item(a), item(b)]).toEqual(["t0", null]);
  });

  test("the other's buttons work on the one that plays", async () => {
    const { scene, a, b } = await pair();
    b.do({ type: "pause" });
    expect(b.link.copy.playback?.isPlaying).toBe(false);
    await scene.pass(100);
    expect(a.player.state.status).toBe("paused");
    b.do({ type: "seek", positionMs: 45_000 });
    b.do({ type: "resume" });
    await scene.pass(1_000);
    expect([second(a.player.positionMs), a.player.state.status]).toEqual([46, "playing"]);
    b.do({ type: "next" });
    await scene.pass(500);
    expect(item(a)).toBe("t1");
    b.link.setVolume(0.4);
    b.link.setVolume(0.3);
    await scene.pass(500);
    expect([a.player.state.volume, b.player.state.volume]).toEqual([0.3, 1]);
    expect(scene.asked.filter(({ wish }) => wish.type === "volume")).toHaveLength(1);
    expect(b.player.did).toEqual([]);
  });

  test("to begin playing here while the other plays waits for the session: it may be refused", async () => {
    const { scene, a, b } = await pair();
    const problem = new ApiError({ status: 409, code: "OTHER_DEVICE_PLAYING", message: "Another device is playing.", retryable: false });
    scene.refuse = ({ wish }, by) => {
      if (wish.type === "list" && by === "b") throw problem;
    };
    b.do(list(["t3"]));
    expect(b.player.did).toEqual([]);
    await scene.pass(1_000);
    expect([b.refusals, b.player.did, item(a), b.link.copy.queue.length]).toEqual([[{ error: problem, wish: list(["t3"]) }], [], "t0", 3]);
    scene.refuse = () => {};
    b.do(list(["t3"]));
    await scene.pass(1_000);
    expect([item(a), item(b), b.player.state.status]).toEqual([null, "t3", "playing"]);
  });

  test("when a wish is refused the player goes back to what the session says", async () => {
    const { scene, a } = await pair();
    scene.refuse = ({ wish }) => {
      if (wish.type === "next") throw new ApiError({ status: 422, code: "LIMIT", message: "No.", retryable: false });
    };
    a.do({ type: "next" });
    expect(item(a)).toBe("t1");
    await scene.pass(1_000);
    expect([item(a), a.refusals.length, second(a.player.positionMs)]).toEqual(["t0", 1, 21]);
  });

  test("both press at once: both do what the session decided", async () => {
    const { scene, a, b } = await pair();
    a.do({ type: "seek", positionMs: 10_000 });
    b.do({ type: "pause" });
    await scene.pass(1_000);
    expect([a.player.state.status, second(a.player.positionMs)]).toEqual(["paused", 10]);
    expect([b.link.copy.playback?.isPlaying, second(b.link.positionMs)]).toEqual([false, 10]);
  });

  test("what another pressed a moment earlier is not lost to what was pressed here", async () => {
    const { scene, a, b } = await pair();
    b.do({ type: "pause" });
    a.do({ type: "seek", positionMs: 40_000 });
    expect(a.player.state.status).not.toBe("paused");
    await scene.pass(1_000);
    expect([a.player.state.status, second(a.player.positionMs), scene.view.playback?.isPlaying]).toEqual(["paused", 40, false]);
  });

  test("a device that is gone is not waited for: the music is taken over from where it was", async () => {
    const { scene, b } = await pair();
    scene.remove("a");
    const { devices, playback } = scene.view;
    scene.say({ devices: devices.map((device) => ({ ...device, isOnline: device.deviceId !== "a" })), playback: playback === null ? null : { ...playback, positionMs: 21_000, at: scene.now, isPlaying: false } });
    await scene.pass(1_000);
    b.do({ type: "resume" });
    expect([item(b), b.player.state.status, second(b.player.positionMs)]).toEqual(["t0", "loading", 21]);
    await scene.pass(1_000);
    expect(scene.view.activeDeviceId).toBe("b");
  });

  test("who is not active waits before he gives back what the session lost", async () => {
    const { scene, a, b } = await pair();
    a.online(false);
    scene.forget();
    await scene.pass(2_000);
    expect(scene.view.isNew).toBe(true);
    await scene.pass(4_000);
    expect(scene.view).toMatchObject({ isNew: false, activeDeviceId: "a" });
    expect(b.player.did).toEqual([]);
    a.online(true);
    await scene.pass(2_000);
    expect([item(a), a.player.did.length]).toEqual(["t0", 1]);
  });

  test("a page that may not sound says so, and the session knows that it does not play", async () => {
    const scene = new Scene();
    const a = scene.device("a");
    let blocked = 0;
    const b = scene.device("b", { maySound: () => false, blocked: () => (blocked += 1) });
    await scene.pass(100);
    a.do(list());
    await scene.pass(10_000);
    a.do({ type: "transfer", target: "b" });
    await scene.pass(2_000);
    expect([blocked, b.player.state.status, item(a), scene.view.playback?.isPlaying]).toEqual([1, "paused", null, false]);
  });

  test("somebody else may drive the player for a while: the session is told what it plays, and what it says is not done", async () => {
    const { scene, a, b } = await pair();
    a.link.hold(() => ({ itemId: "g1", trackId: "t4", playbackId: "play-g", durationMs: 60_000, positionMs: 7_000, phase: "sounding" }));
    const before = a.player.did.length;
    b.do({ type: "seek", positionMs: 50_000 });
    await scene.pass(3_000);
    expect(a.player.did.length).toBe(before);
    expect(a.reports.at(-1)).toMatchObject({ trackId: "t4", playbackId: "play-g", isPlaying: true });
    expect(a.events.map(({ type, trackId }) => [type, trackId])).toEqual([["start", "t0"], ["pause", "t0"], ["start", "t4"]]);
    a.link.hold(null);
    expect([item(a), a.player.state.status]).toEqual(["t0", "paused"]);
  });
});
