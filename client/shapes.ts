/** What the API answers with, as types: the public contract of `/v1`. Durations in ms, ids opaque. */
import type { Manifest, TierName } from "../audio/index.ts";

export interface Ref {
  readonly id: string;
  readonly name: string;
}

export interface Track {
  readonly id: string;
  readonly title: string;
  readonly artists: readonly Ref[];
  readonly album: { readonly id: string; readonly title: string };
  readonly disc: number;
  readonly number: number | null;
  readonly year: number | null;
  readonly durationMs: number;
  readonly imageId: string | null;
  readonly genres: readonly Ref[];
  readonly tiers: readonly TierName[];
}

export interface Artist extends Ref {
  readonly imageId: string | null;
}

export interface Album {
  readonly id: string;
  readonly title: string;
  readonly artist: Ref;
  readonly year: number | null;
  readonly imageId: string | null;
  readonly trackCount: number;
}

export interface Genre extends Ref {
  readonly trackCount: number;
}

export interface AlbumPage extends Album {
  readonly tracks: readonly Track[];
}

export interface ArtistPage extends Artist {
  readonly albums: readonly Album[];
  readonly topTracks: readonly Track[];
}

export interface SearchResults {
  readonly query: string;
  readonly tracks: readonly Track[];
  readonly artists: readonly Artist[];
  readonly albums: readonly Album[];
  readonly genres: readonly Genre[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export type Quality = "auto" | TierName;

/** The right to fetch one tier of one track: chunk n is `GET {url}/{n}.ogg?{query}` (`.flac` for lossless). */
export interface SignedTier {
  readonly url: string;
  readonly query: string;
}

/** The answer to a play request: every tier the listener may use, each signed for itself, until `expiresAt`. */
export interface PlayGrant {
  readonly playbackId: string;
  readonly trackId: string;
  readonly tier: TierName;
  readonly manifest: Manifest;
  readonly tiers: Readonly<Partial<Record<TierName, SignedTier>>>;
  readonly expiresAt: string;
}

export interface Account {
  readonly id: string;
  readonly username: string;
  readonly plan: "free" | "premium";
  readonly role: "listener" | "admin";
  readonly country: string;
}

export interface Login {
  readonly account: Account;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When the access token ends, ISO 8601. */
  readonly expiresAt: string;
}
