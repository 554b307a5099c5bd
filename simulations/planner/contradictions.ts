/**
 * Inputs that cannot all be true. None is chosen here: the plan says what it counts with, and what follows from the others.
 */
import type { Evaluation } from "./graph.ts";

export interface Check {
  readonly name: string;
  /** Two quantities that would be equal if the inputs agreed. */
  readonly stated: string;
  readonly implied: string;
  /** How far the implied value may be from the stated one, as a share of it; "above" and "below" allow the other side altogether. */
  readonly tolerance: number;
  readonly side: "both" | "above" | "below";
  readonly because: string;
  /** What the plan counts with. */
  readonly uses: string;
}

export interface Contradiction extends Check {
  readonly statedValue: number;
  readonly impliedValue: number;
}

export const checkList: readonly Check[] = [
  { name: "little", stated: "load.concurrent", implied: "check.concurrent", tolerance: 0.1, side: "both", because: "streams at once are plays a second times how long one lasts (Little); listeners elsewhere leave a track earlier or later than these numbers say", uses: "both as stated, so a play lasts play.seconds" },
  { name: "bandwidth", stated: "load.bandwidth", implied: "check.bandwidth", tolerance: 0.05, side: "both", because: "bandwidth is streams times mean rate", uses: "the stated bandwidth for edge and cost" },
  { name: "tiers", stated: "rate.mean", implied: "check.rate", tolerance: 0.05, side: "both", because: "the mean rate is that of the mix of tiers", uses: "the stated mean for the size of chunks" },
  { name: "events-of-plays", stated: "load.events", implied: "check.events", tolerance: 0.1, side: "above", because: "every play makes at least its start and its end, seeks and pauses besides", uses: "the stated rate for gateways, sessions and PostgreSQL" },
  { name: "events-of-day", stated: "load.events", implied: "check.eventsPeak", tolerance: 0.1, side: "above", because: "the events of a day, with the day's peak over its mean", uses: "the stated rate for nodes, the stated day for storage" },
  { name: "plays-of-day", stated: "load.plays", implied: "check.dailyPlays", tolerance: 0.1, side: "below", because: "the events of a day are too few for the plays of the peak", uses: "the stated plays" },
  { name: "streams-of-day", stated: "load.concurrent", implied: "check.dailyStreams", tolerance: 0.1, side: "below", because: "and so too few for the streams at once", uses: "the stated streams" },
  { name: "daily-hours", stated: "check.goalHours", implied: "check.hours", tolerance: 0.25, side: "above", because: "so many streams at once of so many daily users mean more hours a day than their sessions have", uses: "the stated streams" },
  { name: "users", stated: "load.mau", implied: "load.dau", tolerance: 0, side: "above", because: "daily users are among the monthly ones", uses: "each where it is named" },
  { name: "edits", stated: "load.editsPeak", implied: "load.edits", tolerance: 0, side: "above", because: "the mean is not above the peak", uses: "the peak for nodes" },
  { name: "storage", stated: "catalog.stated", implied: "check.catalog", tolerance: 0.05, side: "both", because: "the catalogue's bytes are tracks times tiers times length", uses: "what the tracks imply" },
  { name: "edge-hit", stated: "edge.stated", implied: "edge.hit", tolerance: 0.02, side: "below", because: "a cache of this size as LRU, asked by chance (Che), has not the ratio of the same bytes placed perfectly", uses: "the LRU's ratio" },
  { name: "popularity", stated: "edge.stated", implied: "check.topShare", tolerance: 0.02, side: "both", because: "the share of the most played 1 % of tracks follows from the popularity curve", uses: "the curve" },
  { name: "played-tracks", stated: "catalog.tracks", implied: "check.playedTracks", tolerance: 0.1, side: "below", because: "a popularity curve that ends before the catalogue does leaves tracks that nobody plays", uses: "the curve for hit ratios, the catalogue for storage" },
  { name: "cell-size", stated: "cell.stated", implied: "check.cells", tolerance: 0, side: "above", because: "nodes that all hear each other are bound to a few hundred, so the service is divided", uses: "the cells that are needed" },
  { name: "heartbeats", stated: "cell.heartbeatsMax", implied: "check.heartbeats", tolerance: 0, side: "above", because: "the stated number of cells would deliver n(n-1) heartbeats an interval in each", uses: "the cells that are needed" },
];

export function contradictionsOf(evaluation: Evaluation, checks: readonly Check[] = checkList): Contradiction[] {
  return checks
    .map((check) => ({ ...check, statedValue: evaluation.value(check.stated), impliedValue: evaluation.value(check.implied) }))
    .filter(({ statedValue, impliedValue, tolerance, side }) => {
      const off = (impliedValue - statedValue) / Math.max(Math.abs(statedValue), Number.MIN_VALUE);
      // Rounding of decimal fractions is no contradiction.
      const limit = tolerance + 1e-9;
      return (off > limit && side !== "below") || (off < -limit && side !== "above");
    });
}
