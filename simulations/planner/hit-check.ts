/**
 * The planner's hit ratios against caches that are really kept: edges and a shield as LRUs, asked play after play, chunk after chunk. The
 * catalogue is made smaller with its curve, and caches with it; Che's formula is asked about the same small world, and about the whole one.
 */
import { LruCache, type ObjectsDescription } from "../cache/index.ts";
import { popularityOf, type PopularityDescription } from "../popularity/index.ts";
import { Stream } from "../random/index.ts";
import { edgeShares, objectsIn, originShares, popularityDescription, type Catalogue, type Edge, type Shares, type Shield } from "./hit-ratios.ts";
import { evaluateAt, hitsFor } from "./plan.ts";
import type { PlanRequest } from "./request.ts";

export interface HitCheck {
  readonly what: string;
  /** Che's, of the plan's whole catalogue; of requests. */
  readonly whole: number;
  /** Che's, of the small one. */
  readonly small: number;
  readonly replayed: number;
}

/** Tracks and chunks of a track of the small world: two minutes of a day's plays would not warm the caches of a large one. */
const small = { tracks: 10_000, chunks: 6 };
const defaultPlays = 10_000;
/** So many times as many for an edge by itself. */
const alone = 5;

/** One edge at a third of its size, at its size and at three times; then all edges of a shield. `plays`: that are counted of each of these; as many warm it. */
export function checkHits(request: PlanRequest, plays = defaultPlays): HitCheck[] {
  const evaluation = evaluateAt(request);
  const at = (name: string): number => evaluation.value(name);
  const whole: Catalogue = { tracks: at("catalog.tracks"), trackS: at("track.seconds"), chunkS: at("chunk.seconds"), lowShare: at("mix.low"), highShare: at("mix.high"), lowRate: at("rate.low"), normalRate: at("rate.normal"), highRate: at("rate.high") };
  const part = Math.min(1, small.tracks / whole.tracks);
  const catalogue: Catalogue = { ...whole, tracks: whole.tracks * part, chunkS: Math.max(whole.chunkS, whole.trackS / small.chunks) };
  const objects = objectsIn(popularityOf(shrunk(popularityDescription(request.popularity), whole.tracks, part)), catalogue);
  const stream = new Stream(request.seed, "planner", "hit check");
  const hits = hitsFor(request);
  const shield: Shield = { bytes: at("shield.bytes"), edges: Math.max(1, Math.round(Math.min(at("shield.edges"), at("edge.pops")))) };
  const smaller = <Sized extends Edge | Shield>(one: Sized): Sized => ({ ...one, bytes: one.bytes * part });
  const edgeOf = (times: number): Edge => ({ bytes: at("edge.bytes") * times, pinnedTracks: 0 });
  const edges = ([[1 / 3, "a third of an edge"], [1, "an edge"], [3, "three times an edge"]] as const).map(([times, what]): HitCheck => {
    const edge = edgeOf(times);
    return { what, whole: hits.edge(whole, edge).requests, small: edgeShares(objects, smaller(edge)).requests, replayed: replayed(objects, smaller(edge), undefined, stream, plays * alone).edge };
  });
  const edge = edgeOf(1);
  return [...edges, {
    what: `${shield.edges} edges and their shield`, whole: hitOf(hits.origin(whole, edge, shield)), small: hitOf(originShares(objects, smaller(edge), smaller(shield))),
    replayed: replayed(objects, smaller(edge), smaller(shield), stream, plays).both,
  }];
}

const hitOf = (missed: Shares): number => 1 - missed.requests;

/** The same curve over a part of the tracks. */
export function shrunk(description: PopularityDescription, tracks: number, part: number): PopularityDescription {
  if (description.type === "zipf") return { ...description, tracks: Math.round(tracks * part) };
  if (description.type === "zipf-mandelbrot") return { ...description, tracks: Math.round(tracks * part), q: description.q * part };
  let last = 1;
  const points = description.points.map(({ rank, plays }) => ({ rank: (last = Math.max(last + 1, Math.round(rank * part))), plays }));
  return { ...description, points, totalPlays: description.totalPlays * part, headQ: description.headQ * part };
}

/** Shares of requests that the edges, and edges or shield, answered. Plays go to edges by chance. */
function replayed({ popularity, tiers, chunkS, reach }: ObjectsDescription, edge: Edge, shield: Shield | undefined, stream: Stream, plays: number): { readonly edge: number; readonly both: number } {
  const edges = Array.from({ length: shield?.edges ?? 1 }, () => new LruCache(edge.bytes));
  const behind = shield === undefined ? undefined : new LruCache(shield.bytes);
  let [requests, atEdge, atShield] = [0, 0, 0];
  for (let play = 0; play < 2 * plays * edges.length; play++) {
    const cache = edges[stream.index(edges.length)];
    const track = popularity.sample(stream);
    const u = stream.next();
    const tier = u < (tiers[0]?.share ?? 0) ? 0 : u < 1 - (tiers[2]?.share ?? 0) ? 1 : 2;
    const bytes = (tiers[tier]?.rateKbps ?? 0) * 125 * chunkS;
    const far = stream.next();
    const counts = play >= plays * edges.length ? 1 : 0;
    for (let chunk = 0; chunk < reach.length && far < (reach[chunk] ?? 0); chunk++) {
      const object = (track * tiers.length + tier) * reach.length + chunk;
      requests += counts;
      if (cache?.ask(object, bytes) === true) atEdge += counts;
      else if (behind?.ask(object, bytes) === true) atShield += counts;
    }
  }
  return { edge: atEdge / requests, both: (atEdge + atShield) / requests };
}
