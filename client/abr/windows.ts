/** Rules for how far ahead to fetch. */
import type { WindowRule } from "./policy.ts";

/** Always `chunks` ahead, over the end of the track too. */
export const chunksAhead = (chunks: number): WindowRule => () => ({ ahead: chunks, intoNext: chunks });

/** Everything that is left of the track. */
export const wholeTrack = (intoNext = 2): WindowRule => ({ leftMs, chunkMs }) => ({ ahead: Math.ceil(leftMs / chunkMs) + intoNext, intoNext });

/**
 * `early` chunks ahead in the first `earlyMs` of a track, `late` after that, at most `early` into the next track. Most of those who skip
 * do it in the first 30 s (docs/abr.md), so depth is cheap after them.
 */
export const ramp = (early: number, late: number, earlyMs = 30_000): WindowRule => ({ heardMs }) => ({ ahead: heardMs < earlyMs ? early : late, intoNext: early });
