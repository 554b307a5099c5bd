/** What a running playlist service holds beside its actors. */
import { whileRunning } from "../running.ts";
import type { KnownTracks } from "./known-tracks.ts";
import type { Lists } from "./lists.ts";
import type { Projector } from "./projector.ts";

export interface Running {
  readonly tracks: KnownTracks;
  readonly lists: Lists;
  readonly projector: Projector;
  /** Playlists whose calls wait for the catalog: what comes after them waits too. */
  readonly asking: Map<string, Promise<unknown>>;
  /** Playlists that are being compacted at this node's request. */
  readonly compacting: Set<string>;
}

export const { close, ifRunning, open, running } = whileRunning<Running>("playlist");
