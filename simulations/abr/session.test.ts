import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { abrPolicy, chunksAhead, fixedTier, plainRule, playerPolicy, ramp, wholeTrack } from "../../client/index.ts";
import { Stream } from "../random/index.ts";
import { Link, readTraces, steadyTrace, traceOf, traceSets } from "../traces/index.ts";
import { encodedLadder, nominalLadder, session, sessionFigures, skippingPlays, wholePlays, type ChunkLog } from "./index.ts";

const plain = abrPolicy("plain", plainRule(), chunksAhead(2));
const literal = abrPolicy("literal", plainRule("current"), chunksAhead(2));
const tenMinutes = wholePlays(600_000);
const steady = (kbps: number, policy = plain) => sessionFigures(session({ policy, link: new Link(steadyTrace(kbps, 0)), ladder: nominalLadder, plays: tenMinutes }));

const refused = (plays: { trackMs: number; heardMs: number }[]) => () => session({ policy: plain, link: new Link(steadyTrace(1_000, 0)), ladder: nominalLadder, plays });

/** The tiers that the plain rule must have taken, from the log's times alone. */
function plainTiers(log: readonly ChunkLog[]): string[] {
  const rates = [96, 160, 320];
  let q = 0;
  let count = 0;
  return log.map(({ bytes, requestMs, finishMs }) => {
    const tier = String(rates[q]);
    const kbps = (bytes * 8) / (finishMs - requestMs);
    const next = rates[q + 1];
    if (kbps < 1.5 * (rates[q] ?? 0)) [q, count] = [Math.max(0, q - 1), 0];
    else if (next !== undefined && kbps >= 1.5 * next) count += 1;
    else count = 0;
    if (count === 3) [q, count] = [q + 1, 0];
    return tier;
  });
}

