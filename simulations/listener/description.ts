/**
 * What a listener does, as a scenario describes it (JSON), and the presets. Figures are of the skip statistics of 2014 and of a log of
 * 10,000 sessions of 2018 (traffic.md 2.1, 2.2); what neither tells is marked as assumed.
 */
import { DescriptionError, fieldsOf, listOf, numberOf, optional, wordOf } from "../description/index.ts";

export interface ListenerDescription {
  readonly skips: SkipCurve;
  readonly sessions: StopHazards;
  /** Quantiles of track lengths, straight lines between them. */
  readonly trackS: readonly Quantile[];
  readonly pauses: Pauses;
  readonly seeks: Seeks;
  /** Weights of what starts a play after one that was skipped; after one that was played to its end the next follows by itself. */
  readonly startedBy: { readonly forward: number; readonly click: number; readonly back: number };
}

/** Share of plays that are skipped by a time, `scale` times straight lines through the points; the last is the end of the track. */
export interface SkipCurve {
  readonly points: readonly { readonly atS: number; readonly share: number }[];
  readonly beforeEnd: number;
  readonly scale: number;
}

/** P(a session ends after its n-th track, having come so far): as listed, then falling as n^-tailExponent. */
export interface StopHazards {
  readonly hazards: readonly number[];
  readonly tailExponent: number;
  readonly maxTracks: number;
}

export interface Quantile {
  readonly quantile: number;
  readonly lengthS: number;
}

/** Before a play: shares of plays; one may have both a short and a long pause. */
export interface Pauses {
  readonly none: number;
  readonly short: number;
  readonly long: number;
  readonly shortMeanS: number;
  readonly longMeanS: number;
}

export interface Seeks {
  /** Shares of plays with at least one. */
  readonly forward: number;
  readonly back: number;
  /** Seeks in a play that has any. */
  readonly perPlay: number;
  readonly meanS: number;
}

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

const share = { least: 0, most: 1 } as const;
const maxS = 86_400;
const maxSessionTracks = 100_000;

/** What a scenario says, the name of a preset, or a preset with parts of its own: `{ preset: "seed", skips: ... }`. Throws DescriptionError. */
export function readListener(value: unknown, path = "listener"): ListenerDescription {
  if (typeof value === "string") return listenerPresets[presetOf(value, path)];
  const held = fieldsOf(path, value, ["preset", "skips", "sessions", "trackS", "pauses", "seeks", "startedBy"]);
  const preset = listenerPresets[optional(held.preset, "seed", (name) => presetOf(name, `${path}.preset`))];
  return {
    skips: optional(held.skips, preset.skips, (given) => readSkips(given, `${path}.skips`)),
    sessions: optional(held.sessions, preset.sessions, (given) => readSessions(given, `${path}.sessions`)),
    trackS: optional(held.trackS, preset.trackS, (given) => readLengths(given, `${path}.trackS`)),
    pauses: optional(held.pauses, preset.pauses, (given) => readPauses(given, `${path}.pauses`)),
    seeks: optional(held.seeks, preset.seeks, (given) => readSeeks(given, `${path}.seeks`)),
    startedBy: optional(held.startedBy, preset.startedBy, (given) => readStarts(given, `${path}.startedBy`)),
  };
}

const presetOf = (value: unknown, path: string): ListenerPreset => wordOf(path, value, Object.keys(listenerPresets) as ListenerPreset[]);

function readSkips(value: unknown, path: string): SkipCurve {
  const held = fieldsOf(path, value, ["points", "beforeEnd", "scale"]);
  let before = { atS: 0, share: 0 };
  const points = listOf(`${path}.points`, held.points, { least: 0, most: 100 }).map((point, n) => {
    const at = `${path}.points[${n}]`;
    const given = fieldsOf(at, point, ["atS", "share"]);
    before = { atS: numberOf(`${at}.atS`, given.atS, { above: before.atS, most: maxS }), share: numberOf(`${at}.share`, given.share, { least: before.share, most: 1 }) };
    return before;
  });
  return { points, beforeEnd: numberOf(`${path}.beforeEnd`, held.beforeEnd, { least: before.share, most: 1 }), scale: optional(held.scale, 1, (given) => numberOf(`${path}.scale`, given, share)) };
}

function readSessions(value: unknown, path: string): StopHazards {
  const { hazards, tailExponent, maxTracks } = fieldsOf(path, value, ["hazards", "tailExponent", "maxTracks"]);
  return {
    hazards: listOf(`${path}.hazards`, hazards, { least: 1, most: 1_000 }).map((hazard, n) => numberOf(`${path}.hazards[${n}]`, hazard, share)),
    tailExponent: numberOf(`${path}.tailExponent`, tailExponent, { least: 0, most: 1 }),
    maxTracks: numberOf(`${path}.maxTracks`, maxTracks, { least: 1, most: maxSessionTracks, whole: true }),
  };
}

function readLengths(value: unknown, path: string): readonly Quantile[] {
  let before = { quantile: 0, lengthS: 1 };
  const points = listOf(path, value, { least: 2, most: 100 }).map((point, n) => {
    const at = `${path}[${n}]`;
    const { quantile, lengthS } = fieldsOf(at, point, ["quantile", "lengthS"]);
    before = { quantile: numberOf(`${at}.quantile`, quantile, n === 0 ? { least: 0, most: 0 } : { above: before.quantile, most: 1 }), lengthS: numberOf(`${at}.lengthS`, lengthS, { least: before.lengthS, most: maxS }) };
    return before;
  });
  if (before.quantile !== 1) throw new DescriptionError(`${path}[${points.length - 1}].quantile`, before.quantile, "1: the last point is the longest track");
  return points;
}

function readPauses(value: unknown, path: string): Pauses {
  const held = fieldsOf(path, value, ["none", "short", "long", "shortMeanS", "longMeanS"]);
  const none = numberOf(`${path}.none`, held.none, share);
  const short = numberOf(`${path}.short`, held.short, { least: 0, most: 1 - none });
  const long = numberOf(`${path}.long`, held.long, { least: 0, most: 1 - none });
  if (short + long < 1 - none - 1e-9) throw new DescriptionError(`${path}.long`, long, `from ${1 - none - short}: none, short and long leave no other play`);
  return { none, short, long, shortMeanS: numberOf(`${path}.shortMeanS`, held.shortMeanS, { least: 0, most: maxS }), longMeanS: numberOf(`${path}.longMeanS`, held.longMeanS, { least: 0, most: maxS }) };
}

function readSeeks(value: unknown, path: string): Seeks {
  const held = fieldsOf(path, value, ["forward", "back", "perPlay", "meanS"]);
  return {
    forward: numberOf(`${path}.forward`, held.forward, share),
    back: numberOf(`${path}.back`, held.back, share),
    perPlay: numberOf(`${path}.perPlay`, held.perPlay, { least: 1, most: 100 }),
    meanS: numberOf(`${path}.meanS`, held.meanS, { above: 0, most: maxS }),
  };
}

function readStarts(value: unknown, path: string): ListenerDescription["startedBy"] {
  const held = fieldsOf(path, value, ["forward", "click", "back"]);
  const weights = { forward: numberOf(`${path}.forward`, held.forward, share), click: numberOf(`${path}.click`, held.click, share), back: numberOf(`${path}.back`, held.back, share) };
  if (weights.forward + weights.click + weights.back === 0) throw new DescriptionError(path, value, "weights of which one at least is above 0");
  return weights;
}
