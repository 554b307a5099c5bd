/** What ingest hands to the catalog for one track: `catalog.add` stores it whole or not at all, and may be repeated. */
import type { FileLayouts, Manifest } from "../../audio/index.ts";

export interface IngestedImage {
  /** SHA-256 of the stored bytes, hex; the object is at imageKey(id). */
  readonly id: string;
  readonly contentType: string;
  readonly width: number;
  readonly height: number;
  /** Mean colour, "#rrggbb". */
  readonly color: string;
}

export interface Estimate<T> {
  readonly value: T;
  /** 0 (a guess) to 1 (certain). */
  readonly confidence: number;
}

export interface IngestedTrack {
  readonly id: string;
  readonly title: string;
  /** Performing artists, first one first; at least one. */
  readonly artists: readonly string[];
  readonly album: string;
  readonly albumArtist: string;
  readonly disc: number;
  readonly number: number | null;
  readonly year: number | null;
  readonly genres: readonly string[];
  readonly durationMs: number;
  readonly image: IngestedImage | null;
  readonly tempoBpm: Estimate<number> | null;
  /** "C major", "A minor", ... */
  readonly musicKey: Estimate<string> | null;
  /** 0 to 1. */
  readonly energy: Estimate<number> | null;
  readonly manifest: Manifest;
  readonly layouts: FileLayouts;
  readonly source: { readonly path: string; readonly sha256: string; readonly bytes: number; readonly modifiedMs: number; readonly audioMd5: string };
}
