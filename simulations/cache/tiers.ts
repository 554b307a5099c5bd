/** Caches together: edges with a shield behind them, and an edge that keeps the most played tracks by decree. */
import { DescriptionError } from "../description/index.ts";
import { cacheHits, type CacheHits } from "./che.ts";
import { lossyTrackBytes, objectsOf, type CachedObjects, type ObjectsDescription } from "./objects.ts";

export interface EdgeAndShield {
  /** Of one edge; all are alike and each has the same share of the requests. */
  readonly edge: CacheHits;
  /** Of what the edges miss; its characteristic time is counted in requests at one edge. */
  readonly shield: CacheHits;
  /** Of all requests and bytes, what neither has. */
  readonly originRequestShare: number;
  readonly originByteShare: number;
}

/**
 * `edges` edges of `edgeBytes` each ask one shield. What they miss is taken for independent requests again: an edge asks for the same object
 * only after T, yet with many edges the others' requests fill that gap.
 */
export function edgeAndShield(objects: CachedObjects, { edgeBytes, edges, shieldBytes }: { readonly edgeBytes: number; readonly edges: number; readonly shieldBytes: number }): EdgeAndShield {
  if (!Number.isInteger(edges) || edges < 1) throw new DescriptionError("edges", edges, "a whole number from 1");
  const edge = cacheHits(objects, edgeBytes);
  const missed = objects.rate.map((rate) => edges * rate * Math.exp(-rate * edge.characteristicRequests));
  if (edge.requestHit === 1) return { edge, shield: { requestHit: 0, byteHit: 0, characteristicRequests: Infinity }, originRequestShare: 0, originByteShare: 0 };
  const shield = cacheHits({ ...objects, rate: missed }, shieldBytes);
  return { edge, shield, originRequestShare: (1 - edge.requestHit) * (1 - shield.requestHit), originByteShare: (1 - edge.byteHit) * (1 - shield.byteHit) };
}

export interface PinnedAndLru {
  readonly requestHit: number;
  readonly byteHit: number;
  readonly pinnedBytes: number;
}

/** An edge that always has every tier of the `pinnedTracks` most played tracks, and an LRU for the others in what room is left. */
export function pinnedAndLru(description: ObjectsDescription, { capacityBytes, pinnedTracks }: { readonly capacityBytes: number; readonly pinnedTracks: number }): PinnedAndLru {
  const tracks = Math.min(pinnedTracks, description.popularity.tracks);
  const pinnedBytes = tracks * lossyTrackBytes(description);
  if (pinnedBytes > capacityBytes) throw new DescriptionError("pinnedTracks", pinnedTracks, `at most ${Math.floor(capacityBytes / lossyTrackBytes(description))}, which is what ${capacityBytes} bytes hold`);
  const pinned = description.popularity.shareOfTop(tracks);
  const hasOthers = capacityBytes > pinnedBytes && tracks < description.popularity.allTracks;
  const others = hasOthers ? cacheHits(objectsOf({ ...description, fromTrack: tracks + 1 }), capacityBytes - pinnedBytes) : { requestHit: 0, byteHit: 0 };
  return { requestHit: pinned + (1 - pinned) * others.requestHit, byteHit: pinned + (1 - pinned) * others.byteHit, pinnedBytes };
}
