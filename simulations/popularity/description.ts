/** How plays spread over tracks, as a scenario describes it, and the presets. Ranks begin at 1, the most played track. */
import { z } from "zod";
import { fields, kinds, list, number, ordered, presetOr, read, ruled, share, type Described } from "../description/index.ts";

/** Beyond this a rank and the one after it are near the end of what a number can tell apart after a power was taken. */
const maxTracks = 1e12;
/** Zipf's alpha at which the lead of 31 new tracks has 25.2 M of 313 M plays on the first day, as in April 2024 (traffic.md 2.6). */
export const releaseAlpha = 0.387;

const tracks = number({ least: 1, most: maxTracks, whole: true }).describe("How many there are.");
const alpha = number({ least: 0, most: 10 }).describe("How unevenly: 0 is all alike.");

const newTracks = fields({
  share: share.describe("Of all plays, 0 to 1."),
  tracks: number({ least: 1, most: 1e6, whole: true }).describe("They take the numbers after the last rank of the catalogue."),
  alpha: alpha.default(releaseAlpha).describe("How unevenly the new tracks share these plays (Zipf)."),
});
const release = newTracks.exactOptional().describe("Tracks that were not there before, and their part of the plays.");

const point = fields({ rank: number({ least: 2, most: maxTracks, whole: true }).describe("From 1, the most played track."), plays: number({ above: 0, most: 1e18 }).describe("Of the track at this rank, in the time that totalPlays is of.") });
export const curveSchema = kinds(
  "type",
  fields({ type: z.literal("zipf"), tracks, alpha, release }).describe("Plays of rank r ~ r^-alpha."),
  fields({ type: z.literal("zipf-mandelbrot"), tracks, alpha, q: number({ least: 0, most: maxTracks }).describe("How flat the head is: 0 is Zipf's law."), release }).describe("Plays of rank r ~ (r + q)^-alpha."),
  fields({
    type: z.literal("counts"),
    points: ruled(list(point, { least: 1, most: 100 }), (points) => [...ordered(points, "rank"), ...ordered(points, "plays", "up to")]).describe("Rising ranks, falling plays; the last rank is the number of tracks that are played at all."),
    totalPlays: number({ above: 0, most: 1e30 }).describe("Of all tracks."),
    headQ: number({ least: 0, most: 1e9 }).describe("How flat the curve is before the first point."),
    release,
  }).describe("Straight lines in log-log scale between published points; before the first, (r + headQ)^-alpha with the alpha that makes all plays add up to totalPlays."),
);

export type PopularityDescription = Described<typeof curveSchema>;
export type CountPoint = Described<typeof point>;
export type Release = Described<typeof newTracks>;
export type PopularityPreset = keyof typeof popularityPresets;

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

export const popularitySchema = presetOr(Object.keys(popularityPresets) as PopularityPreset[], curveSchema)
  .transform((given): PopularityDescription => (typeof given === "string" ? popularityPresets[given] : given))
  .meta({ id: "popularity", description: "How plays spread over tracks: a preset, or a curve." });

/** Throws DescriptionError. */
export const readPopularity = (value: unknown, path = "popularity"): PopularityDescription => read(popularitySchema, path, value);
