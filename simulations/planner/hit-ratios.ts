/**
 * Hit ratios of an edge cache by its size. What the planner asks for is `HitRatios`; what answers is the table that Che's approximation gave
 * for 100M tracks in three tiers of 42 chunks (traffic.md 4.3), straight between its sizes on a scale of log bytes.
 */

export interface HitRatios {
  /** Share of requests that an LRU of so many bytes answers, 0 to 1, in front of 100M tracks. */
  requests(bytes: number): number;
  /** The same with the most played 1M tracks pinned in place of an LRU. */
  readonly pinned: number;
}

export interface PopularityRow {
  readonly name: Popularity;
  /** In the order of `sizes`. */
  readonly hits: readonly number[];
  readonly pinned: number;
}

export const popularities = ["seed", "luminate-2023", "zipf-0.7", "zipf-0.8", "zipf-0.9", "zipf-1.0", "zipf-1.0255", "zipf-1.1"] as const;
export type Popularity = (typeof popularities)[number];

/** Bytes of the table's columns. */
export const sizes: readonly number[] = [1.5e12, 15e12, 50e12, 150e12, 500e12];

/** 100M tracks of 15.12 MB: a cache of everything misses nothing that it has seen before. */
const everything = 1.512e15;

export const table: readonly PopularityRow[] = [
  { name: "zipf-0.7", hits: [0.048, 0.137, 0.234, 0.381, 0.647], pinned: 0.249 },
  { name: "zipf-0.8", hits: [0.136, 0.267, 0.378, 0.52, 0.741], pinned: 0.384 },
  { name: "zipf-0.9", hits: [0.309, 0.465, 0.57, 0.685, 0.84], pinned: 0.566 },
  { name: "zipf-1.0", hits: [0.553, 0.691, 0.767, 0.839, 0.923], pinned: 0.758 },
  { name: "zipf-1.0255", hits: [0.616, 0.743, 0.809, 0.87, 0.939], pinned: 0.8 },
  { name: "zipf-1.1", hits: [0.776, 0.865, 0.905, 0.938, 0.972], pinned: 0.897 },
  { name: "seed", hits: [0.596, 0.741, 0.812, 0.874, 0.942], pinned: 0.8 },
  { name: "luminate-2023", hits: [0.584, 0.859, 0.941, 0.977, 0.996], pinned: 0.905 },
];

interface Point {
  readonly bytes: number;
  readonly hit: number;
}

/** On the line through two points, hits over the logarithm of bytes. */
const between = (one: Point, other: Point, bytes: number): number => one.hit + ((other.hit - one.hit) * Math.log(bytes / one.bytes)) / Math.log(other.bytes / one.bytes);

/**
 * Below the table's first size the first line goes on, and never under the proportion of bytes; above its last it rises to 1 at the whole
 * catalogue. Against Che's approximation computed at the size itself: within 0.002 for "seed" and 0.009 for "luminate-2023" from 1.5 to 500 TB, within 0.02 at 0.15 TB.
 */
export function tabledHitRatios(popularity: Popularity): HitRatios {
  const row = table.find(({ name }) => name === popularity);
  if (row === undefined) throw new RangeError(`no hit ratios are known for the popularity "${popularity}"; there are ${popularities.join(", ")}`);
  const points: readonly Point[] = [...sizes.map((bytes, n) => ({ bytes, hit: row.hits[n] ?? NaN })), { bytes: everything, hit: 1 }];
  return {
    pinned: row.pinned,
    requests(bytes) {
      const above = points.findIndex((point) => point.bytes >= bytes);
      const right = points[above];
      if (right === undefined) return 1;
      const left = points[above - 1];
      if (left !== undefined) return between(left, right, bytes);
      const next = points[above + 1] ?? right;
      return Math.max(right.hit * Math.max(0, bytes / right.bytes), bytes > 0 ? between(right, next, bytes) : 0);
    },
  };
}
