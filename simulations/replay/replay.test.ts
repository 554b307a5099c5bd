import { describe, expect, test } from "@jest/globals";
import { mergedTotal, Recorder } from "../run/index.ts";
import { actTypes, exampleLog, LogRefused, readLog, replay, scheduleOf, type ActType, type LoggedAct, type ReplayService } from "./index.ts";

const at = 1_763_800_000_000;
const line = (of: object) => JSON.stringify({ at, userId: "u", trackId: "t", type: "start", ...of });

describe("reading a log -", () => {
  test("takes lines of others, and records of our own event log as they are", async () => {
    const own = { id: "e1", userId: "u", type: "progress", at: at + 30_000, trackId: "t", playbackId: "p", deviceId: "d", positionMs: 30_000, listenedMs: 30_000, context: "album:a", receivedAt: at + 30_005 };
    const { acts, made, wrong, lines } = await readLog([line({ at: "2025-11-22T08:26:40.000Z", playbackId: "p", positionMs: 0 }), "", JSON.stringify(own), line({ type: "play" }), line({ type: "save", positionMs: null, playbackId: null })]);
    expect(acts).toEqual([
      { atMs: at, user: "u", track: "t", type: "start", positionMs: 0, playback: "p" },
      { atMs: at + 30_000, user: "u", track: "t", type: "progress", positionMs: 30_000, playback: "p" },
      { atMs: at, user: "u", track: "t", type: "save", positionMs: undefined, playback: undefined },
    ]);
    expect([made, wrong, lines]).toEqual([1, 0, 4]);
  });

  test.each([
    ["{", "it is not JSON"], ["[1]", "it is not an object"], [line({ type: "listen" }), 'type is "listen"; it must be one of start'], [line({ at: "noon" }), 'at is "noon"'], [line({ at: 1_763_800_000 }), "at is 1763800000"],
    [line({ userId: "" }), 'userId is ""'], [line({ trackId: undefined }), "trackId is missing"], [line({ positionMs: -1 }), "positionMs is -1"], [line({ playbackId: 7 }), "playbackId is 7"], [line({ trackId: "x".repeat(70_000) }), "it has 70"],
  ])("counts and tells a wrong line: %.40s", async (wrong, why) => {
    const { acts, wrong: count, wrongLines } = await readLog([line({}), wrong, line({})], { wrongMost: 0.5, linesMost: 10 });
    expect([acts.length, count, wrongLines[0]?.line]).toEqual([2, 1, 2]);
    expect(wrongLines[0]?.why).toContain(why);
  });

  test("refuses a log of which too much is wrong, that is too long, or empty", async () => {
    const good = Array.from({ length: 99 }, () => line({}));
    await expect(readLog([...good, "x"])).resolves.toMatchObject({ wrong: 1 });
    await expect(readLog([...good, "x", "y"])).rejects.toThrow(/^2 of 101 lines are wrong, and at most 1 % may be\n {2}line 100: it is not JSON/);
    await expect(readLog(good, { wrongMost: 0, linesMost: 98 })).rejects.toThrow(LogRefused);
    await expect(readLog([""])).rejects.toThrow("nothing to replay");
  });
});

type Short = [atS: number, user: string, type: ActType, positionS?: number, playback?: string, track?: string];
const log = (...all: Short[]): LoggedAct[] => all.map(([atS, user, type, positionS, playback = "p", track = "t"]) => ({ atMs: at + atS * 1_000, user, track, type, positionMs: positionS === undefined ? undefined : positionS * 1_000, playback }));

