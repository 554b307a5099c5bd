/** What a running playlist service holds beside its actors. */
import type { Service } from "moleculer";
import type { KnownTracks } from "./known-tracks.ts";
import type { Lists } from "./lists.ts";
import type { Projector } from "./projector.ts";

export interface Running {
  readonly tracks: KnownTracks;
  readonly lists: Lists;
  readonly projector: Projector;
  /** Playlists whose calls wait for the catalog: what comes after them waits too. */
  readonly asking: Map<string, Promise<void>>;
  /** Playlists that are being compacted at this node's request. */
  readonly compacting: Set<string>;
}

const opened = new WeakMap<Service, Running>();

export const open = (service: Service, running: Running): void => void opened.set(service, running);
export const ifRunning = (service: Service): Running | undefined => opened.get(service);

export function running(service: Service): Running {
  const state = opened.get(service);
  if (state === undefined) throw new Error("the playlist service is not started");
  return state;
}

export function close(service: Service): Running | undefined {
  const state = opened.get(service);
  opened.delete(service);
  return state;
}
