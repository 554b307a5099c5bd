/** Hit ratios of a table, not computed: what formulas make of them can be held to literals. The ratios themselves are tested in hit-ratios.test.ts. */
import type { HitRatios } from "../hit-ratios.ts";

export const tabledHits: HitRatios = {
  edge: (_, { pinnedTracks }) => (pinnedTracks > 0 ? { requests: 0.8, bytes: 0.79 } : { requests: 0.741, bytes: 0.738 }),
  origin: (_, { pinnedTracks }) => (pinnedTracks > 0 ? { requests: 0.1, bytes: 0.11 } : { requests: 0.12, bytes: 0.126 }),
  shareOfTop: () => 0.8,
  playedTracks: (tracks) => tracks / 2,
};
