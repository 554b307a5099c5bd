/**
 * The policy of our players.
 *
 *   tier     starts at the lowest. Rises to a tier that the link carries (0.95 of the estimated rate) and that leaves room: its chunk
 *            takes at most 0.7 of the time it plays, more when much is buffered. Falls when its chunk would take longer than 0.95 of
 *            that, and what the buffer can spend on it. A dip of the link is ridden out, and no steady link makes it go up and down,
 *            because nothing is risen to that lives on the buffer. Both look at the tier's average and at the very chunk.
 *   window   2 chunks in the first 30 s of a track, where most skips are, then 12, and 2 of the next track. On a link below 1 Mbit/s
 *            6, then 20, and 4 of the next track: it may break off soon, and where it is slow little is fetched in vain.
 *
 * docs/abr.md has what each part brings on real links.
 */
import { RateEstimate } from "./estimate.ts";
import { rungOf, tierAt, type AbrPolicy, type AbrSituation, type AbrWindow } from "./policy.ts";

/** Part of a chunk's playing time in which it must arrive, by the estimate. The bounds of hls.js, which shaka and dash.js are close to. */
const toRise = 0.7;
const toStay = 0.95;
/** Of the audio ahead that exceeds the reserve, so much may be spent on one chunk. */
const reserveMs = 10_000;
const spend = 0.1;
/** A chunk above the average may take this part of what is ahead: one dense passage is no reason to change the tier. */
const bulk = 0.5;
/** Half lives of the estimate. */
const fastS = 3;
const slowS = 9;

const roughKbps = 1_000;
/** Half of all skips are in the first 5 s (docs/abr.md): there a deep window costs most. */
const firstMs = 5_000;
const earlyMs = 30_000;
const calm = { first: 2, early: 2, late: 12, intoNext: 2 } as const;
const rough = { first: 2, early: 6, late: 20, intoNext: 4 } as const;

export const playerPolicy: AbrPolicy = {
  name: "player",
  start() {
    const estimate = new RateEstimate(fastS, slowS);
    return {
      measured: (download) => estimate.add(download),
      tier: (situation) => (estimate.kbps === null ? tierAt(situation.rungs, rungOf(situation.rungs, situation.previous)) : bestAt(situation, estimate.kbps)),
      window: ({ heardMs }): AbrWindow => {
        const { first, early, late, intoNext } = (estimate.kbps ?? Number.POSITIVE_INFINITY) < roughKbps ? rough : calm;
        return { ahead: heardMs < firstMs ? first : heardMs < earlyMs ? early : late, intoNext };
      },
    };
  },
};

function bestAt({ rungs, previous, chunkMs, aheadMs }: AbrSituation, kbps: number) {
  const at = rungOf(rungs, previous);
  const spareMs = spend * Math.max(0, aheadMs - reserveMs);
  const mostToRiseMs = Math.min(toStay * chunkMs, toRise * chunkMs + spareMs);
  const mostToStayMs = toStay * chunkMs + spareMs;
  const best = rungs.findLastIndex(({ rateKbps, nextBytes }, n) => {
    const usualMs = (rateKbps * chunkMs) / kbps;
    const nextMs = (nextBytes * 8) / kbps;
    return n > at ? Math.max(usualMs, nextMs) <= mostToRiseMs : usualMs <= mostToStayMs && nextMs <= Math.max(mostToStayMs, bulk * aheadMs);
  });
  return tierAt(rungs, best);
}
