/**
 * A library: saving and unsaving tracks, each by one caller, half and half. Whatever happened in between, the last word on a track
 * counts. A library is a set; here it is kept in playlists, a track at most once.
 */
import { checkSet } from "../check/items.ts";
import type { Caller } from "../callers.ts";
import { pause } from "../callers.ts";
import type { Operation } from "../history.ts";
import { trackOf, type PlaylistWorkload } from "./playlist-workload.ts";

const elementsPerCaller = 40;
/** The item of each saved track, by caller; undefined: not saved. */
const saved = new WeakMap<Caller, Map<string, string>>();

export const librarySet: PlaylistWorkload = {
  playlists: 12,
  callers: 12,
  async round(caller, playlists) {
    const { random } = caller;
    const n = Number(caller.name.slice(1)) * elementsPerCaller + random.between(1, elementsPerCaller);
    const element = trackOf(n);
    // Each track has one library.
    const playlist = playlists[n % playlists.length] ?? "";
    const mine = saved.get(caller) ?? new Map<string, string>();
    saved.set(caller, mine);
    const opId = caller.nextId();
    const itemId = mine.get(element);
    if (itemId === undefined) {
      const { operations } = await caller.apply(playlist, [{ opId, type: "add", trackId: element, itemId: `${element}-${opId}` }]);
      if (operations[0]?.outcome === "ok") mine.set(element, `${element}-${opId}`);
    } else {
      const { operations } = await caller.apply(playlist, [{ opId, type: "remove", itemIds: [itemId] }]);
      if (operations[0]?.outcome === "ok") mine.delete(element);
    }
    await pause(random.between(10, 60));
  },
  check: ({ operations }, reads) => checkSet(operations, reads, elementOf),
};

function elementOf({ op }: Operation): string | undefined {
  const itemId = op.type === "add" ? String(op["itemId"]) : (op["itemIds"] as string[])[0];
  return /^(track-\d+)-/.exec(itemId ?? "")?.[1];
}
