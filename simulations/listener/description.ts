/**
 * What a listener does, as a scenario describes it, and the presets. Figures are of the skip statistics of 2014 and of a log of 10,000 sessions of
 * 2018 (traffic.md 2.1, 2.2); what neither tells is marked as assumed.
 */
import type { z } from "zod";
import { fields, list, number, ordered, presetOr, read, ruled, share, word, type Described } from "../description/index.ts";

const seconds = { least: 0, most: 86_400 } as const;

const skips = ruled(
  fields({
    points: ruled(
      list(fields({ atS: number({ above: 0, most: seconds.most }).describe("Seconds of the track."), share: share.describe("Of plays, those that were skipped by then.") }), { least: 0, most: 100 }),
      (points) => [...ordered(points, "atS"), ...ordered(points, "share", "from")],
    ).describe("In order of time, rising shares."),
    beforeEnd: share.describe("Of plays, those that are skipped before the end of the track."),
    scale: share.default(1).describe("All shares times this."),
  }).describe("Share of plays that are skipped by a time: straight lines through the points, the last is the end of the track."),
  ({ points, beforeEnd }) => {
    const before = points.at(-1)?.share ?? 0;
    return beforeEnd < before ? [[["beforeEnd"], `a number from ${before} up to 1`]] : [];
  },
);

const sessions = fields({
  hazards: list(share, { least: 1, most: 1_000 }).describe("Of sessions that came so far, those that end after their first track, their second, ..."),
  tailExponent: share.describe("Beyond the list they fall as n^-tailExponent."),
  maxTracks: number({ least: 1, most: 100_000, whole: true }).describe("With which a session ends at the latest."),
}).describe("When sessions end.");

const quantile = fields({ quantile: share.describe("Of tracks, those that are no longer than this."), lengthS: number({ least: 1, most: seconds.most }).describe("Seconds.") });
const trackS = ruled(list(quantile, { least: 2, most: 100 }), (points) => [
  ...(points[0]?.quantile === 0 ? [] : [[[0, "quantile"], "0: the first point is the shortest track"] as const]),
  ...ordered(points, "quantile"),
  ...ordered(points, "lengthS", "from"),
  ...(points.at(-1)?.quantile === 1 ? [] : [[[points.length - 1, "quantile"], "1: the last point is the longest track"] as const]),
]).describe("Quantiles of track lengths from 0 to 1, straight lines between them.");

const pauses = ruled(
  fields({
    none: share.describe("Of plays, those that follow at once."),
    short: share.describe("Of plays, those after a short pause."),
    long: share.describe("Of plays, those after a long pause."),
    shortMeanS: number(seconds).describe("Seconds on average."),
    longMeanS: number(seconds).describe("Seconds on average."),
  }).describe("Before a play: shares of plays; one may have both a short and a long pause."),
  ({ none, ...given }) => {
    const beyond = (["short", "long"] as const).filter((name) => given[name] > 1 - none);
    if (beyond.length > 0) return beyond.map((name) => [[name], `a number from 0 up to ${1 - none}: the plays that have any pause`]);
    return given.short + given.long < 1 - none - 1e-9 ? [[["long"], `from ${1 - none - given.short}: none, short and long leave no other play`]] : [];
  },
);

const seeks = fields({
  forward: share.describe("Of plays, those with at least one."),
  back: share.describe("Of plays, those with at least one."),
  perPlay: number({ least: 1, most: 100 }).describe("Seeks in a play that has any."),
  meanS: number({ above: 0, most: seconds.most }).describe("Seconds of the track on average."),
}).describe("Jumps within a track.");

const startedBy = ruled(fields({ forward: share.describe("The button to the next one."), click: share.describe("A click on a track."), back: share.describe("The button to the one before.") }), ({ forward, click, back }) => (forward + click + back === 0 ? [[[], "weights of which one at least is above 0"]] : []))
  .describe("Weights of what starts a play after one that was skipped; after one that was played to its end the next follows by itself.");

const parts = { skips: skips.exactOptional(), sessions: sessions.exactOptional(), trackS: trackS.exactOptional(), pauses: pauses.exactOptional(), seeks: seeks.exactOptional(), startedBy: startedBy.exactOptional() };

export type ListenerDescription = Required<Described<z.ZodObject<typeof parts>>>;
export type SkipCurve = Described<typeof skips>;
export type StopHazards = Described<typeof sessions>;
export type Quantile = Described<typeof quantile>;
export type Pauses = Described<typeof pauses>;
export type Seeks = Described<typeof seeks>;
export type ListenerPreset = keyof typeof listenerPresets;

/** "Nearly a quarter within 5 s"; the point at 10 s was not confirmed. */
const skips2014 = { points: [{ atS: 5, share: 0.2414 }, { atS: 10, share: 0.2897 }, { atS: 30, share: 0.3505 }], beforeEnd: 0.486 } as const;

const habits = {
  sessions: {
    // Measured from the 10th track to the 19th. Before the 10th it is assumed to be as at the 10th; the exponent is that of the fall between the 10th and the 18th.
    hazards: [0.082, 0.082, 0.082, 0.082, 0.082, 0.082, 0.082, 0.082, 0.082, 0.082, 0.082, 0.077, 0.07, 0.063, 0.064, 0.0555, 0.0555, 0.0555, 0.0555],
    tailExponent: 0.68,
    maxTracks: 1_000,
  },
  // The ends and the quartiles are the log's; between them is what brings out its mean of 215.9 s and standard deviation of 60.2 s.
  trackS: [
    { quantile: 0, lengthS: 30 },
    { quantile: 0.01, lengthS: 90 },
    { quantile: 0.05, lengthS: 145 },
    { quantile: 0.25, lengthS: 183.5 },
    { quantile: 0.5, lengthS: 212 },
    { quantile: 0.75, lengthS: 240.8 },
    { quantile: 0.9, lengthS: 275 },
    { quantile: 0.95, lengthS: 295 },
    { quantile: 0.99, lengthS: 400 },
    { quantile: 0.9995, lengthS: 500 },
    { quantile: 1, lengthS: 1_788 },
  ],
  // How long pauses and seeks are is assumed: the log has their shares only. 0.085 seeks per play over the 5.9 % of plays that have any.
  pauses: { none: 0.768, short: 0.147, long: 0.173, shortMeanS: 5, longMeanS: 60 },
  seeks: { forward: 0.028, back: 0.031, perPlay: 1.44, meanS: 15 },
  startedBy: { forward: 0.476, click: 0.104, back: 0.078 },
} as const;

export const listenerPresets = {
  /** Skips scaled so that 80M streams at 500K plays/s are consistent: 160 s of a track of 210 s, 29 % skipped (traffic.md 2.2). */
  seed: { skips: { ...skips2014, scale: 0.598 }, ...habits },
  /** The curve as it was reported: 126 s of 210 s. */
  "2014": { skips: { ...skips2014, scale: 1 }, ...habits },
} as const satisfies Readonly<Record<string, ListenerDescription>>;

const presetNames = Object.keys(listenerPresets) as ListenerPreset[];

export const listenerSchema = presetOr(presetNames, fields({ preset: word(presetNames).default("seed").describe("What is left out is this one's."), ...parts }))
  .transform((given): ListenerDescription => {
    if (typeof given === "string") return listenerPresets[given];
    const { preset, ...own } = given;
    return { ...listenerPresets[preset], ...own };
  })
  .meta({ id: "listener", description: "What a listener does: a preset, or one with parts of its own." });

/** Throws DescriptionError. */
export const readListener = (value: unknown, path = "listener"): ListenerDescription => read(listenerSchema, path, value);
