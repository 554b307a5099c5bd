/** The bounds of the playlist's model in a run: small ones are reached. Like `limits.shards` they are parameters of no function, so a run sets them. */
import { limits } from "../../../actors/playlist/model/limits.ts";
import type { Seeded } from "../../chaos/random.ts";

export type PlaylistLimits = { readonly [K in keyof typeof limits]: number };

const production: PlaylistLimits = { ...limits };

/** From now on, until the next run. */
export const setPlaylistLimits = (some: Partial<PlaylistLimits>): void => void Object.assign(limits, production, some);

export function playlistLimitsOf(random: Seeded): Partial<PlaylistLimits> {
  const placesKeptLeast = random.pick([2, 8, 256]);
  return {
    placesKeptLeast,
    placesKeptMost: random.pick([placesKeptLeast, 2_000]),
    clocksKept: random.pick([3, 20, 256]),
    heads: random.pick([2, 16]),
    undoItems: random.pick([5, 2_000]),
    items: random.pick([15, 40, 120, 10_000]),
    joined: random.pick([1, 10_000]),
    collaborators: random.pick([2, 100]),
    shareLinks: random.pick([2, 50]),
    compactBelowGap: random.pick([0.1, 0.001, 1e-6]),
  };
}
