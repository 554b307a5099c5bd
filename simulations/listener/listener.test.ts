import { describe, expect, test } from "@jest/globals";
import { Stream } from "../random/index.ts";
import { chunkReach, listenerPresets, meanPlayS, meanSessionTracks, meanTrackS, playS, reachShare, readListener, sessionPlays, sessionTracks, trackS, type Play } from "./index.ts";

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const shareOf = <Value>(values: readonly Value[], holds: (value: Value) => boolean) => values.filter(holds).length / values.length;
const plays = (listener: (typeof listenerPresets)["seed" | "2014"], sessions: number): Play[] => {
  const stream = new Stream(1, "listeners");
  return Array.from({ length: sessions }, (_, n) => [...sessionPlays(listener, stream.fork(n))]).flat();
};

describe("skips -", () => {
  test.each([
    ["seed", 160, 0.29, 0.144],
    ["2014", 126, 0.486, 0.2414],
  ] as const)("%s: a mean play of %p s of 210 s, %p skipped, %p within 5 s", (preset, playedS, skipped, within5) => {
    const { skips } = listenerPresets[preset];
    const stream = new Stream(1, preset);
    const drawn = Array.from({ length: 200_000 }, () => playS(skips, 210, stream));
    expect(Math.abs(meanPlayS(skips, 210) - playedS)).toBeLessThan(0.5);
    expect(Math.abs(mean(drawn) - meanPlayS(skips, 210))).toBeLessThan(0.8);
    expect(Math.abs(shareOf(drawn, (one) => one < 210) - skipped)).toBeLessThan(0.004);
    expect(Math.abs(shareOf(drawn, (one) => one < 5) - within5)).toBeLessThan(0.004);
    expect(Math.abs(shareOf(drawn, (one) => one >= 100) - reachShare(skips, 210, 100))).toBeLessThan(0.004);
  });

  test("fewer listeners get to each next chunk", () => {
    const reach = chunkReach(listenerPresets.seed.skips, 210, 5);
    expect(reach).toHaveLength(42);
    expect(reach[0]).toBe(1);
    expect(reach[1]).toBeCloseTo(1 - 0.598 * 0.2414, 12);
    expect(reach.every((share, n) => n === 0 || share <= (reach[n - 1] ?? 0))).toBe(true);
  });

  test("a track shorter than the curve's points is skipped as often as any", () => {
    const { skips } = listenerPresets["2014"];
    expect(meanPlayS(skips, 4)).toBeCloseTo(4 * (1 - 0.243), 6);
    expect(reachShare(skips, 4, 4)).toBeCloseTo(1 - 0.486, 12);
    expect(reachShare(skips, 4, 5)).toBe(0);
  });
});

