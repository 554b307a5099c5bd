/**
 * Every playlist is kept busy by a caller of its own, so that a shard that is away is missed at once: for measuring how long shards are away
 * when they change hands. The plainest operation, as in playlist-append.
 */
import { pause, type Caller } from "../callers.ts";
import { popularTracks, trackOf, type Workload } from "./workload.ts";

const count = 24;

export const handOff: Workload = {
  playlists: count,
  callers: count,
  restCallers: 0,
  async round(caller: Caller, playlists) {
    const opId = caller.nextId();
    const playlist = playlists[(Number(caller.name.slice(1)) - 1) % playlists.length] ?? "";
    await caller.apply(playlist, [{ opId, type: "add", trackId: trackOf(caller.random.between(1, popularTracks)), itemId: `i-${opId}` }]);
    await pause(caller.random.between(5, 25));
  },
};
