/**
 * Hit ratios of a region's edges and of edges and shield together, step by step. Edges of a region are alike and each has the same part of its requests; a shield
 * answers, with its edges, as the larger of both would alone, which is good to 0.03 of 12.8 Tbps (planner/quantities/edge.ts).
 */
import { objectsOf } from "../cache/index.ts";
import { chunkReach, meanTrackS } from "../listener/index.ts";
import { popularityOf, releaseAlpha } from "../popularity/index.ts";
import type { Baseline } from "./baseline.ts";
import { objectClass, TimedCache, type Crowd, type ObjectClass } from "./caches.ts";
import type { Course } from "./course.ts";
import { playingIn, type Demand } from "./demand.ts";
import type { WorldDay } from "./description.ts";

export const chunkS = 5;

export interface EdgeSizes {
  readonly pops: number;
  readonly edgeBytes: number;
  readonly shieldBytes: number;
  readonly popsPerShield: number;
}

export interface RegionHits {
  /** Of the region's requests, those that an edge answers, and edge or shield. */
  readonly edge: Float64Array;
  readonly shield: Float64Array;
}

/** Steps of the past that caches are filled with: two days, for those that turn over slowly. */
const pastDays = 2;

export interface Objects {
  readonly catalogue: ObjectClass;
  readonly release: ObjectClass | undefined;
}

export function objectsOfDay(day: WorldDay): Objects {
  const reach = chunkReach(day.listener.skips, meanTrackS(day.listener.trackS), chunkS);
  const tracks = Math.max(0, ...day.happenings.map((one) => (one.type === "release" ? one.tracks : 0)));
  const classOf = (popularity: Parameters<typeof popularityOf>[0]) => objectClass(objectsOf({ popularity: popularityOf(popularity), tiers: day.tiers, chunkS, reach }));
  return { catalogue: classOf(day.popularity), release: tracks === 0 ? undefined : classOf({ type: "zipf", tracks, alpha: releaseAlpha }) };
}

/** `waste`: of the chunks that are fetched, those that nobody hears. */
export function hitsOf(region: number, { day, baseline, course, demand, objects, sizes, waste }: { readonly day: WorldDay; readonly baseline: Baseline; readonly course: Course; readonly demand: Demand; readonly objects: Objects; readonly sizes: EdgeSizes; readonly waste: number }): RegionHits {
  const { stepS, steps, fromS } = demand;
  const past = Math.round((pastDays * 86_400) / stepS);
  const served = demand.regions[region];
  const home = baseline.regions[region];
  if (served === undefined || home === undefined) throw new RangeError(`there is no region ${region}`);
  /** Requests in each step at one of `caches` caches, added up. */
  const until = (caches: number, rate: (step: number) => number): Float64Array => {
    const all = new Float64Array(past + steps + 1);
    for (let n = 0; n < past + steps; n++) all[n + 1] = (all[n] as number) + (rate(n - past) * stepS) / chunkS / (1 - waste) / caches;
    return all;
  };
  const usual = (step: number): number => home.playing[Math.floor((((step * stepS + fromS) / baseline.stepS) % baseline.daySteps) + baseline.daySteps) % baseline.daySteps] ?? 0;
  const fresh = (step: number): number => (step < 0 ? 0 : freshShare(course, fromS + (step + 0.5) * stepS));
  const playing = (step: number): number => (step < 0 ? usual(step) : playingIn(served, step));
  const playingOf = (other: number) => (step: number): number => (step < 0 ? (other === region ? usual(step) : 0) : (served.playing[other]?.[step] ?? 0));
  const taste = day.localTaste;
  const follow = (caches: number, bytes: number): Float64Array => {
    const common: Crowd = { objects: objects.catalogue, share: 1 - taste, requests: until(caches, (step) => (1 - fresh(step)) * playing(step)) };
    const own = day.regions.map((_, other): Crowd => ({ objects: objects.catalogue, share: served.playing[other]?.some((value) => value > 0) === true || other === region ? taste : 0, requests: until(caches, (step) => (1 - fresh(step)) * playingOf(other)(step)) }));
    const release: Crowd | undefined = objects.release === undefined ? undefined : { objects: objects.release, share: 1, requests: until(caches, (step) => fresh(step) * playing(step)) };
    const cache = new TimedCache([common, ...own, ...(release === undefined ? [] : [release])], bytes);
    for (let n = 1; n <= past; n++) cache.advance(n);
    return Float64Array.from({ length: steps }, (_, step) => {
      const at = past + step + 1;
      cache.advance(at);
      const all = playing(step);
      if (all === 0) return 1;
      const catalogue = (1 - taste) * cache.hit(common) + taste * own.reduce((sum, crowd, other) => (crowd.share === 0 ? sum : sum + (playingOf(other)(step) / all) * cache.hit(crowd)), 0);
      const part = fresh(step);
      return (1 - part) * catalogue + (release === undefined || part === 0 ? 0 : part * cache.hit(release));
    });
  };
  const pops = Math.max(1, Math.round(sizes.pops));
  const edge = follow(pops, sizes.edgeBytes);
  const shields = Math.max(1, Math.round(pops / sizes.popsPerShield));
  const shield = follow(shields, Math.max(sizes.edgeBytes, sizes.shieldBytes));
  return { edge, shield: shield.map((value, n) => Math.max(value, edge[n] ?? 0)) };
}

/** Of plays, those of tracks that came out this day. */
export const freshShare = (course: Course, atS: number): number => Math.min(0.99, course.releases.reduce((sum, release) => sum + release.playsShare * course.releaseLevel(release, atS), 0));
