/** An ingested track as the catalog will store it: tags turned into names and keys, or refused. Pure. */
import { tierNames, type TierName } from "../../audio/index.ts";
import { InvalidInput } from "../errors.ts";
import type { IngestedTrack } from "./ingested.ts";
import { cleanGenres, displayName, nameKey, sortName } from "./names.ts";

export interface KeyedName {
  readonly name: string;
  readonly key: string;
  readonly sortName: string;
}

export interface TidyTrack {
  readonly ingested: IngestedTrack;
  readonly title: string;
  readonly titleKey: string;
  readonly artists: readonly KeyedName[];
  readonly album: KeyedName;
  readonly albumArtist: KeyedName;
  readonly genres: readonly KeyedName[];
  readonly tiers: readonly TierName[];
}

const artistsPerTrack = 64;

function keyed(tag: string): KeyedName | undefined {
  const name = displayName(tag);
  const key = nameKey(name);
  return key === "" ? undefined : { name, key, sortName: sortName(name) };
}

function keyedOnce(tags: readonly string[]): KeyedName[] {
  const byKey = new Map<string, KeyedName>();
  for (const tag of tags) {
    const name = keyed(tag);
    if (name !== undefined && !byKey.has(name.key)) byKey.set(name.key, name);
  }
  return [...byKey.values()];
}

/** Throws InvalidInput when a name that must be there shows nothing, or the manifest is another track's. */
export function tidy(track: IngestedTrack): TidyTrack {
  const { manifest, layouts } = track;
  if (manifest.v !== 1 || manifest.track !== track.id) throw new InvalidInput("The manifest is not one of this track.", { field: "manifest" });
  const tiers = tierNames.filter((tier) => manifest.tiers[tier] !== undefined);
  if (tiers.length === 0 || tiers.some((tier) => layouts[tier] === undefined)) throw new InvalidInput("Every tier of a track has a manifest and a layout; there is at least one.", { field: "layouts" });
  const title = keyed(track.title);
  const artists = keyedOnce(track.artists).slice(0, artistsPerTrack);
  const album = keyed(track.album);
  const albumArtist = keyed(track.albumArtist);
  if (title === undefined || artists.length === 0 || album === undefined || albumArtist === undefined) {
    throw new InvalidInput("A track has a title, an artist, an album and an album artist that can be shown.", { field: "title" });
  }
  return { ingested: track, title: title.name, titleKey: title.key, artists, album, albumArtist, genres: keyedOnce(cleanGenres(track.genres)), tiers };
}
