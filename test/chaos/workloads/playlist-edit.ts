/** Many hands insert, move, remove and rename in a few hot playlists, by what they last read; some calls carry several operations. */
import { pause, type Caller, type Op } from "../callers.ts";
import { popularTracks, trackOf, type PlaylistWorkload } from "./playlist-workload.ts";

/** What a caller last saw of a playlist. */
const seen = new WeakMap<Caller, Map<string, string[]>>();
const rereadChance = 0.2;
/** A list longer than this is cut down: positions close together are what is looked for, not megabytes. */
const wantedItems = 100;

export const playlistEdit: PlaylistWorkload = {
  playlists: 12,
  callers: 12,
  async round(caller, playlists) {
    const { random } = caller;
    const playlist = random.pick(playlists);
    const views = seen.get(caller) ?? new Map<string, string[]>();
    seen.set(caller, views);
    if (!views.has(playlist) || random.chance(rereadChance)) {
      const answer = await caller.read(playlist);
      if (answer !== undefined) views.set(playlist, answer.items.map(({ itemId }) => itemId));
    }
    const items = views.get(playlist) ?? [];
    const { applied } = await caller.apply(playlist, Array.from({ length: random.chance(0.2) ? random.between(2, 4) : 1 }, () => edit(caller, items)));
    for (const { itemIds = [], status } of applied?.results ?? []) if (status !== "refused") for (const itemId of itemIds) if (!items.includes(itemId)) items.push(itemId);
    await pause(random.between(10, 60));
  },
};

function edit(caller: Caller, items: readonly string[]): Op {
  const { random } = caller;
  const opId = caller.nextId();
  const after = items.length === 0 || random.chance(0.1) ? null : random.pick(items);
  const kind = random.next();
  if (items.length < 5 || kind < (items.length > wantedItems ? 0.3 : 0.5)) return { opId, type: "add", trackId: trackOf(random.between(1, popularTracks)), itemId: `i-${opId}`, ...(random.chance(0.2) ? {} : { after }) };
  if (kind < 0.7) return { opId, type: "move", itemIds: [random.pick(items)], after };
  if (kind < 0.97) return { opId, type: "remove", itemIds: [random.pick(items)] };
  return { opId, type: "rename", name: `Named by ${opId}` };
}
