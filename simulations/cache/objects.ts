/**
 * What edges keep: a chunk of a track in a tier is one object, asked for with P(track) x share of the tier x P(a listener gets that far).
 * A catalogue of 1e8 tracks has 1e10 of them, so neighbours in popularity stand together: the most played tracks one by one, the others in
 * bins whose ranks grow by a constant ratio, each bin at its mean.
 */
import { addingUp, fields, list, number, read, ruled, share, type Described } from "../description/index.ts";
import type { Popularity } from "../popularity/index.ts";

const tier = fields({ rateKbps: number({ above: 0, most: 1e6 }).describe("kbit/s"), share: share.describe("Of plays, 0 to 1; those of all tiers add up to 1.") });
export const tiersSchema = ruled(list(tier, { least: 1, most: 20 }), (tiers) => addingUp(tiers, 1e-9));
export type TierShare = Described<typeof tier>;

export interface ObjectsDescription {
  readonly popularity: Popularity;
  readonly tiers: readonly TierShare[];
  readonly chunkS: number;
  /** P(a listener gets to chunk j), for each chunk of a track: from listener/'s chunkReach. All tracks are taken to be equally long. */
  readonly reach: readonly number[];
  /** Tracks that stand by themselves, and how much further each bin's last rank is than the one before. */
  readonly exactTracks?: number;
  readonly binRatio?: number;
  /** How much more often the most asked for of a class of chunks is asked for than the least. */
  readonly classRatio?: number;
  /** Leaves out the more played ones, which are kept elsewhere. */
  readonly fromTrack?: number;
}

/** Columns of equal length: a row stands for `count` objects of the same popularity and size. */
export interface CachedObjects {
  readonly count: Float64Array;
  /** Requests for one such object, of all requests (those for objects left out included). */
  readonly rate: Float64Array;
  readonly bytes: Float64Array;
}

/**
 * 50 exact tracks and bins of 10 % give hit ratios within 0.0002 of those with 20,000 and 0.5 %, over the table of traffic.md 4.3, in under
 * 1 ms of CPU each instead of 110 ms: a planner asks for hundreds.
 */
const defaultExactTracks = 50;
const defaultBinRatio = 1.1;
const defaultClassRatio = 1.05;

/** 25/50/25 % (traffic.md 4.3). For a mean of 160 kbps, 40/45/15 % (2.7). */
export const defaultTiers: readonly TierShare[] = [
  { rateKbps: 96, share: 0.25 },
  { rateKbps: 160, share: 0.5 },
  { rateKbps: 320, share: 0.25 },
];

/** Throws DescriptionError. */
export const readTiers = (value: unknown, path = "tiers"): readonly TierShare[] => read(tiersSchema, path, value);

/** Bytes of one track in all tiers. */
export const lossyTrackBytes = ({ tiers, chunkS, reach }: Pick<ObjectsDescription, "tiers" | "chunkS" | "reach">): number => tiers.reduce((sum, { rateKbps }) => sum + rateKbps * 125 * chunkS * reach.length, 0);

export function objectsOf(description: ObjectsDescription): CachedObjects {
  const classes = classesOf(description);
  const bins = binsOf(description);
  const rows = bins.length * classes.length;
  const [count, rate, bytes] = [new Float64Array(rows), new Float64Array(rows), new Float64Array(rows)];
  let row = 0;
  for (const bin of bins) {
    for (const one of classes) {
      count[row] = bin.tracks * one.objects;
      rate[row] = (bin.share / bin.tracks) * one.rate;
      bytes[row] = one.bytes;
      row++;
    }
  }
  return { count, rate, bytes };
}

interface ObjectClass {
  /** Of the requests for a track, those for one such object; mean of those in the class. */
  readonly rate: number;
  readonly bytes: number;
  readonly objects: number;
}

/** Chunks and tiers that are asked for nearly as often, within `classRatio`, stand together as tracks do in a bin: exact where the shares of tiers are equal, for what LRU keeps and for bytes. */
function classesOf({ tiers, chunkS, reach, classRatio = defaultClassRatio }: ObjectsDescription): readonly ObjectClass[] {
  const requests = reach.reduce((sum, share) => sum + share, 0) * tiers.reduce((sum, { share }) => sum + share, 0);
  const singles = reach.flatMap((far) => tiers.map(({ rateKbps, share }): ObjectClass => ({ rate: (far * share) / requests, bytes: rateKbps * 125 * chunkS, objects: 1 })));
  const alike: ObjectClass[][] = [];
  for (const single of singles.toSorted((one, other) => other.rate - one.rate)) {
    const last = alike.at(-1);
    if (last?.[0] !== undefined && single.rate * classRatio >= last[0].rate) last.push(single);
    else alike.push([single]);
  }
  return alike.map((group) => ({ rate: mean(group, ({ rate }) => rate), bytes: mean(group, ({ bytes }) => bytes), objects: group.length }));
}

const mean = (group: readonly ObjectClass[], of: (one: ObjectClass) => number): number => group.reduce((sum, one) => sum + of(one), 0) / group.length;

interface Bin {
  readonly tracks: number;
  /** Of plays, those of all tracks in the bin. */
  readonly share: number;
}

function binsOf({ popularity, exactTracks = defaultExactTracks, binRatio = defaultBinRatio, fromTrack = 1 }: ObjectsDescription): readonly Bin[] {
  const ranks = (first: number, base: number, last: number): readonly Bin[] => {
    const bins: Bin[] = [];
    for (let from = first; from <= last; ) {
      const to = from - base < exactTracks ? from : Math.min(last, Math.max(from, base + Math.floor((from - base) * binRatio)));
      bins.push({ tracks: to - from + 1, share: popularity.share(from, to) });
      from = to + 1;
    }
    return bins;
  };
  return [...ranks(fromTrack, 0, popularity.tracks), ...ranks(popularity.tracks + 1, popularity.tracks, popularity.allTracks)];
}
