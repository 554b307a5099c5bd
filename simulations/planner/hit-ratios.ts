/**
 * Hit ratios of edges and shields: Che's approximation (simulations/cache) for any popularity, catalogue, mix of tiers and sizes. What was
 * asked once is remembered: the worlds of a request differ in few of these. About 1 ms of CPU each.
 *
 *   listeners --> edge (pinned tracks, an LRU of what room is left) --> shield (LRU) --> origin
 */
import { cacheHits, edgeAndShield, lossyTrackBytes, objectsOf, type CachedObjects, type ObjectsDescription } from "../cache/index.ts";
import { chunkReach, listenerPresets } from "../listener/index.ts";
import { popularityOf, popularityPresets, readPopularity, type Popularity, type PopularityDescription } from "../popularity/index.ts";

/** What edges are asked for. Rates in kbit/s, times in s; `lowShare` and `highShare` of plays, the rest is at `normalRate`. */
export interface Catalogue {
  readonly tracks: number;
  readonly trackS: number;
  readonly chunkS: number;
  readonly lowShare: number;
  readonly highShare: number;
  readonly lowRate: number;
  readonly normalRate: number;
  readonly highRate: number;
}

/** Edges are alike, each with its part of the requests. */
export interface Edge {
  readonly bytes: number;
  /** Most played tracks that every edge keeps by decree, as many as there is room for. */
  readonly pinnedTracks: number;
}

export interface Shield {
  readonly bytes: number;
  /** Edges that ask it. */
  readonly edges: number;
}

/** Shares of all requests and of all bytes, 0 to 1. */
export interface Shares {
  readonly requests: number;
  readonly bytes: number;
}

export interface HitRatios {
  /** What an edge answers. */
  edge(catalogue: Catalogue, edge: Edge): Shares;
  /** What neither edge nor shield has. */
  origin(catalogue: Catalogue, edge: Edge, shield: Shield): Shares;
  /** Of plays, those of the `count` most played tracks. */
  shareOfTop(count: number, tracks: number): number;
  /** Tracks that are played at all. */
  playedTracks(tracks: number): number;
}

/** Answers that are kept: the worlds of the largest request. */
const kept = 20_000;
/** Columns of objects, 50 KB each: those of one world. */
const largeKept = 4;
/** A track in more chunks than this is counted in so many: neighbours are asked for alike. */
const mostChunks = 200;

/** "zipf-ALPHA", ALPHA from 0 to 10. */
export const zipfName = /^zipf-(10(?:\.0+)?|\d(?:\.\d+)?)$/;

/** A preset's name, "zipf-ALPHA", or a curve as scenarios describe it. Throws DescriptionError. */
export function popularityDescription(given: unknown): PopularityDescription {
  const alpha = typeof given === "string" ? zipfName.exec(given)?.[1] : undefined;
  return readPopularity(alpha === undefined ? given : { type: "zipf", tracks: popularityPresets.seed.tracks, alpha: Number(alpha) });
}

/**
 * The catalogue's size is the plan's: a Zipf curve ends there, whatever its description says. A curve of counts ends there too, or sooner when fewer
 * tracks are played.
 */
export function hitRatios(description: PopularityDescription): HitRatios {
  const popularities = remembered((tracks: number): Popularity => {
    const whole = Math.max(1, Math.round(tracks));
    return description.type === "counts" ? firstTracks(popularityOf(description), whole) : popularityOf({ ...description, tracks: whole });
  });
  const pinned = remembered((...given) => pinnedIn(behind(popularities, given), edgeIn(given)), largeKept);
  const edges = remembered((...given) => sharesAt(pinned(...given)));
  const origins = remembered((...given) => sharesBehind(pinned(...given.slice(0, shieldAt)), { bytes: given[shieldAt] ?? NaN, edges: given[shieldAt + 1] ?? NaN }));
  return {
    edge: (catalogue, edge) => edges(...numbersOf(catalogue), edge.bytes, edge.pinnedTracks),
    origin: (catalogue, edge, shield) => origins(...numbersOf(catalogue), edge.bytes, edge.pinnedTracks, shield.bytes, shield.edges),
    shareOfTop: (count, tracks) => popularities(tracks).shareOfTop(Math.round(count)),
    playedTracks: (tracks) => popularities(tracks).tracks,
  };
}

/** A question as numbers in a row, by which its answer is remembered: catalogue, edge, shield. */
const numbersOf = ({ tracks, trackS, chunkS, lowShare, highShare, lowRate, normalRate, highRate }: Catalogue): readonly number[] => [tracks, trackS, chunkS, lowShare, highShare, lowRate, normalRate, highRate];
const edgeAt = 8;
const shieldAt = edgeAt + 2;
const edgeIn = (given: readonly number[]): Edge => ({ bytes: given[edgeAt] ?? NaN, pinnedTracks: given[edgeAt + 1] ?? NaN });