describe("sessions -", () => {
  test("of those with 10 tracks, 50.7 % get to 20, as in the log; the tail is heavier than a geometric one", () => {
    const { sessions } = listenerPresets.seed;
    const stream = new Stream(2);
    const drawn = Array.from({ length: 200_000 }, () => sessionTracks(sessions, stream));
    const atLeast = (tracks: number) => shareOf(drawn, (one) => one >= tracks);
    expect(Math.abs(atLeast(20) / atLeast(10) - 0.507)).toBeLessThan(0.01);
    expect(Math.abs(mean(drawn) / meanSessionTracks(sessions) - 1)).toBeLessThan(0.02);
    expect(atLeast(100)).toBeGreaterThan(5 * (1 - 1 / meanSessionTracks(sessions)) ** 99);
    expect(drawn.every((tracks) => tracks >= 1 && tracks <= sessions.maxTracks)).toBe(true);
  });

  test("why plays start, pauses and seeks are as often as the log has them", () => {
    const all = plays(listenerPresets["2014"], 6_000);
    const later = all.filter(({ startedBy }, n) => n > 0 && startedBy !== "click");
    expect(Math.abs(shareOf(all, ({ pauseS }) => pauseS > 0) - 0.232 * (1 - 1 / meanSessionTracks(listenerPresets["2014"].sessions)))).toBeLessThan(0.006);
    expect(Math.abs(shareOf(all, ({ seeks }) => seeks.some(({ byS }) => byS > 0)) - 0.028)).toBeLessThan(0.003);
    expect(Math.abs(mean(all.map(({ seeks }) => seeks.length)) - 0.085)).toBeLessThan(0.006);
    expect(Math.abs(later.filter(({ startedBy }) => startedBy === "back").length / later.filter(({ startedBy }) => startedBy === "forward").length - 7.8 / 47.6)).toBeLessThan(0.02);
    expect(all.every(({ seeks, listenedS }) => seeks.every(({ afterS }, n) => afterS <= listenedS && afterS >= (seeks[n - 1]?.afterS ?? 0)))).toBe(true);
  });

  test("a play follows by itself only after one that came to its end", () => {
    const session = [...sessionPlays({ ...listenerPresets.seed, sessions: { hazards: [0], tailExponent: 0, maxTracks: 500 } }, new Stream(4))];
    expect(session).toHaveLength(500);
    for (const [n, play] of session.entries()) if (n > 0) expect(play.startedBy === "done").toBe(session[n - 1]?.isSkipped === false);
  });

  test("is the same for the same seed", () => {
    expect([...sessionPlays(listenerPresets.seed, new Stream(9))]).toEqual([...sessionPlays(listenerPresets.seed, new Stream(9))]);
  });
});

test("track lengths have the log's mean, deviation and quartiles", () => {
  const points = listenerPresets.seed.trackS;
  const stream = new Stream(3);
  const drawn = Array.from({ length: 200_000 }, () => trackS(points, stream.next()));
  expect(meanTrackS(points)).toBeCloseTo(215.9, 1);
  expect(Math.abs(mean(drawn) - 215.9)).toBeLessThan(0.6);
  expect(Math.abs(Math.sqrt(mean(drawn.map((one) => one * one)) - mean(drawn) ** 2) - 60.2)).toBeLessThan(1.5);
  expect([0.25, 0.5, 0.75].map((quantile) => trackS(points, quantile))).toEqual([183.5, 212, 240.8]);
  expect([0, 1].map((quantile) => trackS(points, quantile))).toEqual([30, 1_788]);
});

describe("a description of a listener -", () => {
  test("is a preset's name, JSON, or a preset with parts of its own", () => {
    expect(readListener("2014")).toEqual(listenerPresets["2014"]);
    for (const preset of Object.values(listenerPresets)) expect(readListener(JSON.parse(JSON.stringify(preset)))).toEqual(preset);
    expect(readListener({ preset: "2014", seeks: { forward: 0, back: 0, perPlay: 1, meanS: 1 } })).toEqual({ ...listenerPresets["2014"], seeks: { forward: 0, back: 0, perPlay: 1, meanS: 1 } });
  });

  test.each([
    ["2015", 'listener is "2015"; it must be one of 2014, seed'],
    [{ preset: "seed", skip: {} }, "listener.skip is {}; it must be left out"],
    [{ skips: { points: [{ atS: 5, share: 0.5 }], beforeEnd: 0.3 } }, "listener.skips.beforeEnd is 0.3; it must be a number from 0.5 up to 1"],
    [{ sessions: { hazards: [2], tailExponent: 0, maxTracks: 5 } }, "listener.sessions.hazards[0] is 2"],
    [{ trackS: [{ quantile: 0, lengthS: 30 }, { quantile: 0.5, lengthS: 60 }] }, "listener.trackS[1].quantile is 0.5; it must be 1"],
    [{ pauses: { none: 0.5, short: 0.1, long: 0.1, shortMeanS: 1, longMeanS: 1 } }, "listener.pauses.long is 0.1; it must be from 0.4"],
    [{ startedBy: { forward: 0, click: 0, back: 0 } }, "weights of which one at least is above 0"],
  ])("refuses %j", (value, message) => {
    expect(() => readListener(value)).toThrow(message);
  });
});
