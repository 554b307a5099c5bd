/** What reports of devices change, and what they do not; what is in the listening log; what survives a loss. */
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { sessionActor } from "./actor.ts";
import { changesWord, unpackState, type Command, type SessionState, type SessionView } from "./model/index.ts";
import { playing, refusalOf, Session, trackMs } from "./testing/session.ts";

const heard = (session: Session, ms: number) => session.play("desktop", ms);
const admit = (session: Session, deviceId: string, playbackId: string, trackId = "x") => session.call("admit", { deviceId, trackId, playbackId });
const trackIdOf = (n: number) => `track-${String(n).padStart(16, "0")}`;

describe("session - reports", () => {
  test("that confirm change nothing and are told to nobody; what differs by more is the truth", () => {
    const session = playing();
    const told = session.told.length;
    for (let n = 0; n < 3; n++) {
      session.pass(10_000);
      session.report("desktop", { isPlaying: true, positionMs: 10_000 * (n + 1) + (n - 1) * 1_499 });
      session.report("phone");
    }
    expect([session.told.length, session.positionMs]).toEqual([told, 30_000]);
    session.report("desktop", { isPlaying: true, positionMs: 28_000 });
    expect([session.told.length, session.positionMs]).toEqual([told + 1, 28_000]);
    session.report("desktop", { isPlaying: false, positionMs: 28_000 });
    expect(session.view.playback?.isPlaying).toBe(false);
  });

  test("speak of a time that may be a little ago", () => {
    const session = playing();
    session.pass(20_000);
    session.report("desktop", { isPlaying: true, positionMs: 50_000, at: session.now - 2_000 });
    expect(session.positionMs).toBe(52_000);
    session.report("desktop", { isPlaying: true, positionMs: 1_000, at: 0 });
    expect(session.positionMs).toBe(11_000);
    session.report("desktop", { isPlaying: true, positionMs: 60_000, at: session.now + 1e9 });
    expect(session.positionMs).toBe(60_000);
  });

  test("of a device that has not heard of the last command count as a sign of life alone", () => {
    const session = playing();
    const { n } = session.view;
    session.pass(5_000);
    session.ask("phone", "pause");
    session.report("desktop", { isPlaying: true, positionMs: 5_000, seen: { epoch: 1, n } });
    session.report("desktop", { isPlaying: true, positionMs: 5_000 });
    expect(session.view.playback?.isPlaying).toBe(false);
    session.report("desktop", { isPlaying: true, positionMs: 5_000, seen: { epoch: 1, n: session.view.n } });
    expect(session.view.playback?.isPlaying).toBe(true);
    session.ask("phone", "transfer");
    expect(session.report("desktop", { isPlaying: true, positionMs: 5_000 }).activeDeviceId).toBe("phone");
    expect(session.view.activeDeviceId).toBe("phone");
  });

  test("of another device that plays take over when nobody else plays, never from one that does", () => {
    const session = playing();
    expect(session.report("phone", { isPlaying: true, trackId: "x", positionMs: 0 }).activeDeviceId).toBe("desktop");
    session.ask("desktop", "pause");
    session.pass(4_000);
    session.report("phone", { isPlaying: true, trackId: "x", positionMs: 7_000, playbackId: "p" });
    expect(session.view).toMatchObject({ activeDeviceId: "phone", playback: { trackId: "x", positionMs: 7_000, playbackId: "p" } });
    expect(session.tracks.join("")).toBe("axbcde");
  });

  test("tell which item is heard; a join without a gap is no change of position", () => {
    const session = playing("abc");
    session.play("desktop", 190_000);
    session.pass(9_800);
    session.report("desktop", { isPlaying: true, trackId: "b", positionMs: 0, playbackId: "pb" });
    expect([session.trackId, session.positionMs, session.view.playback?.playbackId]).toEqual(["b", 0, "pb"]);
    session.play("desktop", 190_000);
    session.pass(10_100);
    expect([session.trackId, session.positionMs]).toEqual(["c", 100]);
    const told = session.told.length;
    session.report("desktop", { isPlaying: true, trackId: "b", positionMs: 199_400, at: session.now - 300 });
    expect([session.trackId, session.told.length]).toEqual(["c", told]);
    session.report("desktop", { isPlaying: true, trackId: "b", positionMs: 100_000 });
    expect([session.trackId, session.positionMs]).toEqual(["b", 100_000]);
  });

  test("positions stay between the start and the end", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ positionMs: fc.oneof(fc.integer({ min: -1e6, max: 1e9 }), fc.double({ min: 0, max: 3e5, noNaN: true })), isPlaying: fc.boolean(), waitMs: fc.nat(100_000), seek: fc.boolean() }), { maxLength: 20 }), (steps) => {
        const session = playing();
        for (const { waitMs, seek, ...step } of steps) {
          session.pass(waitMs);
          if (seek) session.ask("phone", "seek", step);
          else session.report("desktop", step);
          const { playback } = session.state;
          expect(playback?.positionMs).toBeGreaterThanOrEqual(0);
          expect(playback?.positionMs).toBeLessThanOrEqual(playback?.durationMs ?? 0);
          expect(Number.isSafeInteger(playback?.positionMs)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("session - the listening log", () => {
  test("has a play after 30 seconds of listening or half the track, once per playback", () => {
    const session = playing("ab", { playbackId: "p1" });
    heard(session, 29_000);
    expect(session.rows("play")).toEqual([]);
    const began = session.state.playback?.startedAt;
    heard(session, 10_000);
    expect(session.rows("play")).toEqual([{ id: "p1:play", userId: "u1", type: "play", at: began, trackId: "a", playbackId: "p1", deviceId: "desktop", listenedMs: 39_000 }]);
    session.ask("desktop", "seek", { positionMs: 0 });
    heard(session, 60_000);
    session.durations["short"] = 20_000;
    session.ask("desktop", "play", { trackIds: ["short"], playbackId: "p2" });
    heard(session, 9_000);
    session.ask("desktop", "pause");
    session.pass(60_000);
    session.report("desktop", { isPlaying: false });
    expect(session.rows("play")).toHaveLength(1);
    session.ask("desktop", "resume");
    heard(session, 1_000);
    expect(session.rows("play").map(({ id }) => id)).toEqual(["p1:play", "p2:play"]);
    expect(session.appended).toBe(session.log.size);
  });

  test("counts no time that did not pass, nor any that nobody confirms", () => {
    const session = playing("ab", { playbackId: "p1" });
    for (let n = 1; n < 10; n++) session.report("desktop", { isPlaying: true, positionMs: n * 20_000 });
    expect(session.rows("play")).toEqual([]);
    session.report("desktop", { isPlaying: true, positionMs: 0 });
    session.pass(20_000);
    session.pass(60_000);
    session.report("desktop", { isPlaying: true, positionMs: 100_000 });
    expect(session.rows("play")).toEqual([]);
  });

  test("counts no time in which a device waited for its network", () => {
    const session = playing("ab", { playbackId: "p1" });
    for (let n = 0; n < 4; n++) {
      session.pass(10_000);
      session.report("desktop", { isPlaying: true, positionMs: 1_000 });
    }
    expect([session.rows("play").length, session.state.playback?.heardMs]).toEqual([0, 1_000]);
  });

  test("has a skip once, whoever says it first", () => {
    const session = playing("abc", { playbackId: "p1", context: { type: "album", id: "al" } });
    heard(session, 12_000);
    session.ask("phone", "next");
    expect(session.rows("skip")).toEqual([expect.objectContaining({ id: "p1:skip", trackId: "a", positionMs: 12_000, listenedMs: 12_000, context: "album:al" })]);
    expect(session.call("event", { playbackId: "p1", type: "skip", positionMs: 12_100, at: session.now, eventId: "mine" })).toEqual({ id: "p1:skip" });
    session.report("desktop", { isPlaying: true, trackId: "b", playbackId: "p2", positionMs: 0 });
    session.pass(5_000);
    session.call("event", { playbackId: "p2", type: "skip", positionMs: 5_000, at: session.now, eventId: "mine2" });
    session.ask("desktop", "next");
    expect(session.rows("skip").map(({ id }) => id)).toEqual(["p1:skip", "mine2"]);
  });

  test("has no skip of a track that is over, or of which nothing was heard", () => {
    const session = playing("abc");
    session.ask("desktop", "next");
    heard(session, trackMs - 1_500);
    session.ask("desktop", "next");
    expect([session.trackId, session.rows("skip")]).toEqual(["c", []]);
  });

  test("has a repeat when a track begins again", () => {
    const session = playing("ab", { playbackId: "p1" });
    heard(session, 5_000);
    session.ask("desktop", "previous", { opId: "again" });
    session.ask("desktop", "previous", { opId: "again" });
    expect(session.rows("repeat").map(({ id, trackId }) => [id, trackId])).toEqual([["again:repeat", "a"]]);
    session.ask("desktop", "repeat", { repeat: "one" });
    heard(session, 190_000);
    session.pass(9_900);
    session.report("desktop", { isPlaying: true, trackId: "a", positionMs: 50, playbackId: "p1" });
    session.pass(200);
    expect([session.rows("repeat").length, session.positionMs, session.rows("play").length]).toEqual([2, 250, 1]);
  });

  test("has what clients say, once however often they say it", () => {
    const session = playing("ab", { playbackId: "p1" });
    const at = session.now;
    for (let twice = 0; twice < 2; twice++) {
      expect(session.call("event", { playbackId: "p1", type: "progress", positionMs: 5_000, at })).toEqual({ id: `p1:progress:5000:${at}` });
      expect(session.call("event", { playbackId: "p1", type: "start", positionMs: 0, at, eventId: "e1" })).toEqual({ id: "e1" });
      expect(session.call("mark", { type: "save", trackId: "z", at })).toEqual({ id: `save:z:${at}` });
    }
    expect([...session.log.values()].map(({ id, trackId }) => [id, trackId])).toEqual([[`p1:progress:5000:${at}`, "a"], ["e1", "a"], [`save:z:${at}`, "z"]]);
  });

  test("asks for the track of a playback that is not remembered, and for a time that may be", () => {
    const session = playing("ab");
    const event = { playbackId: "lost", type: "complete", positionMs: 1, at: session.now };
    expect(refusalOf(() => session.call("event", event))).toMatchObject({ type: "PLAYBACK_NOT_FOUND" });
    session.call("event", { ...event, trackId: "a" });
    session.call("admit", { deviceId: "desktop", trackId: "b", playbackId: "known" });
    for (const wrong of [{ playbackId: "known", trackId: "a" }, { at: session.now + 301_000, trackId: "a" }, { at: session.now - 31 * 86_400_000, trackId: "a" }]) {
      expect(refusalOf(() => session.call("event", { ...event, ...wrong }))).toMatchObject({ type: "INVALID_INPUT" });
    }
    expect([...session.log.values()].map(({ type, trackId }) => [type, trackId])).toEqual([["complete", "a"]]);
  });
});

describe("session - what is granted", () => {
  test("is refused by the free plan while another device plays; fetching ahead, and playing when nobody does, is not", () => {
    const session = playing();
    session.plan = "free";
    expect(refusalOf(() => admit(session, "phone", "p1"))).toMatchObject({ type: "OTHER_DEVICE_PLAYING", code: 409, data: { deviceId: "desktop" } });
    admit(session, "desktop", "p2", "b");
    session.ask("phone", "pause");
    admit(session, "phone", "p3");
    expect(session.told.every(({ changes }) => changes.every((change) => change.do !== "admit"))).toBe(true);
  });

  test("lets a second device take over on the other plan: the first stops", () => {
    const session = playing();
    session.pass(3_000);
    admit(session, "shell", "p1");
    expect(session.view).toMatchObject({ activeDeviceId: "shell", playback: { isPlaying: false, positionMs: 3_000 } });
    session.report("desktop", { isPlaying: true, positionMs: 3_000 });
    expect(session.view.activeDeviceId).toBe("shell");
    session.ask("desktop", "play");
    admit(session, "a name that no URL holds", "p2");
    expect(session.view).toMatchObject({ activeDeviceId: null, playback: { isPlaying: false } });
  });

  test("names the playing of its track when that begins", () => {
    const session = playing("ab");
    admit(session, "desktop", "ahead", "b");
    session.play("desktop", trackMs + 5_000);
    expect(session.view.playback).toMatchObject({ trackId: "b", playbackId: "ahead" });
    for (let n = 0; n < 20; n++) admit(session, "desktop", `p${n}`);
    expect(session.state.playbacks.map(({ playbackId }) => playbackId)).toEqual(Array.from({ length: 8 }, (_, n) => `p${n + 12}`));
  });
});

describe("session - after a loss", () => {
  test("of memory alone goes on from the mirror as if nothing had been", () => {
    const session = playing("abc", { playbackId: "p1" });
    session.play("desktop", 20_000);
    const before = session.view;
    session.passivate();
    expect(session.view).toEqual(before);
    session.play("desktop", 20_000);
    expect([session.positionMs, session.rows("play").length]).toEqual([40_000, 1]);
  });

  test("tells friends again, once, what plays: they may have lost it", () => {
    const session = playing("abc");
    session.pass(5_000);
    session.passivate();
    sessionActor.soft?.revived?.(session.state, session.now + 8_000);
    session.now += 8_000;
    const words: number[] = [];
    session.heard = (event) => words.push(Number(changesWord(event)));
    session.report("desktop", { isPlaying: true, positionMs: 13_000 });
    session.report("desktop", { isPlaying: true, positionMs: 13_000 });
    expect(words).toEqual([1, 0]);
  });

  test("that lasted longer than its track is not playing any more", () => {
    const session = playing("abc");
    for (const [waitMs, isPlaying] of [[trackMs, true], [trackMs + 60_000, false]] as const) {
      const copy = sessionActor.unpack(JSON.parse(session.passivate()), 1);
      sessionActor.soft?.revived?.(copy, (copy.playback?.at ?? 0) + waitMs);
      expect(copy.playback?.isPlaying).toBe(isPlaying);
    }
  });

  test("of everything is rebuilt from the devices: first what plays, then the rest", () => {
    const session = playing("abcde", { index: 2, playbackId: "p1", context: { type: "playlist", id: "l" } });
    session.ask("phone", "playNext", { trackIds: ["x"] });
    session.ask("phone", "repeat", { repeat: "all" });
    session.play("desktop", 20_000);
    const before = session.view;
    session.lose();
    expect(session.report("desktop", { isPlaying: true, trackId: "c", playbackId: "p1", positionMs: 20_000 })).toMatchObject({ isNew: true, activeDeviceId: "desktop" });
    expect([session.trackId, session.positionMs]).toEqual(["c", 20_000]);
    session.pass(500);
    session.restore("desktop", before);
    const { n, queueVersion, devices, playback, control, ...rest } = session.view;
    expect(before).toMatchObject(rest);
    expect(control).toEqual({ n, by: "desktop" });
    expect(playback?.startedAt).toBe(before.playback?.startedAt);
    expect([playback?.itemId, session.positionMs, devices.map(({ name, type, isOnline }) => [name, type, isOnline])]).toEqual([before.playback?.itemId, 20_500, [["desktop", "desktop", true], ["phone", "phone", false]]]);
    expect([n > before.n, queueVersion > before.queueVersion]).toEqual([true, true]);
  });

  test("is not rebuilt when it knows anything: the first device wins", () => {
    const session = playing("abc");
    const old = session.view;
    session.ask("desktop", "play", { trackIds: ["z"] });
    session.restore("phone", old);
    expect(session.tracks).toEqual(["z"]);
    session.lose();
    session.restore("phone", old);
    session.restore("desktop", { ...old, queue: [] });
    expect(session.tracks.join("")).toBe("abc");
  });

  test("leaves out what is not there any more, and does not play what is over", () => {
    const session = playing("abc");
    const old: SessionView = { ...session.view, queue: [{ itemId: "u", trackId: "unknown", source: "context" }, ...(session.view.queue ?? [])], index: 1 };
    session.lose();
    session.now += 3_600_000;
    session.restore("desktop", old);
    expect(session.view).toMatchObject({ index: 0, playback: { trackId: "a", isPlaying: false, positionMs: 0 } });
    expect(session.tracks.join("")).toBe("abc");
  });

  test("a device that plays and comes back alone is heard, though nobody registered it", () => {
    const session = new Session();
    expect(session.report("tv", { isPlaying: true, trackId: "a", positionMs: 1_000 })).toMatchObject({ isNew: true, activeDeviceId: "tv" });
    expect(session.view).toMatchObject({ devices: [{ deviceId: "tv", type: "other" }], playback: { trackId: "a", isPlaying: true } });
  });
});

const commands: fc.Arbitrary<Partial<Command>> = fc.oneof(
  fc.record({ type: fc.constantFrom("play" as const, "queue" as const, "playNext" as const), trackIds: fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 6 }) }),
  fc.record({ type: fc.constantFrom("resume" as const, "pause" as const, "next" as const, "previous" as const, "stop" as const, "transfer" as const) }),
  fc.record({ type: fc.constant("seek" as const), positionMs: fc.nat(2 * trackMs) }),
  fc.record({ type: fc.constant("shuffle" as const), shuffle: fc.boolean() }),
  fc.record({ type: fc.constant("repeat" as const), repeat: fc.constantFrom("off" as const, "all" as const, "one" as const) }),
  fc.record({ type: fc.constantFrom("jump" as const, "move" as const, "remove" as const), which: fc.nat(20), after: fc.nat(20) }).map(({ type, which, after }) => ({ type, itemId: `#${which}`, itemIds: [`#${which}`], after: `#${after}` })),
);

/** Times in the mirror are whole, those of the history whole seconds; ranks count only while it is shuffled. */
const shown = ({ queue, history, ...rest }: SessionState) => ({ ...rest, queue: { ...queue, items: queue.items.map(({ rank, ...item }) => (queue.isShuffled ? { ...item, rank } : item)) }, history: history.map(({ trackId }) => trackId) });

describe("session - whatever is asked", () => {
  test("what plays is the current item, the mirror has all of it, and it is small", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ command: commands, deviceId: fc.constantFrom("phone", "desktop"), waitMs: fc.nat(60_000), report: fc.boolean() }), { maxLength: 40 }), (steps) => {
        const session = playing("abc");
        for (const { command, deviceId, waitMs, report } of steps) {
          session.pass(waitMs);
          if (report) session.report(session.state.activeId ?? "phone", { isPlaying: true });
          const item = (name: unknown) => (typeof name === "string" && name.startsWith("#") ? session.state.queue.items[Number(name.slice(1)) % Math.max(1, session.tracks.length)]?.itemId : undefined);
          const { itemId, itemIds, after, ...rest } = command;
          const places: object = itemId === undefined ? {} : { itemId: item(itemId), itemIds: [item(itemIds?.[0]) ?? "none"], after: item(after) };
          try {
            session.ask(deviceId, command.type ?? "", { ...(rest as object), ...places });
          } catch (error) {
            expect(["NOTHING_PLAYING", "ITEM_NOT_FOUND"]).toContain((error as { type?: string }).type);
          }
          const { playback, queue } = session.state;
          expect(playback?.itemId).toBe(playback === null ? undefined : queue.items[queue.index]?.itemId);
          expect(shown(unpackState(JSON.parse(JSON.stringify(packedOf(session)))))).toEqual(shown(session.state));
        }
      }),
      { numRuns: 150 },
    );
  });

  test("an idle one takes some hundred bytes", () => {
    const session = new Session();
    session.register("5f0c7a9e1b2d4c3e", { name: "Firefox on Linux", type: "web" });
    session.register("a1b2c3d4e5f60718", { name: "Pixel 9", type: "phone" });
    session.ask("5f0c7a9e1b2d4c3e", "play", { opId: "0f".repeat(16), trackIds: Array.from({ length: 12 }, (_, n) => trackIdOf(n)), context: { type: "album", id: "e".repeat(32) }, playbackId: "x".repeat(22) });
    for (let n = 1; n < 6; n++) {
      session.play("5f0c7a9e1b2d4c3e", 60_000);
      session.call("admit", { deviceId: "5f0c7a9e1b2d4c3e", trackId: trackIdOf(n), playbackId: String(n).repeat(22) });
      session.ask("5f0c7a9e1b2d4c3e", "next");
    }
    const bytes = session.passivate().length;
    expect(bytes).toBeLessThan(1_000);
    const fresh = new Session();
    fresh.register("5f0c7a9e1b2d4c3e", { name: "Firefox on Linux", type: "web" });
    expect(fresh.passivate().length).toBeLessThan(110);
  });
});

function packedOf(session: Session): unknown {
  const copy = session.state;
  const packed: unknown = JSON.parse(session.passivate());
  session.state = copy;
  return packed;
}