describe("the schedule of a log -", () => {
  test("a listener who is in the middle of something joins there; an end without a beginning is left out", () => {
    const { shares, orphans, acts } = scheduleOf(log([0, "a", "skip", 90], [1, "a", "progress", 30, "q"], [2, "a", "progress", 60, "q"], [3, "a", "start", 0, "r"], [4, "a", "complete", 61, "q"]), {}, 1);
    expect(shares[0]?.map(({ type, playback, joins }) => [type, playback, joins])).toEqual([["progress", 0, true], ["progress", 0, false], ["start", 1, false], ["complete", 0, false]]);
    expect([orphans, acts]).toEqual([1, 4]);
  });

  test("without ids of playbacks a start begins one, and what follows of its track belongs to it", () => {
    const noIds = log([0, "a", "start", 0], [1, "a", "pause", 1], [2, "a", "start", 0, "", "other"], [3, "a", "skip", 1, "", "other"]).map((act) => ({ ...act, playback: undefined }));
    expect(scheduleOf(noIds, {}, 1).shares[0]?.map(({ playback, track }) => [playback, track])).toEqual([[0, 0], [0, 0], [1, 1], [1, 1]]);
  });

  test("each listener is with one generator, and his acts stay in the order of the log whatever its clock says", () => {
    const all = log(...Array.from({ length: 600 }, (_, n): Short => [(n * 7_919) % 600, `user-${n % 30}`, "start", n]));
    const { shares, users, usersMost } = scheduleOf(all, { speed: 10 }, 3);
    const seen = shares.map((share) => Map.groupBy(share, ({ user }) => user));
    expect([users, seen.reduce((sum, { size }) => sum + size, 0), Math.max(...seen.map(({ size }) => size))]).toEqual([30, 30, usersMost]);
    for (const share of seen) for (const own of share.values()) expect(own.map(({ positionMs }) => positionMs)).toEqual(own.map(({ positionMs }) => positionMs ?? 0).toSorted((one, other) => one - other));
  });
});

/** A world of its own time, in which a service answers after a while and notes what it was asked. */
function world({ answerMs = 10, refuses = false } = {}) {
  const due: { ms: number; run: () => void }[] = [];
  const asked: [atMs: number, what: string][] = [];
  let now = 0;
  const after = (ms: number, run: () => void) => void due.push({ ms: Math.max(now, ms), run });
  const note = (what: string, answer: () => void) => {
    asked.push([Math.round(now), what]);
    after(now + answerMs, answer);
  };
  const service: ReplayService = {
    play: ({ user }, trackId, done) => note(`${user} play ${trackId}`, () => (refuses ? done("403") : done("ok", { playbackId: "granted", tiers: { "160": { url: "", query: "" } } }))),
    chunk: ({ user }, _grant, _tier, chunk, done) => note(`${user} chunk ${chunk}`, () => done("ok", 1)),
    report: (_visitor, _report, done) => after(now + answerMs, () => done("ok")),
    event: ({ user }, { type, positionMs, playbackId }, done) => note(`${user} ${type} ${Math.round(positionMs / 1_000)} ${playbackId}`, () => done("ok")),
    mark: ({ user }, { type, trackId }, done) => note(`${user} ${type} ${trackId}`, () => done("ok")),
  };
  const recorder = new Recorder(() => now, 0);
  const run = (acts: readonly LoggedAct[], speed = 1, untilMs = 100_000) => {
    const { shares } = scheduleOf(acts, { speed }, 1);
    const tracks = [{ trackId: "t1", durationMs: 60_000 }, { trackId: "t2", durationMs: 60_000 }];
    const fidelity = replay(shares[0] ?? [], { service, recorder, tracks, speed, startsAt: 0, visitorOf: (user) => ({ user, token: "" }), now: () => now, at: after });
    for (;;) {
      due.sort((one, other) => one.ms - other.ms);
      const next = due.shift();
      if (next === undefined || next.ms > untilMs) break;
      now = next.ms;
      next.run();
    }
    return { asked, fidelity, operations: mergedTotal([recorder.total()]).operations };
  };
  return { run };
}

