/** What one region is asked for in one step, by kind: demand, the usual things that go with plays, and what happenings add. */
import type { RegionPlan } from "./capacity.ts";
import type { Course } from "./course.ts";
import { playingIn, type Demand } from "./demand.ts";
import type { WorldDay } from "./description.ts";

/** Kinds of operations, in the order of the report. */
export const operationKinds = ["play", "chunk", "search", "edit", "report", "event", "connect"] as const;
export type OperationKind = (typeof operationKinds)[number];

export interface StepLoad {
  /** By `loads` of capacity.ts. */
  readonly load: Float64Array;
  /** Per s. */
  readonly operations: Readonly<Record<OperationKind, number>>;
  /** Presence and notices, frames per s in all; what goes with plays is in the slopes of plays. */
  readonly frames: number;
  readonly egressBps: number;
}

export interface LoadOf {
  readonly day: WorldDay;
  readonly course: Course;
  readonly demand: Demand;
  readonly plan: RegionPlan;
  readonly region: number;
}

export function loadAt({ day, course, demand, plan, region }: LoadOf, step: number): StepLoad {
  const served = demand.regions[region];
  if (served === undefined) throw new RangeError(`there is no region ${region}`);
  const { stepS } = demand;
  const atS = demand.fromS + (step + 0.5) * stepS;
  const playing = playingIn(served, step);
  const [sessions, plays, returns] = [served.sessions[step] ?? 0, served.plays[step] ?? 0, served.returns[step] ?? 0];
  const above = (times: "editsTimes" | "searchesTimes") => 1 + course.releases.reduce((sum, release) => sum + (release[times] - 1) * course.releaseLevel(release, atS), 0);
  // Who goes on where he was has nothing to search for and no event to tell.
  const begun = plays - (served.restarts[step] ?? 0);
  const searches = begun * plan.perPlay.searches * above("searchesTimes");
  const edits = begun * plan.perPlay.edits * above("editsTimes") + returns * course.kept.edits;
  const events = begun * plan.perPlay.events + returns * course.kept.events;
  const worldSessions = demand.regions.reduce((sum, one) => sum + (one.sessions[step] ?? 0), 0);
  const pushed = course.pushedPerSession(atS - stepS / 2, atS + stepS / 2, worldSessions) * sessions;
  const joins = (served.joins[step] ?? 0) + joinsAfterLoss(course, region, sessions, atS, stepS);
  const meanKbps = day.tiers.reduce((sum, { rateKbps, share }) => sum + rateKbps * share, 0);
  const bandwidth = playing * meanKbps * 1_000;
  const waste = plan.input("prefetch.waste");
  const perPlayFrames = plan.input("play.changes") * plan.input("presence.share") * plan.input("presence.online");
  return {
    load: Float64Array.of(playing, sessions, plays, bandwidth, searches, edits, events, pushed, joins),
    operations: { play: plays, chunk: playing / plan.input("chunk.seconds") / (1 - waste), search: searches, edit: edits, report: playing / plan.input("report.seconds"), event: events, connect: joins },
    frames: pushed + plays * perPlayFrames,
    egressBps: bandwidth / (1 - waste),
  };
}

/** Sockets of gateways that are gone are opened at the others. */
function joinsAfterLoss(course: Course, region: number, sessions: number, atS: number, stepS: number): number {
  return course.nodesGone.reduce((sum, gone) => {
    const [sinceS, beforeS] = [atS + stepS / 2 - gone.fromS, atS - stepS / 2 - gone.fromS];
    if (gone.region !== region || gone.kind !== "gateway" || sinceS <= 0) return sum;
    return sum + (gone.share * sessions * (Math.exp(-Math.max(0, beforeS) / gone.reconnectS) - Math.exp(-sinceS / gone.reconnectS))) / stepS;
  }, 0);
}

/** Of a pool's nodes, those that are there. */
export function leftOf(course: Course, region: number, kind: string | undefined, atS: number): number {
  return course.nodesGone.reduce((left, gone) => (gone.region === region && gone.kind === kind && atS >= gone.fromS && atS < gone.untilS ? left * (1 - gone.share) : left), 1);
}
