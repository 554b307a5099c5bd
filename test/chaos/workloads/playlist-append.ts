/** Many hands add to the end of some playlists: the plainest thing that must never be lost or done twice. */
import { pause } from "../callers.ts";
import { popularTracks, trackOf, type PlaylistWorkload } from "./playlist-workload.ts";

export const playlistAppend: PlaylistWorkload = {
  playlists: 12,
  callers: 12,
  async round(caller, playlists) {
    const opId = caller.nextId();
    await caller.apply(caller.random.pick(playlists), [{ opId, type: "add", trackId: trackOf(caller.random.between(1, popularTracks)), itemId: `i-${opId}` }]);
    await pause(caller.random.between(10, 60));
  },
};
