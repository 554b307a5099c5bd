/** What the API answers with, as types: the public contract of `/v1`. Durations in ms, ids opaque. */
import type { OpResult, PublicEvent } from "../actors/playlist/model/index.ts";
import type { Manifest, TierName } from "../audio/index.ts";
import type { Stamped } from "./stamped.ts";

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
  readonly playlists: readonly Omit<ListedPlaylist, "role">[];
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

/** Another account. */
export type AccountName = Pick<Account, "id" | "username">;

export interface Login {
  readonly account: Account;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When the access token ends, ISO 8601. */
  readonly expiresAt: string;
}

export interface NewPlaylist {
  readonly name: string;
  readonly description?: string;
  readonly public?: boolean;
  readonly collaborative?: boolean;
}

/** A playlist as lists of playlists show it. */
export interface ListedPlaylist extends Required<NewPlaylist> {
  readonly id: string;
  readonly ownerId: string;
  readonly itemCount: number;
  readonly version: number;
  readonly role: "owner" | "collaborator" | "follower";
  readonly updatedAt: string;
}

/** What became of the ops of one call. */
export interface OpsApplied {
  /** Number of the playlist's last event. */
  readonly version: number;
  readonly results: readonly OpResult[];
}

/** What happened to a playlist after a version. */
export interface OpsPage {
  /** Number of the last of `ops`: ask for more since it. */
  readonly version: number;
  readonly ops: readonly PublicEvent[];
  readonly more: boolean;
}

export interface PlaylistLink {
  readonly token: string;
  readonly expiresAt: string;
  readonly version: number;
}

/** What somebody plays. Position = positionMs + (now - at). */
export interface NowPlaying {
  readonly trackId: string;
  readonly title: string;
  /** The first performing artist first. */
  readonly artists: readonly string[];
  readonly imageId: string | null;
  readonly positionMs: number;
  /** When it was there, ms since 1970. */
  readonly at: number;
  readonly durationMs: number;
}

/** What those who follow an account see of it. */
export interface Activity extends Stamped {
  readonly userId: string;
  /** Null: nothing, or nothing that may be seen. */
  readonly nowPlaying: NowPlaying | null;
  /** When this changed, ms since 1970; 0: never. */
  readonly at: number;
}

/** A line of the list of friends. */
export interface Friend extends Activity {
  /** Null: the account is gone. */
  readonly username: string | null;
  /** False: it could not be found out just now what this friend plays. */
  readonly isKnown: boolean;
  /** So many follow this account that changes are not pushed: read. */
  readonly popular: boolean;
}

/** An account of the list of those one follows, or who follow. */
export interface RelatedAccount {
  readonly userId: string;
  readonly username: string | null;
  readonly since: string;
}

export interface Sharing {
  /** Whether others see what this account plays. */
  readonly share: boolean;
  /** Nobody sees it until then, ms since 1970. */
  readonly privateUntil: number | null;
  readonly followers: number;
}
