/** Adaptive bitrate: which tier next and how far ahead. See docs/abr.md. */
export { RateEstimate } from "./estimate.ts";
export { abrPolicy, type Abr, type AbrDownload, type AbrPolicy, type AbrSituation, type AbrWindow, type Rung, type TierRule, type WindowRule } from "./policy.ts";
export { playerPolicy } from "./player-policy.ts";
export { ewmaRule, fixedTier, plainRule } from "./rules.ts";
export { chunksAhead, ramp, wholeTrack } from "./windows.ts";