/** In the order of `numbersOf`. */
export function catalogueIn([tracks = NaN, trackS = NaN, chunkS = NaN, lowShare = NaN, highShare = NaN, lowRate = NaN, normalRate = NaN, highRate = NaN]: readonly number[]): Catalogue {
  return { tracks, trackS, chunkS, lowShare, highShare, lowRate, normalRate, highRate };
}

function behind(popularities: (tracks: number) => Popularity, given: readonly number[]): ObjectsDescription {
  const catalogue = catalogueIn(given);
  return objectsIn(popularities(catalogue.tracks), catalogue);
}

/** The objects that caches see. Skips are the seed's: they decide how seldom the end of a track is asked for. */
export function objectsIn(popularity: Popularity, { trackS, chunkS, lowShare, highShare, lowRate, normalRate, highRate }: Catalogue): ObjectsDescription {
  const counted = Math.max(chunkS, trackS / mostChunks);
  const normalShare = Math.max(0, 1 - lowShare - highShare);
  const all = lowShare + normalShare + highShare;
  return {
    popularity,
    tiers: [{ rateKbps: lowRate, share: lowShare / all }, { rateKbps: normalRate, share: normalShare / all }, { rateKbps: highRate, share: highShare / all }],
    chunkS: counted,
    reach: chunkReach(listenerPresets.seed.skips, trackS, counted),
  };
}

interface Pinned {
  /** Of plays, those of pinned tracks. */
  readonly share: number;
  /** Of the others; undefined when all are pinned. */
  readonly others: CachedObjects | undefined;
  readonly roomBytes: number;
}

function pinnedIn(description: ObjectsDescription, { bytes, pinnedTracks }: Edge): Pinned {
  const { popularity } = description;
  const trackBytes = lossyTrackBytes(description);
  const pinned = Math.max(0, Math.min(Math.floor(pinnedTracks), Math.floor(bytes / trackBytes), popularity.tracks));
  // A byte holds nothing: an edge whose room is all pinned.
  return {
    share: popularity.shareOfTop(pinned),
    others: pinned < popularity.allTracks ? objectsOf({ ...description, fromTrack: pinned + 1 }) : undefined,
    roomBytes: Math.max(1, bytes - pinned * trackBytes),
  };
}

export const edgeShares = (description: ObjectsDescription, edge: Edge): Shares => sharesAt(pinnedIn(description, edge));
export const originShares = (description: ObjectsDescription, edge: Edge, shield: Shield): Shares => sharesBehind(pinnedIn(description, edge), shield);

function sharesAt({ share, others, roomBytes }: Pinned): Shares {
  if (others === undefined) return { requests: 1, bytes: 1 };
  const { requestHit, byteHit } = cacheHits(others, roomBytes);
  return { requests: share + (1 - share) * requestHit, bytes: share + (1 - share) * byteHit };
}

function sharesBehind({ share, others, roomBytes }: Pinned, { bytes, edges }: Shield): Shares {
  if (others === undefined) return { requests: 0, bytes: 0 };
  const { originRequestShare, originByteShare } = edgeAndShield(others, { edgeBytes: roomBytes, edges: Math.max(1, Math.round(edges)), shieldBytes: Math.max(1, bytes) });
  return { requests: (1 - share) * originRequestShare, bytes: (1 - share) * originByteShare };
}

/** The `count` most played tracks of a popularity alone. */
function firstTracks(popularity: Popularity, count: number): Popularity {
  if (count >= popularity.tracks) return popularity;
  const all = popularity.share(1, count);
  return {
    tracks: count,
    allTracks: count,
    probability: (track) => (track <= count ? popularity.probability(track) / all : 0),
    share: (from, to) => popularity.share(from, Math.min(to, count)) / all,
    shareOfTop: (top) => popularity.share(1, Math.min(top, count)) / all,
    sample(stream) {
      for (;;) {
        const track = popularity.sample(stream);
        if (track <= count) return track;
      }
    },
  };
}

/** A pure function of numbers that does not do the same twice, as long as it has not been asked for `most` other things. */
function remembered<Answer>(compute: (...given: number[]) => Answer, most = kept): (...given: number[]) => Answer {
  const answers = new Map<string, Answer>();
  return (...given) => {
    const key = given.join();
    let answer = answers.get(key);
    if (answer === undefined) {
      if (answers.size >= most) answers.clear();
      answer = compute(...given);
      answers.set(key, answer);
    }
    return answer;
  };
}
