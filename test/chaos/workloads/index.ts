import { handOff } from "./hand-off.ts";
import { librarySet } from "./library-set.ts";
import { offlineMerge } from "./offline-merge.ts";
import { playlistAppend } from "./playlist-append.ts";
import { playlistEdit } from "./playlist-edit.ts";
import type { Workload } from "./workload.ts";

export { tracks, type Workload } from "./workload.ts";

export const workloads: Readonly<Record<string, Workload>> = { "playlist-append": playlistAppend, "playlist-edit": playlistEdit, "library-set": librarySet, "offline-merge": offlineMerge, "hand-off": handOff };
