import { playlists } from "../playlists.ts";
import { handOff } from "./hand-off.ts";
import { librarySet } from "./library-set.ts";
import { listeningEvents } from "./listening-events.ts";
import { nowPlaying } from "./now-playing.ts";
import { offlineMerge } from "./offline-merge.ts";
import { playlistAppend } from "./playlist-append.ts";
import { playlistEdit } from "./playlist-edit.ts";
import type { Workload } from "./workload.ts";

export type { Findings, Load, Stage, Workload } from "./workload.ts";

export const workloads: Readonly<Record<string, Workload>> = {
  "playlist-append": playlists(playlistAppend), "playlist-edit": playlists(playlistEdit), "library-set": playlists(librarySet), "offline-merge": playlists(offlineMerge), "hand-off": playlists(handOff),
  "now-playing": nowPlaying, "listening-events": listeningEvents,
};
