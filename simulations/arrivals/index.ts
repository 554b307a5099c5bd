export { arrivals, type ArrivalsSpan } from "./processes.ts";
export { arrivalsSchema, dayCurveSchema, readArrivals, regionSchema, sharesAddUp, type ArrivalsDescription, type CurveDescription, type DiurnalDescription, type MmppDescription, type RatePoint, type Region, type ReplayDescription, type SpikeDescription } from "./description.ts";
export { dispersionIndex } from "./mmpp.ts";
export { expectedArrivals, excessShare, meanRatePerS, peakRatePerS, rateAt, scaled } from "./rates.ts";
export { replayed, splitByUser, type Replayed, type ReplayPace } from "./replay.ts";