describe("a replay -", () => {
  test("a start is a play, and the player fetches two chunks ahead until the listener pauses, and again when he goes on", () => {
    const { asked } = world().run(log([0, "a", "start", 0], [12, "a", "pause", 12], [30, "a", "resume", 12], [34, "a", "skip", 16]));
    expect(asked).toEqual([
      [0, "0 play t1"], [10, "0 chunk 0"], [20, "0 start 0 granted"], [20, "0 chunk 1"], [20, "0 chunk 2"], [5_020, "0 chunk 3"], [10_020, "0 chunk 4"],
      [12_000, "0 pause 12 granted"], [30_000, "0 resume 12 granted"], [33_000, "0 chunk 5"], [34_000, "0 skip 16 granted"],
    ]);
  });

  test("at twice the speed music plays twice as fast", () => {
    const { asked } = world().run(log([0, "a", "start", 0], [20, "a", "skip", 20]), 2);
    expect(asked.filter(([, what]) => /chunk [345]/.test(what)).map(([ms]) => ms)).toEqual([2_520, 5_020, 7_520]);
    expect(asked.at(-1)).toEqual([10_000, "0 skip 20 granted"]);
  });

  test("a seek fetches from there, and a track that is longer than ours begins again", () => {
    const { asked } = world().run(log([0, "a", "start", 0], [3, "a", "seek", 57], [4, "a", "complete", 58]));
    expect(asked.filter(([ms]) => ms >= 3_000)).toEqual([[3_000, "0 seek 57 granted"], [3_000, "0 chunk 11"], [4_000, "0 complete 58 granted"]]);
  });

  test("a listener's acts leave one after the other, in order, however slow the service; latency begins when they were due", () => {
    const { asked, operations, fidelity } = world({ answerMs: 3_000 }).run(log([0, "a", "start", 0], [1, "a", "pause", 1], [2, "a", "resume", 1], [2.5, "b", "save"], [3, "a", "skip", 2]));
    expect(asked.filter(([, what]) => !what.includes("chunk"))).toEqual([[0, "0 play t1"], [2_500, "1 save t1"], [6_000, "0 start 0 granted"], [9_000, "0 pause 1 granted"], [12_000, "0 resume 1 granted"], [15_000, "0 skip 2 granted"]]);
    expect(operations["event"]?.latency.maxMs).toBeCloseTo(15_000, -2);
    expect([fidelity.acts, fidelity.gapErrors.totalCount, fidelity.gapErrors.maxValue]).toEqual([5, 4, 1]);
  });

  test("what follows a play that was refused is told as failed, and nobody waits for it", () => {
    const { asked, operations } = world({ refuses: true }).run(log([0, "a", "start", 0], [30, "a", "progress", 30], [60, "a", "start", 0, "q"]));
    expect(asked.map(([, what]) => what)).toEqual(["0 play t1", "0 play t1"]);
    expect(operations["event"]?.codes).toEqual({ "no playback": 1 });
  });

  test("who joins in the middle begins there", () => {
    const { asked } = world().run(log([0, "a", "progress", 30], [10, "a", "progress", 40]));
    expect(asked.slice(0, 5).map(([, what]) => what)).toEqual(["0 play t1", "0 chunk 6", "0 progress 30 granted", "0 chunk 7", "0 chunk 8"]);
  });
});

describe("the example -", () => {
  const lines = exampleLog({ seed: 1, users: 40, durationS: 600, startAt: at });

  test("is a log in order of time with every act of a playback, the same for the same seed", async () => {
    const { acts, wrong } = await readLog(lines.map((one) => JSON.stringify(one)));
    const times = acts.map(({ atMs }) => atMs);
    expect([wrong, times]).toEqual([0, times.toSorted((one, other) => one - other)]);
    expect(new Set(acts.map(({ type }) => type))).toEqual(new Set(actTypes.filter((type) => type !== "save" && type !== "unsave")));
    expect(exampleLog({ seed: 1, users: 40, durationS: 600, startAt: at })).toEqual(lines);
  });

  test("begins in the middle of a longer one", () => {
    const { orphans, shares } = scheduleOf(lines.map(({ at: when, userId, trackId, type, positionMs, playbackId }) => ({ atMs: Date.parse(when), user: userId, track: trackId, type, positionMs, playback: playbackId })), {}, 1);
    expect(shares[0]?.some(({ joins }) => joins)).toBe(true);
    expect(orphans).toBeLessThan(40);
  });
});
