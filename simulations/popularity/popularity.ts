/**
 * Which track is played: draws by rejection-inversion (Hörmann and Derflinger 1996), exact for weights that fall in a convex curve, in
 * memory that does not depend on the number of tracks. Between two pieces of a curve of counts the bend is not convex: the one rank there
 * is drawn too seldom by less than its distance to the next rank's weight.
 */
import type { Stream } from "../random/index.ts";
import { piecesOf, powerIntegral, powerIntegralInverse, type Piece } from "./curve.ts";
import type { PopularityDescription, Release } from "./description.ts";

export interface Popularity {
  /** Of the catalogue, without those of a release. */
  readonly tracks: number;
  /** With those of a release, which have the numbers after `tracks`. */
  readonly allTracks: number;
  /** Of one play, that it is of this track: 1 to `allTracks`. */
  probability(track: number): number;
  /** Of plays, that they are of tracks `from` to `to`, both included. In steps of the catalogue or of the release, not across. */
  share(from: number, to: number): number;
  /** Of plays, those of the `count` most played tracks of the catalogue. */
  shareOfTop(count: number): number;
  /** A track, from 1 to `allTracks`. `releaseShare` in place of the description's: it may change during a run. */
  sample(stream: Stream, releaseShare?: number): number;
}

/** Weights up to this rank are added one by one; beyond it, sum and integral differ by less than 1e-9 of the sum. */
const headTracks = 2_000;

export function popularityOf(description: PopularityDescription): Popularity {
  const catalogue = curveSampler(piecesOf(description));
  if (description.release === undefined) return { ...catalogue, allTracks: catalogue.tracks, shareOfTop: (count) => catalogue.share(1, Math.min(count, catalogue.tracks)) };
  return withRelease(catalogue, description.release);
}

type CurveSampler = Pick<Popularity, "tracks" | "probability" | "share" | "sample">;

function withRelease(catalogue: CurveSampler, release: Release): Popularity {
  const fresh = curveSampler(piecesOf({ type: "zipf", tracks: release.tracks, alpha: release.alpha }));
  const { tracks } = catalogue;
  const old = 1 - release.share;
  return {
    tracks,
    allTracks: tracks + release.tracks,
    probability: (track) => (track <= tracks ? old * catalogue.probability(track) : release.share * fresh.probability(track - tracks)),
    share: (from, to) => (from <= tracks ? old * catalogue.share(from, to) : release.share * fresh.share(from - tracks, to - tracks)),
    shareOfTop: (count) => old * catalogue.share(1, Math.min(count, tracks)),
    sample: (stream, share = release.share) => (share > 0 && stream.chance(share) ? tracks + fresh.sample(stream) : catalogue.sample(stream)),
  };
}

function curveSampler(pieces: readonly Piece[]): CurveSampler {
  const tracks = Math.floor(pieces.at(-1)?.to ?? 0);
  const pieceAt = (rank: number): Piece => pieces.find(({ to }) => rank <= to) ?? pieces[pieces.length - 1] ?? none;
  const weight = (rank: number): number => {
    const { scale, alpha, q } = pieceAt(rank);
    return scale * (rank + q) ** -alpha;
  };
  const integral = (low: number, high: number): number =>
    pieces.reduce((sum, { from, to, scale, alpha, q }) => (high > from && low < to ? sum + scale * powerIntegral(Math.max(low, from), Math.min(high, to), alpha, q) : sum), 0);

  // The first rank's area is cut to its weight, so that it is never refused; each other rank's area is the curve's around it.
  const firstArea = weight(1);
  const starts = pieces.map(({ from }, n) => (n === 0 ? 0 : firstArea + integral(1.5, from)));
  const area = tracks === 1 ? firstArea : firstArea + integral(1.5, tracks + 0.5);
  const areaAt = (x: number): number => firstArea + integral(1.5, x);
  const rankAt = (u: number): number => {
    let n = pieces.length - 1;
    while (n > 0 && u < (starts[n] ?? 0)) n--;
    const { from, scale, alpha, q } = pieces[n] ?? none;
    return n === 0 ? powerIntegralInverse(1.5, (u - firstArea) / scale, alpha, q) : powerIntegralInverse(from, (u - (starts[n] ?? 0)) / scale, alpha, q);
  };
  // A draw this close above its rank is never refused: the bound of the most curved rank of each piece holds for those after it.
  const surely = Math.min(0.5, ...pieces.map(({ from }) => Math.max(2, Math.ceil(from + 0.5) + 1)).filter((rank) => rank <= tracks).map((rank) => rank - rankAt(areaAt(rank + 0.5) - weight(rank))));

  const head = new Float64Array(Math.min(headTracks, tracks) + 1);
  for (let rank = 1; rank < head.length; rank++) head[rank] = (head[rank - 1] ?? 0) + weight(rank);
  const weightTo = (rank: number): number => head[Math.max(0, rank)] ?? (head[head.length - 1] ?? 0) + integral(head.length - 0.5, rank + 0.5);
  const all = weightTo(tracks);

  return {
    tracks,
    probability: (rank) => (rank < 1 || rank > tracks ? 0 : weight(rank) / all),
    share: (from, to) => Math.max(0, weightTo(Math.min(to, tracks)) - weightTo(Math.min(from, tracks + 1) - 1)) / all,
    sample: (stream) => {
      for (;;) {
        const u = stream.next() * area;
        if (u < firstArea) return 1;
        const x = rankAt(u);
        const rank = Math.min(tracks, Math.round(x));
        if (rank - x <= surely || u >= areaAt(rank + 0.5) - weight(rank)) return rank;
      }
    },
  };
}

const none: Piece = { from: 0, to: 0.5, scale: 1, alpha: 0, q: 0 };
