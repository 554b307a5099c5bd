/**
 * The happenings of a day as functions of its steps: who begins where, who is cut off and comes back when, how much more is asked for. The
 * fluid and the events follow the same course.
 */
import type { Baseline } from "./baseline.ts";
import type { WorldDay } from "./description.ts";
import type { NodeKind, WorldRelease } from "./happenings.ts";

/** Listeners who are cut off at one moment and come back, to `to` in these shares. */
export interface CutOff {
  readonly region: number;
  readonly atS: number;
  /** Of those in the region. */
  readonly share: number;
  /** After this, with this mean time. */
  readonly backAfterS: number;
  readonly backMeanS: number;
  readonly lost: number;
  readonly to: Float64Array;
  /** They come back with what they kept. */
  readonly isStorm: boolean;
}

export interface NodesGone {
  readonly region: number;
  readonly kind: NodeKind;
  readonly share: number;
  readonly fromS: number;
  readonly untilS: number;
  readonly reconnectS: number;
}

export interface Course {
  readonly cutOffs: readonly CutOff[];
  readonly nodesGone: readonly NodesGone[];
  /** Sessions that begin beside the curve, by home and step of the day. */
  extraArrivals(home: number, step: number): number;
  /** To whom those of a home go, as shares of the regions; the same array again unless something changed. */
  routes(home: number, atS: number): Float64Array;
  /** Multiples of edits and searches, the share of plays of new tracks. */
  readonly releases: readonly WorldRelease[];
  /** 0 to 1: how far up a release is. */
  releaseLevel(release: WorldRelease, atS: number): number;
  /** Frames of presence and notices beside the usual, per s and listener in a session. */
  pushedPerSession(fromS: number, untilS: number, worldSessions: number): number;
  /** Kept by each device of a storm. */
  readonly kept: { readonly edits: number; readonly events: number };
}

const hourS = 3_600;

export function courseOf(day: WorldDay, baseline: Baseline): Course {
  const index = (name: string) => day.regions.findIndex((region) => region.name === name);
  const outages = day.happenings.filter((one) => one.type === "region-outage").map((one) => ({ ...one, at: index(one.region), fromS: one.atHour * hourS, untilS: one.atHour * hourS + one.minutes * 60 }));
  const routesAt = (atS: number): Float64Array[] => {
    const isUp = day.regions.map((_, n) => !outages.some(({ at, fromS, untilS }) => at === n && atS >= fromS && atS < untilS));
    return day.regions.map((_, home) => sharesOf(day.regions.map(({ share }, n) => (isUp[home] === true ? (n === home ? 1 : 0) : isUp[n] === true ? share : 0))));
  };
  const bends = [0, ...outages.flatMap(({ fromS, untilS }) => [fromS, untilS])].toSorted((one, other) => one - other);
  const routes = bends.map((atS) => ({ atS, of: routesAt(atS) }));
  const here = (region: number): Float64Array => Float64Array.from(day.regions, (_, n) => (n === region ? 1 : 0));
  const storms = day.happenings.filter((one) => one.type === "reconnect-storm");
  const releases = day.happenings.filter((one) => one.type === "release");
  const pushes = day.happenings.flatMap((one) => (one.type === "celebrity" ? Array.from({ length: Math.floor((one.minutes * 60) / one.changeEveryS) + 1 }, (_, n) => ({ atS: one.atHour * hourS + n * one.changeEveryS, people: one.followers })) : one.type === "release" && one.pushed > 0 ? [{ atS: one.atHour * hourS, people: one.pushed }] : []));
  const extra = extraOf(day, baseline);
  return {
    cutOffs: [
      ...outages.map(({ at, fromS, reconnectS, lost }): CutOff => ({ region: at, atS: fromS, share: 1, backAfterS: 0, backMeanS: reconnectS, lost, to: routesAt(fromS)[at] ?? here(at), isStorm: false })),
      ...storms.flatMap(({ region, share, atHour, minutes, reconnectS }) => (region === undefined ? day.regions.map((_, n) => n) : [index(region)]).map((at): CutOff => ({ region: at, atS: atHour * hourS, share, backAfterS: minutes * 60, backMeanS: reconnectS, lost: 0, to: here(at), isStorm: true }))),
    ].toSorted((one, other) => one.atS - other.atS),
    nodesGone: day.happenings.flatMap((one) => (one.type === "node-loss" ? [{ region: index(one.region), kind: one.kind, share: one.share, fromS: one.atHour * hourS, untilS: one.atHour * hourS + one.minutes * 60, reconnectS: one.reconnectS }] : [])),
    extraArrivals: (home, step) => extra[home]?.[step] ?? 0,
    routes: (home, atS) => (routes.findLast((one) => one.atS <= atS)?.of ?? [])[home] ?? here(home),
    releases,
    releaseLevel: ({ atHour, rampS, holdMinutes, fallMinutes }, atS) => {
      const sinceS = atS - atHour * hourS;
      if (sinceS <= 0) return 0;
      return Math.min(1, sinceS / rampS) * Math.exp(-Math.max(0, sinceS - rampS - holdMinutes * 60) / (fallMinutes * 60));
    },
    pushedPerSession: (fromS, untilS, worldSessions) => {
      const people = pushes.reduce((sum, push) => (push.atS >= fromS && push.atS < untilS ? sum + push.people : sum), 0);
      // Of those who are told, as many are there as of all users; nobody is told twice.
      return people === 0 || worldSessions === 0 ? 0 : Math.min(1, people / users) / (untilS - fromS);
    },
    kept: { edits: Math.max(0, ...storms.map(({ edits }) => edits)), events: Math.max(0, ...storms.map(({ events }) => events)) },
  };
}

/** 600M monthly users (the seed): of a push to so many, the share is there that is in a session. */
const users = 600e6;

function sharesOf(weights: readonly number[]): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Float64Array.from(weights, (weight) => (total === 0 ? 0 : weight / total));
}

/** Each crowd comes with exponential times after its moment. */
function extraOf(day: WorldDay, baseline: Baseline): Float64Array[] {
  const { stepS } = baseline;
  const steps = Math.ceil((day.hours * hourS) / stepS);
  const extra = day.regions.map(() => new Float64Array(steps));
  const crowd = (home: number, sessions: number, atS: number, meanS: number) => {
    const into = extra[home];
    if (into === undefined) return;
    for (let step = Math.max(0, Math.floor(atS / stepS)); step < steps; step++) {
      const before = Math.exp(-Math.max(0, step * stepS - atS) / meanS);
      into[step] = (into[step] ?? 0) + sessions * (before - Math.exp(-Math.max(0, (step + 1) * stepS - atS) / meanS));
      if (before < 1e-9) return;
    }
  };
  for (const one of day.happenings) {
    if (one.type === "release") for (const [home, { share }] of day.regions.entries()) crowd(home, one.notified * share, one.atHour * hourS, noticeS);
    if (one.type === "celebrity") for (const [home, { share }] of day.regions.entries()) crowd(home, one.followers * one.joinShare * share, one.atHour * hourS, noticeS);
    if (one.type === "synchronised") {
      for (const [home, { offsetHours }] of day.regions.entries()) {
        for (let hour = one.localHour - offsetHours - 24; hour < day.hours; hour += 24) if (hour >= 0) crowd(home, one.joinShare * (baseline.regions[home]?.peakSessions ?? 0), hour * hourS, one.spreadS);
      }
    }
  }
  return extra;
}

/** Mean time from a notice to the session that it makes; assumed. */
const noticeS = 300;
