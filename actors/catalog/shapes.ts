/** The shapes in which the catalog answers; the JSON Schemas of schemas.ts say the same to clients. */
import type { FileLayouts, Manifest, TierName } from "../../audio/index.ts";
import type { SearchDocument } from "../../storage/index.ts";

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Track {
  readonly id: string;
  readonly title: string;
  /** First performing artist first. */
  readonly artists: readonly Named[];
  readonly album: { readonly id: string; readonly title: string };
  readonly disc: number;
  readonly number: number | null;
  readonly year: number | null;
  readonly durationMs: number;
  readonly imageId: string | null;
  readonly genres: readonly Named[];
  readonly tiers: readonly TierName[];
  /** LUFS and dBTP; null for silence. */
  readonly loudness: { readonly lufs: number | null; readonly truePeak: number | null };
  readonly analysis: {
    readonly tempoBpm: number | null;
    readonly tempoConfidence: number | null;
    readonly key: string | null;
    readonly keyConfidence: number | null;
    readonly energy: number | null;
    readonly energyConfidence: number | null;
  };
}

export interface Artist extends Named {
  readonly imageId: string | null;
}

export interface Album {
  readonly id: string;
  readonly title: string;
  readonly artist: Named;
  readonly year: number | null;
  readonly imageId: string | null;
  readonly trackCount: number;
}

export interface Genre extends Named {
  readonly trackCount: number;
}

export interface ArtistPage extends Artist {
  readonly albums: readonly Album[];
  readonly topTracks: readonly Track[];
}

export interface AlbumPage extends Album {
  readonly tracks: readonly Track[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** What a player and the whole-file stream need. One object per track while it is cached: nobody may change it. */
export interface Playable {
  readonly manifest: Manifest;
  readonly layouts: FileLayouts;
}

export interface Summaries {
  readonly track: readonly Track[];
  readonly artist: readonly Artist[];
  readonly album: readonly Album[];
  readonly genre: readonly Genre[];
}

export type DocumentsPage = Page<SearchDocument>;
