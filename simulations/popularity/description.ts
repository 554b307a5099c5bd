/**
 * How plays spread over tracks, as a scenario describes it (JSON), and the presets. Ranks begin at 1, the most played track.
 *
 *   zipf             plays of rank r ~ r^-alpha
 *   zipf-mandelbrot  plays of rank r ~ (r + q)^-alpha
 *   counts           straight lines in log-log scale between published (rank, plays) points; before the first, (r + headQ)^-alpha with the
 *                    alpha that makes all plays add up to totalPlays
 *
 * Each may carry a `release`: a share of the plays goes to tracks that were not there before.
 */
import { DescriptionError, fieldsOf, listOf, numberOf, optional, wordOf } from "../description/index.ts";

export type PopularityDescription = ZipfDescription | ZipfMandelbrotDescription | CountsDescription;

interface ZipfDescription {
  readonly type: "zipf";
  readonly tracks: number;
  readonly alpha: number;
  readonly release?: Release;
}

interface ZipfMandelbrotDescription {
  readonly type: "zipf-mandelbrot";
  readonly tracks: number;
  readonly alpha: number;
  readonly q: number;
  readonly release?: Release;
}

interface CountsDescription {
  readonly type: "counts";
  /** Rising ranks, falling plays; the last rank is the number of tracks that are played at all. */
  readonly points: readonly CountPoint[];
  readonly totalPlays: number;
  readonly headQ: number;
  readonly release?: Release;
}

export interface CountPoint {
  readonly rank: number;
  readonly plays: number;
}

/** New tracks. They take the numbers after the last rank of the catalogue. */
export interface Release {
  /** Of all plays, from 0 to 1. */
  readonly share: number;
  readonly tracks: number;
  /** How unevenly the new tracks share these plays (Zipf). */
  readonly alpha: number;
}

export type PopularityPreset = keyof typeof popularityPresets;

/** Beyond this a rank and the one after it are near the end of what a number can tell apart after a power was taken. */
const maxTracks = 1e12;

export const popularityPresets = {
  /** The seed's "top 1 % of tracks are 80 % of plays" and the top track of a real log, 0.85 % (traffic.md 2.1, 2.3). */
  seed: { type: "zipf-mandelbrot", tracks: 1e8, alpha: 1.057, q: 10.2 },
  /**
   * Luminate's counts for 2023 (traffic.md 2.3): 184 M tracks and 4.1e12 plays; 436,000 tracks over 1 M plays, 152.2 M up to 1,000, 79.5 M up
   * to 10, 45.6 M never played. The head's q is an assumption: the counts say nothing above 1 M plays.
   */
  "luminate-2023": {
    type: "counts",
    points: [
      { rank: 436_000, plays: 1e6 },
      { rank: 31.8e6, plays: 1_000 },
      { rank: 104.5e6, plays: 10 },
      { rank: 138.4e6, plays: 1 },
    ],
    totalPlays: 4.1e12,
    headQ: 50,
  },
} as const satisfies Readonly<Record<string, PopularityDescription>>;

/** Zipf's alpha at which the lead of 31 new tracks has 25.2 M of 313 M plays on the first day, as in April 2024 (traffic.md 2.6). */
export const releaseAlpha = 0.387;

/** What a scenario says, or the name of a preset. Throws DescriptionError. */
export function readPopularity(value: unknown, path = "popularity"): PopularityDescription {
  if (typeof value === "string") return popularityPresets[wordOf(path, value, Object.keys(popularityPresets) as PopularityPreset[])];
  const type = wordOf(`${path}.type`, fieldsOf(path, value, ["type", "tracks", "alpha", "q", "points", "totalPlays", "headQ", "release"]).type, ["zipf", "zipf-mandelbrot", "counts"]);
  if (type === "counts") return counts(value, path);
  const held = fieldsOf(path, value, type === "zipf" ? ["type", "tracks", "alpha", "release"] : ["type", "tracks", "alpha", "q", "release"]);
  const common = {
    tracks: numberOf(`${path}.tracks`, held.tracks, { least: 1, most: maxTracks, whole: true }),
    alpha: numberOf(`${path}.alpha`, held.alpha, { least: 0, most: 10 }),
    ...releaseIn(held.release, path),
  };
  return type === "zipf" ? { type, ...common } : { type, ...common, q: numberOf(`${path}.q`, held.q, { least: 0, most: maxTracks }) };
}

function counts(value: unknown, path: string): CountsDescription {
  const held = fieldsOf(path, value, ["type", "points", "totalPlays", "headQ", "release"]);
  const points = listOf(`${path}.points`, held.points, { least: 1, most: 100 }).map((point, n): CountPoint => {
    const at = `${path}.points[${n}]`;
    const { rank, plays } = fieldsOf(at, point, ["rank", "plays"]);
    return { rank: numberOf(`${at}.rank`, rank, { least: 2, most: maxTracks, whole: true }), plays: numberOf(`${at}.plays`, plays, { above: 0, most: 1e18 }) };
  });
  for (const [n, { rank, plays }] of points.entries()) {
    const before = points[n - 1];
    if (before === undefined) continue;
    if (rank <= before.rank) throw new DescriptionError(`${path}.points[${n}].rank`, rank, `above the one before, ${before.rank}`);
    if (plays > before.plays) throw new DescriptionError(`${path}.points[${n}].plays`, plays, `at most those of the rank before, ${before.plays}`);
  }
  const headQ = numberOf(`${path}.headQ`, held.headQ, { least: 0, most: 1e9 });
  return { type: "counts", points, totalPlays: numberOf(`${path}.totalPlays`, held.totalPlays, { above: 0, most: 1e30 }), headQ, ...releaseIn(held.release, path) };
}

const releaseIn = (value: unknown, path: string): { readonly release?: Release } => (value === undefined ? {} : { release: readRelease(value, `${path}.release`) });

export function readRelease(value: unknown, path: string): Release {
  const { share, tracks, alpha } = fieldsOf(path, value, ["share", "tracks", "alpha"]);
  return {
    share: numberOf(`${path}.share`, share, { least: 0, most: 1 }),
    tracks: numberOf(`${path}.tracks`, tracks, { least: 1, most: 1e6, whole: true }),
    alpha: optional(alpha, releaseAlpha, (given) => numberOf(`${path}.alpha`, given, { least: 0, most: 10 })),
  };
}
