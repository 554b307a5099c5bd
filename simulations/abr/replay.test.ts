import { describe, expect, test } from "@jest/globals";
import { abrPolicy, chunksAhead, ewmaRule, fixedTier, plainRule, playerPolicy, ramp } from "../../client/index.ts";
import { Stream } from "../random/index.ts";
import { Link, readTraces, steadyTrace } from "../traces/index.ts";
import { figures, heardMsAt, nominalLadder, replay, session, sessionFigures, skips2014, skippingPlays, skipsOfTheSeed } from "./index.ts";

const slow = readTraces("3g-hsdpa");
const whole = (policy: Parameters<typeof replay>[0]["policy"]) => replay({ policy, traces: slow, skippingSessions: 0 });

const near = (figure: number, reference: number, tolerance = 0.01) => expect(Math.abs(figure - reference)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(reference)));
/** A listener for each quantile of the curve: no chance, no spread. */
const listeners = (count: number, scale: number) => Array.from({ length: count }, (_, n) => heardMsAt((n + 0.5) / count, scale));
const meanS = (scale: number) => listeners(10_000, scale).reduce((sum, ms) => sum + ms, 0) / 10_000_000;

const wasted = (window: ReturnType<typeof ramp>, skips: number) => {
  const plays = listeners(300, skips).map((heardMs) => ({ trackMs: 210_000, heardMs }));
  return figures([sessionFigures(session({ policy: abrPolicy("fixed", fixedTier("96"), window), link: new Link(steadyTrace(1_000_000, 0)), ladder: nominalLadder, plays }))]).wastedPercent;
};

describe("replay -", () => {
  test("fixed tiers, the plain rule and the ramp come out as in the reference simulation", () => {
    const low = whole(abrPolicy("fixed", fixedTier("96"), chunksAhead(2)));
    near(low.rebufferPercent, 7.13);
    near(low.stallsPer10Min, 5.62);
    near(low.qoe, -1.249);
    const high = whole(abrPolicy("fixed", fixedTier("320"), chunksAhead(2)));
    near(high.rebufferPercent, 14.68);
    near(high.stallsPer10Min, 12.9);
    near(high.qoe, -3.116);
    const plain = whole(abrPolicy("plain", plainRule(), chunksAhead(2)));
    near(plain.meanKbps, 241.1);
    near(plain.rebufferPercent, 7.65);
    near(plain.switchesPerMin, 1.28);
    near(plain.qoe, -0.592);
    const ewma = whole(abrPolicy("ewma", ewmaRule, ramp(2, 12)));
    near(ewma.meanKbps, 263.4);
    near(ewma.rebufferPercent, 4.87);
    near(ewma.qoe, -0.006);
  });

  test("the players' policy meets its goals on the 3G set, and beats the plain rule where links are half as fast", () => {
    const found = replay({ policy: playerPolicy, traces: slow, skippingSessions: 2 });
    expect(found.meanKbps).toBeGreaterThanOrEqual(260);
    expect(found.rebufferPercent).toBeLessThanOrEqual(5);
    expect(found.switchesPerMin).toBeLessThanOrEqual(0.55);
    expect(found.startP50S).toBeLessThanOrEqual(0.8);
    expect(found.qoe).toBeGreaterThanOrEqual(0.1);
    expect(found.wastedPercent).toBeLessThanOrEqual(4);
    const half = (policy: typeof playerPolicy) => replay({ policy, traces: slow, scale: 0.5, skippingSessions: 0 });
    expect(half(playerPolicy).qoe).toBeGreaterThan(half(abrPolicy("plain", plainRule(), chunksAhead(2))).qoe + 0.5);
  });

  test("the same seed gives the same figures, another one other skips", () => {
    const [one, again, other] = [1, 1, 2].map((seed) => JSON.stringify(replay({ policy: playerPolicy, traces: slow.slice(0, 1), seed })));
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });
});

describe("skips -", () => {
  test("of 210 s tracks 126 s are heard by the curve of 2014, and 160 s scaled to what the seed's rates mean", () => {
    expect(Math.abs(meanS(skips2014) - 126)).toBeLessThan(1);
    expect(Math.abs(meanS(skipsOfTheSeed) - 160)).toBeLessThan(0.5);
    expect([heardMsAt(0.2414, 1), heardMsAt(0.3505, 1), heardMsAt(0.4859, 1) < 210_000, heardMsAt(0.487, 1)]).toEqual([5_000, 30_000, true, 210_000]);
  });

  test("plays follow one another until enough is heard", () => {
    const plays = skippingPlays(new Stream(1, "skips"), 600_000, skips2014);
    expect(plays.reduce((sum, { heardMs }) => sum + heardMs, 0)).toBeGreaterThanOrEqual(600_000);
    expect(plays.slice(0, -1).reduce((sum, { heardMs }) => sum + heardMs, 0)).toBeLessThan(600_000);
  });

  test("what is fetched in vain on a fast link grows with the window as in the reference table", () => {
    near(wasted(chunksAhead(2), skipsOfTheSeed), 1.8, 0.05);
    near(wasted(chunksAhead(6), skipsOfTheSeed), 5.3, 0.05);
    near(wasted(chunksAhead(12), skips2014), 21.7, 0.05);
    near(wasted(ramp(2, 12), skips2014), 8, 0.05);
    near(wasted(ramp(2, 12), skipsOfTheSeed), 3.8, 0.05);
  });
});
