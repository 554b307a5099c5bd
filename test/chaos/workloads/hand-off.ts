/**
 * Every playlist is kept busy by a caller of its own, so that a shard that is away is missed at once: for measuring how long shards are away
 * when they change hands. The lists stay short: what is measured is not how long a list takes to be loaded.
 */
import { pause, type Caller } from "../callers.ts";
import { popularTracks, trackOf, type PlaylistWorkload } from "./playlist-workload.ts";

const count = 24;
/** The item that a caller added and has not removed yet. */
const added = new WeakMap<Caller, string>();

export const handOff: PlaylistWorkload = {
  playlists: count,
  callers: count,
  restCallers: 0,
  async round(caller: Caller, playlists) {
    const opId = caller.nextId();
    const playlist = playlists[(Number(caller.name.slice(1)) - 1) % playlists.length] ?? "";
    const before = added.get(caller);
    if (before === undefined) {
      await caller.apply(playlist, [{ opId, type: "add", trackId: trackOf(caller.random.between(1, popularTracks)), itemId: `i-${opId}` }]);
      added.set(caller, `i-${opId}`);
    } else {
      await caller.apply(playlist, [{ opId, type: "remove", itemIds: [before] }]);
      added.delete(caller);
    }
    await pause(caller.random.between(5, 25));
  },
};