describe("session -", () => {
  test("by hand: 96 kbps chunks over 120 kbit/s with 100 ms, a dead link in between", () => {
    const trace = traceOf("by hand", [{ durationMs: 10_000, rateKbps: 120, latencyMs: 100 }, { durationMs: 20_000, rateKbps: 0, latencyMs: 100 }]);
    const log = session({ policy: abrPolicy("fixed", fixedTier("96"), chunksAhead(2)), link: new Link(trace), ladder: nominalLadder, plays: [{ trackMs: 18_000, heardMs: 18_000 }] });
    // 60,000 bytes take 4 s. The third has 1.7 s of the link left, and the other 2.3 s after the outage; the last is 3 s long.
    expect(log.map(({ requestMs, finishMs, startMs }) => [requestMs, finishMs, startMs])).toEqual([[0, 4_100, 4_100], [4_100, 8_200, 9_100], [8_200, 32_300, 32_300], [32_300, 34_800, 37_300]]);
    expect(sessionFigures(log)).toMatchObject({ heardS: 18, startS: 4.1, stalls: 1, stalledS: 18.2, switches: 0, meanKbps: 96, wastedBytes: 0, fetchedBytes: 216_000 });
    expect(sessionFigures(log).qoe).toBeCloseTo((-2.66 * 18.2) / 4);
  });

  test("two chunks ahead: a request goes out when the one before is here and the one two before is heard, on every trace", () => {
    for (const trace of traceSets.flatMap(readTraces)) {
      const log = session({ policy: plain, link: new Link(trace), ladder: nominalLadder, plays: tenMinutes });
      expect(log.map(({ requestMs }) => requestMs)).toEqual(log.map((_, i) => Math.max(log[i - 1]?.finishMs ?? 0, log[i - 2]?.startMs ?? 0)));
      expect(log).toHaveLength(120);
    }
  });

  test("the plain rule's log follows the rule on every trace, at full and at half rate", () => {
    for (const trace of traceSets.flatMap(readTraces)) {
      for (const scale of [1, 0.5]) {
        for (const place of [0, 0.5]) {
          const log = session({ policy: plain, link: new Link(trace, { scale, offsetMs: place * trace.lengthMs }), ladder: nominalLadder, plays: tenMinutes });
          expect(log.map(({ tier }) => tier)).toEqual(plainTiers(log));
        }
      }
    }
  });

  test("to the letter the plain rule changes its tier six times a minute on a steady link, in the safe reading once", () => {
    for (const kbps of [150, 200, 230, 250, 300, 400, 470]) {
      expect(steady(kbps, literal).switches).toBeGreaterThan(55);
      expect(steady(kbps).switches).toBeLessThanOrEqual(1);
      expect(steady(kbps).qoe).toBeGreaterThan(steady(kbps, literal).qoe);
    }
  });

  test("the players' policy settles on every steady link, with chunks of even and of uneven size", () => {
    for (const ladder of [nominalLadder, encodedLadder(new Stream(1, "ladder"))]) {
      for (let kbps = 110; kbps <= 700; kbps += 20) {
        const found = sessionFigures(session({ policy: playerPolicy, link: new Link(steadyTrace(kbps, 50)), ladder, plays: tenMinutes }));
        expect({ kbps, stalls: found.stalls, isSettled: found.switches <= 4 }).toEqual({ kbps, stalls: 0, isSettled: true });
      }
    }
  });

  test("a skip ends what is under way for the track, wastes what was fetched of it and keeps what was fetched of the next", () => {
    const link = new Link(steadyTrace(192, 0));
    const skipping = session({ policy: abrPolicy("fixed", fixedTier("96"), chunksAhead(2)), link, ladder: nominalLadder, plays: [{ trackMs: 60_000, heardMs: 6_000 }, { trackMs: 5_000, heardMs: 5_000 }] });
    // A chunk takes 2.5 s. Heard from 2.5 s to 8.5 s; the third arrives at 7.5 s, the fourth is given up after one second.
    expect(skipping.map(({ play, chunk, finishMs, isWhole, heardMs, bytes }) => [play, chunk, finishMs, isWhole, heardMs, bytes])).toEqual([
      [0, 0, 2_500, true, 5_000, 60_000], [0, 1, 5_000, true, 1_000, 60_000], [0, 2, 7_500, true, 0, 60_000], [0, 3, 8_500, false, 0, 24_000], [1, 0, 11_000, true, 5_000, 60_000],
    ]);
    expect(sessionFigures(skipping)).toMatchObject({ wastedBytes: 84_000, stalls: 1, stalledS: 2.5 });
    const atTheEnd = session({ policy: abrPolicy("fixed", fixedTier("96"), chunksAhead(2)), link, ladder: nominalLadder, plays: [{ trackMs: 10_000, heardMs: 9_000 }, { trackMs: 5_000, heardMs: 5_000 }] });
    expect(sessionFigures(atTheEnd)).toMatchObject({ wastedBytes: 0, stalls: 0 });
  });

  test("at most the window's share of the next track is fetched before it begins", () => {
    const log = session({ policy: abrPolicy("whole", fixedTier("96"), wholeTrack(2)), link: new Link(steadyTrace(10_000, 0)), ladder: nominalLadder, plays: wholePlays(420_000) });
    const begins = log.find(({ play, chunk }) => play === 1 && chunk === 0)?.startMs ?? 0;
    expect(log.filter(({ play, finishMs }) => play === 1 && finishMs <= begins)).toHaveLength(2);
    expect(log.filter(({ play, finishMs }) => play === 0 && finishMs <= 10_000)).toHaveLength(42);
  });

  test("whatever the link, the policy and the skips: one request at a time, every second wished for is heard once and in order, and the bytes are the link's", () => {
    const rows = fc.array(fc.record({ durationMs: fc.integer({ min: 100, max: 20_000 }), rateKbps: fc.constantFrom(0, 40, 150, 400, 3_000), latencyMs: fc.integer({ min: 0, max: 300 }) }), { minLength: 1, maxLength: 10 });
    const policies = fc.constantFrom(plain, literal, playerPolicy, abrPolicy("whole", plainRule(), wholeTrack(2)), abrPolicy("ramp", fixedTier("320"), ramp(2, 12)));
    fc.assert(
      fc.property(rows.filter((some) => some.some(({ rateKbps }) => rateKbps > 0)), policies, fc.integer(), (some, policy, seed) => {
        const link = new Link(traceOf("drawn", some));
        const plays = skippingPlays(new Stream(seed, "skips"), 300_000, 1);
        const log = session({ policy, link, ladder: encodedLadder(new Stream(seed, "ladder")), plays });
        expect(log.filter(({ requestMs, play }, n) => requestMs < (log[n - 1]?.finishMs ?? 0) || play < (log[n - 1]?.play ?? 0))).toEqual([]);
        expect(log.filter(({ requestMs, finishMs, bytes }) => Math.abs(link.delivered(requestMs + link.latencyAt(requestMs), finishMs) - bytes * 8) > 0.1)).toEqual([]);
        expect(log.filter(({ startMs, finishMs, isWhole }) => startMs !== null && (startMs < finishMs || !isWhole))).toEqual([]);
        const heard = log.filter(({ startMs }) => startMs !== null);
        expect(heard.filter(({ startMs }, n) => (startMs ?? 0) < (heard[n - 1]?.startMs ?? 0) + (heard[n - 1]?.heardMs ?? 0))).toEqual([]);
        for (const [n, play] of plays.entries()) expect(heard.filter((chunk) => chunk.play === n).reduce((sum, { heardMs }) => sum + heardMs, 0)).toBeCloseTo(play.heardMs, 3);
      }),
      { seed: 1, numRuns: 80 },
    );
  });

  test("plays that cannot be are refused by name", () => {
    expect(refused([])).toThrow("plays have 0 chunks; 1 to 1000000 are allowed");
    expect(refused([{ trackMs: 10, heardMs: 11 }])).toThrow("plays[0] hears 11 ms of 10 ms");
    expect(refused([{ trackMs: Number.NaN, heardMs: 1 }])).toThrow("plays have NaN chunks");
  });
});
